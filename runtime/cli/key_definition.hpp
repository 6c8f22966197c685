// A table's keys as words of a command line: `id:S`, `id:S,day:N`.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "runtime/transfer/csv_items.hpp"

namespace millbeck::runtime::cli {

// One or two. Invalid.
base::Result<std::vector<CsvColumn>> parse_key_definition(std::string_view text);

// The body of a CreateTable of an on-demand table with these keys.
std::string create_table_body(const std::string& table, const std::vector<CsvColumn>& keys);

// The keys that an answer to DescribeTable tells, HASH first. Requires: it is one.
std::vector<CsvColumn> keys_of_description(const std::string& answer);

}  // namespace millbeck::runtime::cli
