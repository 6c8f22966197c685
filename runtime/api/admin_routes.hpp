// What the command line and scripts ask a running node: JSON under /_millbeck/v1/.
//   GET  status                                what runs: version, process, data folder, log
//   GET  tables                                the tables, with their streams
//   GET  triggers                              every trigger, its shards, how far behind
//   GET  sinks                                 the same of every copy of a table
//   POST sinks/...                             see sink_answers.hpp
//   GET  item, GET history                     see past_answers.hpp
//   GET  checkpoints, POST checkpoints/...     see checkpoint_answers.hpp
//   GET  shards?table=T                        the shards of the table's enabled stream
//   POST shards/roll   {"table":T,"shards":[ID..]}  closes shards (default: all open), opens
//   children POST shards/split  {"table":T,"shards":[ID]}     closes a shard, opens two children
//   POST shards/merge  {"table":T,"shards":[ID,ID]}  closes two neighbours, opens one child
//   ...  export/...                            see export_answers.hpp
//   ...  restore                               see restore_answers.hpp
//   POST import?table=T                        see import_answers.hpp
//   POST wait-drained  {"timeout_ms":N}        answers when all written so far is delivered
//   GET  tail?table=T&from=now|start|SEQUENCE|CURSOR&limit=N&wait_ms=N   records, as a long poll
//   GET  inject, POST inject/...           see inject_answers.hpp
//   ...  dead-letters/redrive...  see redrive_answers.hpp; log/..., pins...  see log_answers.hpp
// Errors: {"error":{"code":"NotFound","message":"..."}} with status 400, 404, 409 or 503.
#pragma once

#include <memory>

#include "base/http_server.hpp"
#include "runtime/api/api.hpp"

namespace millbeck::runtime {

// Threads: handle() by any number of connection threads; it never blocks: what may wait runs on one
// thread of its own.
class AdminRoutes {
  public:
    static std::unique_ptr<AdminRoutes> create(const ApiContext& context);
    virtual ~AdminRoutes() = default;

    // True when the path is mine; then `respond` was or will be called, exactly once.
    virtual bool handle(const base::HttpRequest& request, const base::Responder& respond) = 0;
};

}  // namespace millbeck::runtime
