// Faults that people have armed for their own tests, and the one place where they happen: asked
// for each delivery of a trigger, when the server was started with --allow-inject.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/metrics.hpp"
#include "base/mutex.hpp"
#include "base/result.hpp"
#include "sinks/sink.hpp"

namespace millbeck::runtime {

enum class FaultKind : std::uint8_t { DuplicateBatch, Delay, FailHandler, CrashAfterReply };
std::string_view to_string(FaultKind kind);  // "duplicate-batch", "delay", ...

inline constexpr std::size_t kFaultsMax = 100;  // of all triggers, used up or not
inline constexpr std::uint64_t kFaultTimesMax = 1'000'000;
inline constexpr base::Milliseconds kFaultDelayMax{15 * 60'000};
inline constexpr base::Milliseconds kFaultLastsMax{24 * 3'600'000};
inline constexpr std::size_t kFaultErrorBytesMax = 1'000;
inline constexpr std::uint64_t kFaultPartialMax = 10'000;  // records; a batch has no more

struct Fault {
    FaultKind kind = FaultKind::DuplicateBatch;
    std::string trigger = {};  // its name, or a sink's
    // How often it happens: exactly one of the two. 1..kFaultTimesMax; 1 ms..kFaultLastsMax.
    std::optional<std::uint64_t> times = 1;
    std::optional<base::Milliseconds> lasts = {};
    base::Milliseconds by{0};  // of a Delay: 1 ms..kFaultDelayMax
    // ---- of FailHandler
    std::string error = {};                     // "": words of ours
    std::optional<std::uint64_t> partial = {};  // so many records succeed; 1..kFaultPartialMax
};

struct ArmedFault {
    Fault fault;
    std::uint64_t used = 0;
    base::WallTime armed_at{};
    std::optional<base::Instant> until = {};  // set exactly if `fault.lasts` is
    bool is_over = false;                     // used up, or its time is over: happens no more
};

// Invariants: a trigger has at most one fault of each kind; a fault happens at most as often and
//             as long as it says; each use is counted, logged (warn, room=inject) and in
//             millbeck_inject_uses_total before what it does can be seen.
// Threads:    any; `call` and `crash` run without a lock held.
class FaultPlan {
  public:
    using Call = std::function<sinks::Outcome(const sinks::Batch&)>;

    // `crash` ends the process as SIGKILL does; clock and metrics outlive the plan.
    FaultPlan(const base::Clock& clock, base::Metrics& metrics, std::function<void()> crash);

    // Takes the place of the trigger's fault of this kind. Errors: Invalid (a value out of range),
    // LimitExceeded (kFaultsMax are there; those that are over make room).
    base::Status arm(Fault fault);

    // Forgets the faults of a trigger, or all with ""; how many were still armed.
    std::size_t clear(std::string_view trigger);

    // By trigger and kind, also those that are over, with how often they were used.
    [[nodiscard]] std::vector<ArmedFault> all() const;
    [[nodiscard]] std::size_t armed() const;
    [[nodiscard]] std::vector<FaultKind> armed_for(std::string_view trigger) const;

    // When a delivery of this trigger that is about to begin may begin: nullopt: now. Each call
    // uses the fault once.
    [[nodiscard]] std::optional<base::Instant> begins_at(const std::string& trigger);

    // Delivers by `call`, or does what is armed instead. In this order: a failure (the target is
    // not called, or with the first records only); after a call that went well, the crash; then
    // the same call again, whose outcome counts.
    [[nodiscard]] sinks::Outcome deliver(const std::string& trigger, const sinks::Batch& batch,
                                         const Call& call);

    // Logged and counted like a fault's use, of what happens at once (a shard is split, ...).
    void note(std::string_view what, std::string_view target);

  private:
    [[nodiscard]] bool is_over(const ArmedFault& armed) const;
    // The fault, if it happens now; counted.
    std::optional<Fault> use(FaultKind kind, const std::string& trigger,
                             const std::function<bool(const Fault&)>& fits = {});

    const base::Clock& clock_;
    base::Metrics& metrics_;
    const std::function<void()> crash_;
    mutable base::Mutex mutex_;
    std::vector<ArmedFault> faults_ MB_GUARDED_BY(mutex_);  // at most kFaultsMax
};

}  // namespace millbeck::runtime
