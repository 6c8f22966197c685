// The admin routes of `millbeck restore`.
//   POST restore {"table":T,"as_of":MOMENT,"to":NEW}   begins: {"as_of":SEQUENCE}
//   GET  restore?to=NEW   {"state":"running"|"done"|"failed","rows":N,"error":TEXT}
#pragma once

#include <optional>
#include <string>

#include "base/result.hpp"
#include "runtime/api/api.hpp"

namespace millbeck::runtime {

// For a thread that may wait. Errors: Invalid, NotFound, InUse, LimitExceeded.
base::Result<std::string> begin_restore(const ApiContext& context, const std::string& body);

struct RestoreAnswer {
    std::string json;
    bool ended = false;
};
// NotFound: nothing was restored to this name since the start.
base::Result<RestoreAnswer> restore_progress(const ApiContext& context, const std::string& name);

}  // namespace millbeck::runtime
