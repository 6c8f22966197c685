// What the operating system's error number means to our callers.
#pragma once

#include <string_view>

#include "base/result.hpp"

namespace millbeck::base {

// `<what>: <the system's text>`, as NotFound (ENOENT), InUse (EEXIST), NoSpace (ENOSPC,
// EDQUOT) or Io.
// `number` is a copy of errno taken right after the failed call.
Error errno_error(std::string_view what, int number);

}  // namespace millbeck::base
