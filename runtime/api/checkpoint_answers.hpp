// What the admin routes answer about checkpoints, and how people move them.
//   GET  checkpoints?trigger=NAME          where every trigger is on every shard; of one trigger
//   GET  checkpoints/changes?trigger=NAME&limit=N   what people did to them, the newest first
//   POST checkpoints/set  {"trigger":NAME,"to":PLACE,"shard":ID,"reason":TEXT}
//   POST checkpoints/undo {"trigger":NAME,"reason":TEXT}
// PLACE: "start", "latest", or a moment (see moment.hpp). `shard` and `reason` may be left out.
#pragma once

#include <string>

#include "base/http_server.hpp"
#include "base/result.hpp"
#include "runtime/api/api.hpp"
#include "runtime/api/query.hpp"

namespace millbeck::runtime {

class ControlLane;

inline constexpr std::size_t kReasonBytesMax = 1'000;

// A set and an undo are answered when the trigger's new workers stand: a delivery in flight ends
// first. An error means that nobody has taken `respond`.
base::Status answer_checkpoints(const std::string& route, const Target& target,
                                const base::HttpRequest& request, const ApiContext& context,
                                ControlLane& lane, const base::Responder& respond);

}  // namespace millbeck::runtime
