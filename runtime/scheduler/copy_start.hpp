// Finds out where the target of a copy stands, or begins the copy there; until it has, no worker
// runs. Asks on the pool's threads, again after a while when the target does not answer.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>

#include "base/clock.hpp"
#include "base/mutex.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "runtime/scheduler/copy_life.hpp"
#include "runtime/scheduler/strand.hpp"
#include "shardlog/shard_log.hpp"
#include "sinks/position_keeper.hpp"
#include "sinks/sink.hpp"
#include "triggers/checkpoint_store.hpp"
#include "triggers/trigger_spec.hpp"

namespace millbeck::runtime {

// Borrowed or shared for its life.
struct CopyStartContext {
    const shardlog::ShardLog& log;
    triggers::CheckpointStore& checkpoints;
    const base::Clock& clock;
    base::Random& random;
    std::shared_ptr<sinks::Sink> sink;
    std::shared_ptr<CopyLife> life;
    std::function<void()> on_ended;  // on a pool thread
};

// What a target has to answer within.
inline constexpr base::Milliseconds kCopyStartDeadline{30'000};

// Invariants: the life is Settled only when checkpoints and target agree; the target's own
// positions
//             win over ours, and a target without the copy gets a new generation of it.
// Threads:    turn() by the pool; the rest by any.
class CopyStart final : public Strand {
  public:
    // anew: whatever the target has, a new generation begins.
    CopyStart(StrandPool& pool, CopyStartContext context, triggers::TriggerSpec spec,
              shardlog::StreamId stream, bool anew);

    // Ends it where it is, at the latest when the target has answered.
    void cancel() noexcept;
    [[nodiscard]] bool ended() const { return ended_.load(std::memory_order_acquire); }

    // Why it is not done yet; "" while it was not refused.
    [[nodiscard]] std::string problem() const;

  protected:
    Turn turn() override;

  private:
    base::Status settle();
    base::Status begin_anew(bool is_first);
    // False: the target lacks what it was told; a new generation has to begin.
    base::Result<bool> take_positions(const std::string& generation,
                                      const sinks::Positions& positions);
    [[nodiscard]] base::Instant deadline() const;

    const CopyStartContext context_;
    const triggers::TriggerSpec spec_;
    const shardlog::StreamId stream_;
    const bool anew_;
    std::uint32_t failures_ = 0;
    std::atomic<bool> cancelled_{false};
    std::atomic<bool> ended_{false};
    mutable base::Mutex mutex_;
    std::string problem_ MB_GUARDED_BY(mutex_);
};

}  // namespace millbeck::runtime
