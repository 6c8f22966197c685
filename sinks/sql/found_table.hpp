// A table as the database describes it, read as a shape of ours.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "sinks/sql/column.hpp"
#include "sinks/sql/sql_options.hpp"

namespace millbeck::sinks::sql {

class FoundTable {
  public:
    // In the order of the table. `key_place`: where in the primary key; below 0: not in it.
    void add(Column column, int key_place);

    // Invalid: this is no copy with these settings, and nothing may be done to it. Columns of
    // foreign types are left alone.
    base::Result<std::shared_ptr<const Shape>> shape(const TableOptions& options,
                                                     const std::string& table);

  private:
    std::vector<std::pair<int, Column>> keys_;
    std::vector<Column> columns_;
    std::vector<std::string> others_;
    bool has_sequence_ = false;
};

}  // namespace millbeck::sinks::sql
