// All keys that begin in some way, page by page.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "sinks/redis/server.hpp"

namespace millbeck::sinks::redis {

// `type`: "hash", "string"; "": any. A key may come twice; one that is there from the beginning to
// the end comes at least once. Pages have about 1000 keys looked at, so any number from 0 found.
base::Status scan_keys(Server& server, std::string_view prefix, std::string_view type,
                       const std::function<base::Status(const std::vector<std::string>&)>& visit,
                       base::Instant deadline);

// UNLINK of all of them.
base::Status unlink(Server& server, const std::vector<std::string>& keys, base::Instant deadline);

}  // namespace millbeck::sinks::redis
