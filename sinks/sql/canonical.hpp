// One text for equal values, whoever wrote them: what a table and its copy are compared by.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "sinks/row.hpp"
#include "sinks/sql/column.hpp"

namespace millbeck::sinks::sql {

// Names in byte order, strings escaped in one way, no white space; numbers as they are. Errors:
// Corrupt (no JSON).
base::Result<std::string> canonical_json(std::string_view json);

// A row's values by name, as one text: those of its columns and, from `_extra` or `document`, those
// that have none. Where a value is kept makes no difference; NULLs are left out.
base::Result<std::string> canonical_content(const std::vector<Column>& columns,
                                            const std::vector<Value>& values);

// The key as `Message::key` has it. `rename`: as in RowMapping. Requires: values of S, N or B.
std::string canonical_key(const std::vector<Column>& keys, const std::vector<Value>& values,
                          const std::map<std::string, std::string>& rename);

}  // namespace millbeck::sinks::sql
