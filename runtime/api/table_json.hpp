// A table as the service describes it.
#pragma once

#include <string>

#include "capture/table.hpp"
#include "shardlog/ids.hpp"

namespace millbeck::runtime {

// The object under `Table` (DescribeTable) and `TableDescription` (the other table calls).
// Source: API_TableDescription; which members appear when: facts in README.
std::string table_json(const capture::TableDescription& table, const shardlog::Identity& identity);

}  // namespace millbeck::runtime
