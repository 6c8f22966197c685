// The admin route that `millbeck import` writes a table through.
//   POST import?table=T, lines as in item_line.hpp: {"written":N,"wrong":[{"line":N,"message":M}]}
// Lines count from 1. Those that are not wrong are written, in their order, and durable when the
// answer comes; lines of the same item: the last wins.
#pragma once

#include "base/http_server.hpp"
#include "base/result.hpp"
#include "runtime/api/api.hpp"
#include "runtime/api/query.hpp"

namespace millbeck::runtime {

// An error means that nobody has taken `respond`: NotFound, Invalid. Threads: any; answers from the
// committer's.
base::Status answer_import(const base::HttpRequest& request, const Target& query,
                           const ApiContext& context, const base::Responder& respond);

}  // namespace millbeck::runtime
