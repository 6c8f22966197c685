// Something that runs in turns on a pool, never on two threads at once, and sleeps between turns
// until its bell rings or its time comes.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>

#include "base/clock.hpp"
#include "runtime/scheduler/timekeeper.hpp"
#include "shardlog/doorbell.hpp"

namespace millbeck::runtime {

class StrandPool;

// What a strand wants after a turn.
struct Turn {
    enum class Rest {
        Again,  // at the end of the queue: there is more to do, others first
        Park,   // until its bell, or `until`
        Deaf,   // until `until`; rings are nothing new (backing off). Requires `until`
        Hold,   // until wake(): somebody was asked and will call it; rings are nothing new
        Done,   // for ever
    };
    Rest rest = Rest::Park;
    std::optional<base::Instant> until;
};

// Invariants: turn() is never run by two threads at once; a ring that arrives during a turn leads
// to
//             another turn after it, unless that turn ends deaf or held; a wake always does.
// Threads:    ring() and wake() by any thread, also during a turn; turn() by the pool.
// Lifetime:   held by shared_ptr; the pool holds one while the strand is queued or running.
class Strand : public shardlog::Doorbell, public std::enable_shared_from_this<Strand> {
  public:
    explicit Strand(StrandPool& pool) : pool_(pool) {}

    // Asks for a turn, unless the strand is deaf, held, done, or has one coming anyway.
    void ring() noexcept final;

    // Asks for a turn, also of a strand that is deaf or held.
    void wake() noexcept;

  protected:
    // One turn: brief, or as long as one delivery.
    virtual Turn turn() = 0;

    [[nodiscard]] StrandPool& pool() const { return pool_; }

  private:
    friend class StrandPool;
    // Rung and Woken: running, and ring() or wake() came during the turn.
    enum class State : std::uint8_t { Parked, Deaf, Held, Queued, Running, Rung, Woken, Done };

    // The pool's part: runs one turn and settles where the strand goes from there.
    void run_turn();
    void arm(base::Instant until);
    void settle(State rest);

    StrandPool& pool_;
    std::atomic<State> state_{State::Parked};

    // The one timer a strand has; touched only between begin and end of a turn.
    struct Armed {
        base::Instant when;
        Timekeeper::TimerId id;
    };
    std::optional<Armed> armed_;
};

}  // namespace millbeck::runtime
