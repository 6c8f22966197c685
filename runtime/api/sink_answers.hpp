// What the admin routes do with sinks: answers come when it is done, on threads of the sinks.
#pragma once

#include <string>

#include "base/http_server.hpp"
#include "base/result.hpp"

namespace millbeck::runtime {

class SinkRegistry;

// `POST sinks/pause`, `sinks/resume` and `sinks/backfill` with {"name": N}: {}. `POST sinks/verify`
// with {"name": N, "repair": true or false}: what differs. An error means that nobody has taken
// `respond`.
base::Status answer_sinks(const std::string& route, const base::HttpRequest& request,
                          SinkRegistry& sinks, const base::Responder& respond);

}  // namespace millbeck::runtime
