// The second door of sinks whose target can hold our position beside the data: what the target says
// then wins over our own checkpoint, so that a crash between the two repeats nothing.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace millbeck::sinks {

// By shard id, the `Batch::position` of the newest batch of that shard that is durable.
using Positions = std::map<std::string, std::string>;

// A generation is one life of a copy: rows first, then changes. It is a short text (letters,
// digits, dashes) that is never used again. Data of another generation may be of another log, with
// sequence numbers that mean nothing here.
//
// Invariants: data and position of a batch become durable together or not at all; after
//             begin(g), positions(g) holds exactly what was delivered with generation g. A batch
//             whose position the target holds for its shard already (it was written and the answer
//             was lost) is Delivered without being written again. deliver() is all or nothing:
//             never PartlyFailed.
// Threads:    one call at a time, and none while deliver() runs.
// Errors:     those of the target, one sentence each; nothing may be assumed then.
class PositionKeeper {
  public:
    virtual ~PositionKeeper() = default;

    // nullopt: the target holds nothing of this generation, because it was never begun there, the
    // target lost its data, or somebody began another one.
    virtual base::Result<std::optional<Positions>> positions(const std::string& generation,
                                                             base::Instant deadline) = 0;

    // Makes `generation` the target's own, without positions. What earlier generations of this sink
    // left is removed where the target can do that (a cache, a table), and superseded where it
    // cannot (a topic). Idempotent.
    virtual base::Status begin(const std::string& generation, base::Instant deadline) = 0;
};

}  // namespace millbeck::sinks
