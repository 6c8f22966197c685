// Names as a configuration file gives them.
#pragma once

#include <string>

#include "base/result.hpp"
#include "runtime/config/value.hpp"
#include "shardlog/ids.hpp"

namespace millbeck::runtime {

// Invalid: not a name of a table, as DynamoDB has them.
base::Result<shardlog::TableName> parse_new_table_name(const std::string& text);
base::Status set_table_name(shardlog::TableName& name, const Value& value);

// Of a function or trigger. Invalid: not 1 to 140 of a-z A-Z 0-9 _ . -
base::Status set_name(std::string& name, const Value& value);

}  // namespace millbeck::runtime
