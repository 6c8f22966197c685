#include "runtime/lambda/event_queue.hpp"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "base/backoff.hpp"
#include "base/log.hpp"
#include "base/mutex.hpp"
#include "runtime/lambda/event_ending.hpp"
#include "runtime/lambda/event_retry.hpp"
#include "runtime/scheduler/strand.hpp"

namespace millbeck::runtime::lambda {

namespace {

using base::Milliseconds;

// What is told of a store that fails is told again after this.
constexpr Milliseconds kStoreRetry{10'000};
// After the desk was full.
constexpr Milliseconds kFullRetry{1'000};
// A call has the function's own time; this is above all of them.
constexpr std::chrono::minutes kLongest{40};
// After a destination did not take a record.
constexpr base::BackoffOptions kHandOverRetry{
    .first = Milliseconds{10'000}, .longest = Milliseconds{300'000}, .factor = 2.0};

using Record = std::shared_ptr<const FunctionRecord>;

EventAttempt attempt_of(const FunctionCallResult& answer, const Record& record) {
    using Kind = sinks::Outcome::Kind;
    if (answer.refusal) {
        const std::string_view refusal = answer.refusal->exception.name;
        if (refusal == kResourceNotFound.name) {
            return EventAttempt::Gone;
        }
        const bool is_barred = refusal == kTooManyRequests.name && record && record->reserved == 0U;
        return is_barred ? EventAttempt::Barred : EventAttempt::Refused;
    }
    const sinks::Outcome& outcome = answer.result.outcome;
    if (outcome.kind == Kind::Delivered) {
        return EventAttempt::Succeeded;
    }
    // Cut off by the stop of the node: nobody's fault.
    return outcome.error.code == base::Code::Cancelled ? EventAttempt::Refused
                                                       : EventAttempt::Failed;
}

// The strand that looks what is due; attempts are tasks of the desk and ring it when they end.
class Queue final : public EventQueue, public Strand {
  public:
    explicit Queue(const EventQueueContext& context)
        : Strand(context.desk.pool()), context_(context) {}

    base::Status add(QueuedEvent event) override {
        MB_TRY([[maybe_unused]] const std::int64_t number, context_.store.add(event));
        ring();
        return {};
    }

  private:
    Turn turn() override {
        const base::WallTime now = context_.clock.wall();
        auto due = context_.store.due(now, busy(), room());
        auto next = due ? context_.store.next_due(now) : tl::unexpected<base::Error>(due.error());
        if (!next) {
            base::log(base::LogLevel::Error, "runtime", "calls of type Event cannot be read",
                      {{"error", next.error().message}});
            return {Turn::Rest::Park, context_.clock.instant() + kStoreRetry};
        }
        std::optional<Milliseconds> wait;
        if (*next) {
            wait = **next - now;
        }
        for (QueuedEvent& event : *due) {
            if (!begin(std::move(event))) {
                wait = std::min(wait.value_or(kFullRetry), kFullRetry);
            }
        }
        return {Turn::Rest::Park,
                wait ? std::optional(context_.clock.instant() + *wait) : std::nullopt};
    }

    // False: the desk is full.
    bool begin(QueuedEvent event) {
        const std::int64_t number = event.number;
        {
            const base::MutexLock lock(mutex_);
            busy_.push_back(number);
        }
        auto self = std::static_pointer_cast<Queue>(Strand::shared_from_this());
        const auto posted = context_.desk.post(
            [self, event = std::move(event)]() mutable { self->work_on(std::move(event)); });
        if (!posted) {
            ended(number);
        }
        return posted.has_value();
    }

    void work_on(QueuedEvent event) {
        if (const base::Status kept = event.ending.empty() ? attempt(event) : hand_over(event);
            !kept) {
            // It stays as it was: the call may be made, or its record told, once more.
            base::log(base::LogLevel::Error, "runtime",
                      "what became of a call of type Event cannot be kept",
                      {{"function", event.function},
                       {"request_id", event.request_id},
                       {"error", kept.error().message}});
        }
        ended(event.number);
        ring();
    }

    base::Status attempt(QueuedEvent& event) {
        const FunctionCallResult answer =
            context_.registry.call({event.function, event.qualifier},
                                   {.payload = event.payload,
                                    .request_id = event.request_id,
                                    .client_context = event.client_context,
                                    .trace_id = event.trace_id},
                                   context_.clock.instant() + kLongest);
        const Record record = context_.registry.find(event.function);
        const EventInvokeConfig config = config_of(event, record);
        const EventFate fate =
            after_attempt(event, attempt_of(answer, record), config, context_.clock.wall());
        if (fate == EventFate::Again) {
            return context_.store.postpone(event);
        }
        const std::string& destination = destination_of(config, fate);
        if (fate == EventFate::Done && destination.empty()) {
            count(event.function, to_string(fate));
            return context_.store.remove(event.number);
        }
        const EventEnding ending{destination,
                                 finished_call(event, fate, answer, context_.clock.wall())};
        event.ending = write_ending(ending);
        event.refusals = 0;
        MB_TRY_STATUS(context_.store.end(event));
        if (fate != EventFate::Done) {
            base::log(base::LogLevel::Warn, "runtime", "a call of type Event is given up",
                      {{"function", event.function},
                       {"request_id", event.request_id},
                       {"condition", to_string(fate)},
                       {"error", ending.call.error}});
        }
        return hand_over(event);
    }

    base::Status hand_over(QueuedEvent& event) {
        MB_TRY(const EventEnding ending, read_ending(event));
        const base::Status taken = context_.hand_over(ending.destination, ending.call);
        if (taken) {
            count(event.function, ending.call.condition);
            return context_.store.remove(event.number);
        }
        ++event.refusals;
        const Milliseconds wait = base::backoff_after(kHandOverRetry, event.refusals);
        base::log(base::LogLevel::Warn, "runtime",
                  "the record of a call of type Event was not taken; it is offered again",
                  {{"function", event.function},
                   {"request_id", event.request_id},
                   {"destination", ending.destination},
                   {"error", taken.error().message}});
        event.due = context_.clock.wall() + wait;
        return context_.store.postpone(event);
    }

    static EventInvokeConfig config_of(const QueuedEvent& event, const Record& record) {
        if (record == nullptr) {
            return {};
        }
        const auto found = record->event_invoke.find(event.qualifier.empty() ? std::string(kLatest)
                                                                             : event.qualifier);
        return found == record->event_invoke.end() ? EventInvokeConfig{} : found->second;
    }

    void count(const std::string& function, const std::string& outcome) {
        context_.metrics
            .counter("millbeck_runtime_events_total",
                     "Calls of type Event that came to an end, by what became of them",
                     {{"function", function}, {"outcome", outcome}})
            .add();
    }

    void ended(std::int64_t number) {
        const base::MutexLock lock(mutex_);
        busy_.erase(std::remove(busy_.begin(), busy_.end(), number), busy_.end());
    }
    std::vector<std::int64_t> busy() {
        const base::MutexLock lock(mutex_);
        return busy_;
    }
    std::size_t room() {
        const base::MutexLock lock(mutex_);
        return kAtOnce - std::min(kAtOnce, busy_.size());
    }

    const EventQueueContext context_;
    base::Mutex mutex_;
    std::vector<std::int64_t> busy_ MB_GUARDED_BY(mutex_);  // numbers of events being attempted
};

}  // namespace

std::shared_ptr<EventQueue> EventQueue::create(const EventQueueContext& context) {
    auto queue = std::make_shared<Queue>(context);
    queue->wake();
    return queue;
}

}  // namespace millbeck::runtime::lambda
