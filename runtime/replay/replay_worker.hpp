// A shard worker on one lane of a replay: goes on reading where a live one would wait for its bell,
// and rests for writers and for the rate that was asked for.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "base/clock.hpp"
#include "shardlog/history.hpp"
#include "triggers/pace.hpp"
#include "triggers/shard_worker.hpp"

namespace millbeck::runtime {

// What the lanes of a replay share; `ground` keeps alive what their workers borrow.
struct ReplayGround {
    const shardlog::LogHistory& history;  // its newest position tells what writers do
    const base::Clock& clock;
    std::shared_ptr<triggers::Pace> pace;
    std::shared_ptr<const void> ground;
    // The target has lost what was written to it: called once; the worker delivers no more. None:
    // the target keeps nothing.
    std::function<void()> on_lost = {};
    std::function<std::uint64_t()> live = {};  // grows while triggers deliver
};

// Threads: a strand; status() by any thread.
class ReplayWorker final : public triggers::ShardWorker {
  public:
    ReplayWorker(ReplayGround shared, std::unique_ptr<triggers::ShardWorker> worker)
        : shared_(std::move(shared)), worker_(std::move(worker)) {}

    triggers::NextMove step() override;
    sinks::Outcome delivered(sinks::Outcome outcome) override;
    [[nodiscard]] triggers::WorkerStatus status() const override { return worker_->status(); }

  private:
    const ReplayGround shared_;
    const std::unique_ptr<triggers::ShardWorker> worker_;
    bool told_lost_ = false;
    std::size_t records_ = 0;  // of the batch that is out
    base::Instant began_{};
    shardlog::SequenceNumber began_at_;
    std::uint64_t live_before_ = 0;
    std::optional<base::Instant> rests_until_;
};

}  // namespace millbeck::runtime
