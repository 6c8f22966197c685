// Where databases differ, as far as texts of SQL and names go.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "sinks/sql/column.hpp"

namespace millbeck::sinks::sql {

struct Dialect {
    // As CREATE TABLE writes it; of a key column and of any other. Requires: not Foreign.
    std::string (*type_name)(ColumnType type);
    std::string (*key_type_name)(ColumnType type);
    // `false`: no column can have this name.
    bool (*takes_name)(std::string_view name);
    // `Id` and `id` cannot both be columns.
    bool names_ignore_case = false;
    std::size_t key_bytes_max = 0;   // of all key values of a row together
    std::string_view sequence_type;  // compares as an integer of 40 digits
    std::string_view json_type;
    std::string_view time_type;  // of the history's column
};

}  // namespace millbeck::sinks::sql
