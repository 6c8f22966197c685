// Redrives of dead letters, on threads of their own: begun, watched, cancelled.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.hpp"
#include "base/mutex.hpp"
#include "base/result.hpp"
#include "capture/table_store.hpp"
#include "runtime/redrive/redrive_run.hpp"
#include "runtime/trigger_manager.hpp"
#include "shardlog/ids.hpp"
#include "triggers/dead_letter_store.hpp"

namespace millbeck::runtime {

namespace lambda {
class FunctionRegistry;
}

// Of different triggers; more wait for their turn.
inline constexpr std::size_t kRedrivesAtOnce = 4;
inline constexpr std::size_t kRedrivesMax =
    100;  // known: running, waiting, and the last that ended

// All outlive it. The clock is the machine's: waits are real.
struct RedriverContext {
    triggers::DeadLetterStore& letters;
    TriggerManager& triggers;
    const capture::TableStore& store;
    const base::Clock& clock;
    std::function<sinks::Outcome(const triggers::DeadLetter&)> call;  // of its function, once
};

// Once, as the letter's trigger delivers at this moment (`batch`), or as a call. Errors: NotFound
// (no such trigger any more), Unavailable (it is disabled), Unsupported (its target keeps a
// position with its data).
base::Result<sinks::Outcome> deliver_again(const RedriverContext& context,
                                           const triggers::DeadLetter& letter,
                                           const sinks::Batch* batch,
                                           const std::stop_token& cancelled);

// The item with these keys of the letter's table, as it is now; nullopt: no item, or no table.
base::Result<std::optional<std::string>> present_item(const RedriverContext& context,
                                                      const triggers::DeadLetter& letter,
                                                      std::string_view keys);

struct RedriveRequest {
    std::vector<std::int64_t> numbers{};   // of these
    std::string trigger{};                 // or of this trigger, all there are
    bool all = false;                      // or of every trigger, and every call
    std::uint32_t records_per_second = 0;  // of each trigger; 0: no limit
    Force force = Force::No;
};

struct RedriveStatus {
    enum class State : std::uint8_t { Waiting, Running, Ended };
    std::int64_t id = 0;
    std::string trigger{};   // "" for calls
    std::string function{};  // of the calls
    State state = State::Waiting;
    RedriveProgress progress{};
};

// Invariants: one redrive of a trigger (of a function's calls) at a time. What ran is forgotten
// when
//             the node ends: letters that were not taken are still there.
// Threads:    any.
class Redriver {
  public:
    explicit Redriver(RedriverContext context) : context_(std::move(context)) {}
    // Ends what runs after the letter in hand.
    ~Redriver();
    Redriver(const Redriver&) = delete;
    Redriver& operator=(const Redriver&) = delete;

    // Begins a redrive for each trigger and function concerned, and returns them. Letters that are
    // not there are passed over; reads the list of letters. Errors: InUse (one of them is being
    // redriven; nothing is begun), NotFound (no letter), LimitExceeded (kRedrivesMax are not over).
    base::Result<std::vector<RedriveStatus>> begin(const RedriveRequest& request);

    // In the order they were begun.
    [[nodiscard]] std::vector<RedriveStatus> status() const;

    // Ends after the letter in hand; 0: all. How many were not over.
    std::size_t cancel(std::int64_t id);

    // Called after every letter and at every end, without a lock held; must be quick.
    void on_change(std::function<void()> told);

    // No more letters from now on; the destructor waits for those in hand.
    void stop();

  private:
    struct Job {
        RedriveStatus status;
        RedriveOrder order;
        std::stop_source cancel;
    };

    base::Result<std::vector<std::shared_ptr<Job>>> jobs_of(const RedriveRequest& request) const;
    void serve(const std::stop_token& stop);
    void run(Job& job);
    void note(Job& job, RedriveProgress progress, RedriveStatus::State state);

    const RedriverContext context_;
    mutable base::Mutex mutex_;
    base::ConditionVariable changed_;
    std::deque<std::shared_ptr<Job>> jobs_ MB_GUARDED_BY(mutex_);     // all that are known
    std::deque<std::shared_ptr<Job>> waiting_ MB_GUARDED_BY(mutex_);  // of them
    std::function<void()> told_ MB_GUARDED_BY(mutex_);
    std::int64_t last_id_ MB_GUARDED_BY(mutex_) = 0;
    std::vector<std::jthread> threads_ MB_GUARDED_BY(mutex_);  // begun when they are needed
};

// With calls as Invoke makes them: refused is NotInvoked. All outlive it.
std::unique_ptr<Redriver> make_redriver(triggers::DeadLetterStore& letters,
                                        TriggerManager& triggers, const capture::TableStore& store,
                                        const base::Clock& clock,
                                        lambda::FunctionRegistry& functions,
                                        const shardlog::Identity& identity);

}  // namespace millbeck::runtime
