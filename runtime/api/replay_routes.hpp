// The routes below /_millbeck/v1/replays, see replay_answers.hpp.
#pragma once

#include <memory>

#include "base/http_server.hpp"
#include "runtime/api/replay_answers.hpp"

namespace millbeck::runtime {

// Threads: handle() by any number of connection threads; it never blocks: what may wait runs on
// threads of its own.
class ReplayRoutes {
  public:
    static std::unique_ptr<ReplayRoutes> create(ReplayAnswersContext context);
    virtual ~ReplayRoutes() = default;

    // True when the path is mine; then `respond` was or will be called, exactly once.
    virtual bool handle(const base::HttpRequest& request, const base::Responder& respond) = 0;
};

}  // namespace millbeck::runtime
