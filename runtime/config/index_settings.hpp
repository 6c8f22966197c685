// What a configuration says of a table's indexes.
#pragma once

#include <vector>

#include "base/result.hpp"
#include "capture/table.hpp"
#include "runtime/config/value.hpp"

namespace millbeck::runtime {

// `[{name: by-song, keys: {...}, projection: [year], kind: global}]`; projection and kind may be
// left out. How they fit to their table is check_indexes' to say. Errors: Invalid, in words.
base::Result<std::vector<capture::IndexSpec>> indexes_of_value(const Value& value);

// Names differ, limits are kept, an attribute has one type, and local indexes fit to the keys.
base::Status check_indexes(const capture::TableSpec& table);

}  // namespace millbeck::runtime
