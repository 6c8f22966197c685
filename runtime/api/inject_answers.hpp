// Faults that people make happen for their own tests, over the admin routes. runtime/inject/README
// says what each does and what may be relied on.
//   GET  inject                     whether it is allowed, what is armed, streams with marks
//   POST inject/split-shard         {"table":T,"shard":ID}   without `shard`: the widest; as
//   POST inject/roll-shard          {"table":T,"shard":ID}   `GET shards`; without: every open one
//   POST inject/expire-iterators    {"table":T}
//   POST inject/trim                {"table":T,"to":MOMENT}  without `to`: now
//   POST inject/duplicate-batch     {"trigger":N,"times":1}
//   POST inject/delay               {"trigger":N,"by":"500ms","times":1,"for":"1m"}
//   POST inject/fail-handler        {"trigger":N,"times":1,"error":TEXT,"partial":K}
//   POST inject/crash-after-reply   {"trigger":N}
//   POST inject/clear               {"trigger":N}            without `trigger`: all
// All but the shards' answer as `GET inject` does. `times` or `for`, not both; without: once.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "runtime/api/api.hpp"

namespace millbeck::runtime {

// Waits for the committer. Errors: Unsupported (the server was not started with --allow-inject),
// Invalid, NotFound (no such table, shard, trigger or route), InUse (a copy that is being made
// still needs what is to be trimmed), LimitExceeded (kFaultsMax), those of the shard calls.
base::Result<std::string> answer_inject(const std::string& route, std::string_view body,
                                        const ApiContext& context);

// The kinds of faults that are armed for a trigger now, by name; none where nothing is allowed.
std::vector<std::string> injected_into(const ApiContext& context, std::string_view trigger);

// Of this `METHOD path`.
bool is_inject_route(std::string_view route);

}  // namespace millbeck::runtime
