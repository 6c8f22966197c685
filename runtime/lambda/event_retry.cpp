#include "runtime/lambda/event_retry.hpp"

#include "base/backoff.hpp"

namespace millbeck::runtime::lambda {

namespace {

using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::uint32_t kAttempts = 2;         // after the first
constexpr std::uint32_t kAgeSeconds = 21'600;  // six hours
constexpr base::BackoffOptions kRefused{
    .first = base::Milliseconds{1'000}, .longest = base::Milliseconds{300'000}, .factor = 2.0};

EventFate again_after(QueuedEvent& event, base::Milliseconds wait, const EventInvokeConfig& config,
                      base::WallTime now) {
    event.due = now + wait;
    const seconds age{config.age_seconds.value_or(kAgeSeconds)};
    return event.due - event.accepted > age ? EventFate::AgeExceeded : EventFate::Again;
}

}  // namespace

EventFate after_attempt(QueuedEvent& event, EventAttempt attempt, const EventInvokeConfig& config,
                        base::WallTime now) {
    switch (attempt) {
        case EventAttempt::Succeeded:
            return EventFate::Done;
        case EventAttempt::Gone:
            return EventFate::Deleted;
        case EventAttempt::Barred:
            return EventFate::ZeroConcurrency;
        case EventAttempt::Refused:
            ++event.refusals;
            return again_after(event, base::backoff_after(kRefused, event.refusals), config, now);
        case EventAttempt::Failed:
            break;
    }
    event.refusals = 0;
    ++event.failures;
    if (event.failures > config.attempts.value_or(kAttempts)) {
        return EventFate::RetriesExhausted;
    }
    return again_after(event, minutes{event.failures}, config, now);
}

const char* to_string(EventFate fate) {
    switch (fate) {
        case EventFate::Done:
            return "Success";
        case EventFate::Again:
            return "Again";
        case EventFate::RetriesExhausted:
            return "RetriesExhausted";
        case EventFate::AgeExceeded:
            return "EventAgeExceeded";
        case EventFate::ZeroConcurrency:
            return "ZeroReservedConcurrency";
        case EventFate::Deleted:
            return "FunctionDeleted";
    }
    return "";
}

}  // namespace millbeck::runtime::lambda
