// How far each trigger is on each shard, durable: the one number that walks back.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/file_system.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "shardlog/ids.hpp"
#include "triggers/copy_state.hpp"
#include "triggers/trigger_spec.hpp"
#include "triggers/tumbling_window.hpp"

namespace millbeck::triggers {

// A position on a shard: everything below `next` has been acknowledged.
struct Checkpoint {
    shardlog::ShardId shard;
    shardlog::SequenceNumber next;
    bool finished = false;  // the shard is closed and wholly acknowledged: children may start
    std::optional<WindowState> window = {};  // that is open there, with the state to go on with
    // ---- of a trigger that keeps a copy
    std::optional<CopyState> copy = {};  // what of its rows matters still
    std::string told = {};               // the position the target was told last; "": none
};

// The same as text, for the target to keep, and back; the shard, the window and `told` are not in
// it. Errors: Invalid.
std::string position_text(const Checkpoint& checkpoint);
base::Result<Checkpoint> parse_position(const shardlog::ShardId& shard, std::string_view text);

// Why records were left undelivered.
enum class GapReason {
    Trimmed,    // retention took them before the trigger read them
    Expired,    // they grew older than the stream's retention, or the trigger's limit, allows
    Exhausted,  // their delivery failed as often as the trigger allows
};
// "trimmed", "expired", "exhausted": the stored form.
std::string_view to_string(GapReason reason);

// A stretch of positions whose records the trigger did not deliver.
struct Gap {
    TriggerId trigger;
    shardlog::ShardId shard;
    shardlog::SequenceNumber from;
    shardlog::SequenceNumber to;  // first position after it: delivery went on here
    base::WallTime noticed{};
    GapReason reason = GapReason::Trimmed;
};

// Gaps kept of one trigger; older notes give way to newer ones.
inline constexpr std::size_t kGapsMax = 1'000;

// What somebody did to the checkpoints of a trigger.
enum class ChangeKind {
    Set,        // moved them
    Undo,       // brought back what was before another change
    CopyBegun,  // its copy is made anew, from its rows or from the log's beginning
};
// "set", "undo", "copy-begun": the stored form.
std::string_view to_string(ChangeKind kind);

struct ChangeNote {
    ChangeKind kind = ChangeKind::Set;
    std::string reason;  // in the words of who did it; may be empty
    base::WallTime at{};
    std::optional<std::int64_t> undoes = {};  // of an undo: the number of the change
};

struct CheckpointChange {
    std::int64_t number = 0;  // grows, over all triggers
    ChangeNote note;
    // Of all shards, without what is of a copy. Windows are kept of the newest change only, and
    // only in `before`.
    std::vector<Checkpoint> before;
    std::vector<Checkpoint> after;
};

// Kept of one trigger; older changes give way to newer ones. The newest is always kept.
inline constexpr std::size_t kChangesKeptMax = 1'000;
inline constexpr std::size_t kChangedCheckpointsMax = 200'000;  // `before` and `after` together

// Invariants: a checkpoint never moves backwards through advance(). What people did is noted in the
//             transaction that does it.
// Threads:    any (one lock; a call is one small transaction, not synced to disk: a power cut may
//             repeat the newest batches, it never skips one).
// Errors:     NoSpace, Io, Corrupt (the file is damaged or of a newer version).
class CheckpointStore {
  public:
    // Opens or creates `file`. New trigger ids are drawn from `random`, which outlives the store;
    // without it from the operating system.
    static base::Result<std::unique_ptr<CheckpointStore>> open(const base::Path& file);
    static base::Result<std::unique_ptr<CheckpointStore>> open(const base::Path& file,
                                                               base::Random& random);
    virtual ~CheckpointStore() = default;

    // One per shard the trigger has begun, in ShardId order.
    [[nodiscard]] virtual base::Result<std::vector<Checkpoint>> load(const TriggerId& trigger) = 0;

    // Stores the position, and in the same transaction the window that is open there. The same
    // position again is no change and no error; one that would move backwards, or open a finished
    // shard again, is Invalid and changes nothing.
    virtual base::Status advance(const TriggerId& trigger, const Checkpoint& checkpoint) = 0;

    // All of them or none, each as advance() would: how a new trigger begins.
    virtual base::Status advance_all(const TriggerId& trigger,
                                     const std::vector<Checkpoint>& checkpoints) = 0;

    // ---- copies
    // Which life of its copy the trigger is in (see sinks/position_keeper.hpp); nullopt: none yet.
    [[nodiscard]] virtual base::Result<std::optional<std::string>> generation(
        const TriggerId& trigger) = 0;

    // Begins a life, or goes back to where the target says it is: these are the trigger's only
    // checkpoints from now on, also where they are earlier than before. `note`: as a change of it.
    virtual base::Status restart(const TriggerId& trigger, const std::string& generation,
                                 const std::vector<Checkpoint>& checkpoints,
                                 const std::optional<ChangeNote>& note) = 0;

    // ---- what people do to checkpoints; the progress of workers is no change
    // These are the trigger's only checkpoints from now on, also where they are earlier than
    // before or open a finished shard again. Requires: no worker of the trigger runs.
    virtual base::Result<CheckpointChange> replace_all(const TriggerId& trigger,
                                                       const std::vector<Checkpoint>& checkpoints,
                                                       const ChangeNote& note) = 0;

    // The newest first, `limit` at most.
    [[nodiscard]] virtual base::Result<std::vector<CheckpointChange>> changes(
        const TriggerId& trigger, std::size_t limit) = 0;

    // A gap that begins where the last one of the same shard and reason ended makes that one
    // longer.
    virtual base::Status record_gap(const Gap& gap) = 0;
    [[nodiscard]] virtual base::Result<std::vector<Gap>> gaps(const TriggerId& trigger) = 0;

    // Checkpoints, gaps, changes and the id: a trigger of this name begins anew.
    virtual base::Status forget(const TriggerId& trigger) = 0;
    virtual base::Status forget_shard(const TriggerId& trigger, const shardlog::ShardId& shard) = 0;

    // ---- the triggers themselves
    // The id of the trigger `name` on this stream: made up and stored the first time, the same ever
    // after, so that a restart finds its checkpoints. Another stream is another id: positions of
    // one stream mean nothing on the next.
    virtual base::Result<TriggerId> id_for(const std::string& name,
                                           const std::string& stream_arn) = 0;

    // Takes an id that was made up elsewhere; the same call again changes nothing. Errors: InUse
    // (the name has another id on this stream, or the id is another trigger's).
    virtual base::Status adopt(const TriggerId& id, const std::string& name,
                               const std::string& stream_arn) = 0;
};

}  // namespace millbeck::triggers
