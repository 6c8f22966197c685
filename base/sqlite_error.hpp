// What SQLite's error means to our callers; internal to the SQLite wrapper.
#pragma once

#include "base/result.hpp"

struct sqlite3;

namespace millbeck::base {

// The last error of the connection, in the codes listed at `Database`.
tl::unexpected<Error> fail_sqlite(sqlite3* handle);

}  // namespace millbeck::base
