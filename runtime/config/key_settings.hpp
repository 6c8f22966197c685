// What a configuration says of key attributes, of tables and of their indexes.
#pragma once

#include "base/result.hpp"
#include "capture/key_schema.hpp"
#include "runtime/config/value.hpp"

namespace millbeck::runtime {

// `{hash: artist S, range: song S}`; range may be left out. Each may be a list of up to four, which
// only a global index can have. Errors: Invalid, in words.
base::Result<capture::KeySchema> keys_of_value(const Value& value);

}  // namespace millbeck::runtime
