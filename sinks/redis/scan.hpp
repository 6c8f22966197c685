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

// A page of SCAN and its kind.
struct ScanPage {
    std::string cursor;  // of the next page; "0": it is the last one
    std::vector<std::string> found;
};

// Io: the reply is none. `command`: for the words.
base::Result<ScanPage> page_of(Reply reply, std::string_view command);

// `type`: "hash", "string", "set"; "": any. A key may come twice; one that is there from the
// beginning to the end comes at least once. Pages have about 1000 keys looked at, so any number
// from 0 found.
base::Status scan_keys(Server& server, std::string_view prefix, std::string_view type,
                       const std::function<base::Status(const std::vector<std::string>&)>& visit,
                       base::Instant deadline);

// UNLINK of all of them.
base::Status unlink(Server& server, const std::vector<std::string>& keys, base::Instant deadline);

}  // namespace millbeck::sinks::redis
