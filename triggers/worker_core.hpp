// What a shard worker holds, and the steps that all its reactions share. Internal to it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "triggers/copy_delivery.hpp"
#include "triggers/in_hand.hpp"
#include "triggers/parked_delivery.hpp"
#include "triggers/progress.hpp"
#include "triggers/shard_gatherer.hpp"
#include "triggers/shard_worker.hpp"
#include "triggers/tumbling_window.hpp"
#include "triggers/worker_report.hpp"

namespace millbeck::triggers {

// A target that wants to be left alone for longer is asked again after this.
inline constexpr base::Milliseconds kAskedWaitMax{15 * 60'000};

// Threads: a strand, as the worker.
class WorkerCore : public ShardWorker {
  public:
    WorkerCore(WorkerContext context, TriggerSpec spec, const shardlog::Stream& stream,
               const shardlog::ShardId& shard, shardlog::SequenceNumber from);

    [[nodiscard]] WorkerStatus status() const override { return report_.status(); }

  protected:
    // ---- the open window
    // What the batch in hand is to it.
    [[nodiscard]] Call call() const;
    // What the event of such a call carries. Requires: it is open.
    [[nodiscard]] std::string members(Call call) const;
    // The state a call that went well leaves; one without a state did not go well.
    sinks::Outcome take_state(sinks::Outcome outcome);
    // Records of it are acknowledged, or, with none, its last call is: what is stored next says so.
    void move_window(std::size_t records);

    // ---- progress
    // With the window, and with what was read of parked keys.
    void decide(Settlement settlement);
    // Stores what is decided. False: it could not be stored; wait_until_ says when to try again,
    // and neither position nor deliveries move until then.
    bool settle();

    [[nodiscard]] BatchOrigin batch_origin(shardlog::StreamViewType view_type) const;
    [[nodiscard]] BatchLimits batch_limits() const;

    // ---- time and status
    [[nodiscard]] std::optional<base::Instant> now() const { return context_.clock.instant(); }
    // Until wait_until_, whatever is written meanwhile.
    [[nodiscard]] Wait back_off() const;
    // The later of this wait and one that runs already.
    void wait_for(base::Milliseconds time);
    // As long as the target said, at most kAskedWaitMax.
    void wait_as_asked(const sinks::Outcome& outcome);
    void show(std::optional<WorkerState> state, std::optional<std::string> error = std::nullopt);

    WorkerContext context_;
    TriggerSpec spec_;
    shardlog::ShardId shard_;
    std::string shard_text_;
    WorkerReport report_;
    std::string stream_arn_;

    LaneCheckpoints lane_checkpoints_;  // not used without a frontier
    Progress progress_;
    ParkedDelivery parked_;
    TumblingWindow window_;
    std::string returned_state_;  // by the last call, until its records are acknowledged
    CopyDelivery copy_;
    ShardGatherer gatherer_;

    InHand in_hand_;
    bool delivering_ = false;
    struct {
        std::string reason;
        FunctionError error = FunctionError::Unhandled;
    } last_failure_;  // of the batch in hand, once it has failed

    std::uint64_t passed_stored_ = 0;               // so many were passed below the checkpoint
    std::optional<base::Instant> store_passed_by_;  // when there are more

    std::uint32_t read_failures_ = 0;
    std::uint32_t rows_failures_ = 0;  // in a row
    bool copy_lost_ = false;
    std::uint32_t checkpoint_failures_ = 0;
    std::optional<base::Instant> wait_until_;
    std::optional<base::Instant> next_look_;  // with Polling::Aws, when nothing was left to read
};

}  // namespace millbeck::triggers
