// What the admin routes answer about replays. Positions are texts.
//   POST replays        a request (replay_request.hpp): begins it; answers its status. One that
//                       is read by its caller, and is there with the same choice, goes on
//   GET  replays        {"replays":[...]}, by name
//   GET  replays/show?name=N&wait_ms=N      its status; waits so long for its end
//   POST replays/pause|resume|cancel|drop   {"name":N}
//   POST replays/resolve    a request: {"from","to"}, the positions it means now
//   POST replays/count  a request and "cursor": how much a part of it is, and the next cursor
//   POST replays/next   {"name":N,"cursor":C,"taken":COUNT}: the records from C on; all before C
//                       are safe with the caller, COUNT more than it said before. Without a name
//                       a request and "cursor"; nothing is kept of those. The first line of the
//                       answer is as that of count, then each record is a line
#pragma once

#include <stop_token>
#include <string>

#include "base/result.hpp"
#include "capture/table_store.hpp"
#include "runtime/replay/replay_registry.hpp"
#include "shardlog/shard_log.hpp"
#include "triggers/dead_letter_store.hpp"

namespace millbeck::runtime {

// Borrowed for the life of whoever answers.
struct ReplayAnswersContext {
    ReplayRegistry& replays;
    const capture::TableStore& store;
    shardlog::ShardLog& log;
    triggers::DeadLetterStore& dead_letters;
    const base::Clock& clock;
    shardlog::Identity identity;
    std::stop_token stopping;  // requested: who waits is answered now
};

// `route` with its method. Reads disk: not for threads of connections.
base::Result<std::string> answer_replays(const ReplayAnswersContext& context,
                                         const std::string& route, const std::string& body);

// The status of a replay; "" while it runs, unless `at_once`. Errors: NotFound.
base::Result<std::string> show_replay(const ReplayAnswersContext& context, const std::string& name,
                                      bool at_once);

}  // namespace millbeck::runtime
