// What a configuration says of key attributes, of tables and of their indexes.
#pragma once

#include <vector>

#include "base/result.hpp"
#include "capture/table.hpp"
#include "runtime/config/value.hpp"

namespace millbeck::runtime {

// `{hash: artist S, range: song S}`; range may be left out. Errors of all: Invalid, in words.
base::Result<capture::KeySchema> keys_of_value(const Value& value);

// `[{name: by-song, keys: {...}, projection: [year], kind: global}]`; projection and kind may be
// left out. How they fit to their table is check_indexes' to say.
base::Result<std::vector<capture::IndexSpec>> indexes_of_value(const Value& value);

// Names differ, limits are kept, an attribute has one type, and local indexes fit to the keys.
base::Status check_indexes(const capture::TableSpec& table);

}  // namespace millbeck::runtime
