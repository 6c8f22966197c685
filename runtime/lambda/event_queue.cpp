#include "runtime/lambda/event_queue.hpp"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "base/log.hpp"
#include "base/mutex.hpp"
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

EventAttempt attempt_of(const FunctionCallResult& answer) {
    using Kind = sinks::Outcome::Kind;
    if (answer.refusal) {
        return answer.refusal->exception.name == kResourceNotFound.name ? EventAttempt::Gone
                                                                        : EventAttempt::Refused;
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
            [self, event = std::move(event)]() mutable { self->attempt(std::move(event)); });
        if (!posted) {
            ended(number);
        }
        return posted.has_value();
    }

    void attempt(QueuedEvent event) {
        const FunctionCallResult answer =
            context_.registry.call({event.function, event.qualifier},
                                   {.payload = event.payload,
                                    .request_id = event.request_id,
                                    .client_context = event.client_context,
                                    .trace_id = event.trace_id},
                                   context_.clock.instant() + kLongest);
        const EventFate fate =
            after_attempt(event, attempt_of(answer), config_of(event), context_.clock.wall());
        if (fate != EventFate::Again && fate != EventFate::Done) {
            give_up(event, fate, answer);
        }
        const base::Status kept = fate == EventFate::Again ? context_.store.postpone(event)
                                                           : context_.store.remove(event.number);
        if (!kept) {
            // It stays as it was, and may be made once more.
            base::log(base::LogLevel::Error, "runtime",
                      "what became of a call of type Event cannot be kept",
                      {{"function", event.function},
                       {"request_id", event.request_id},
                       {"error", kept.error().message}});
        }
        if (fate != EventFate::Again) {
            count(event, fate);
        }
        ended(event.number);
        ring();
    }

    [[nodiscard]] EventInvokeConfig config_of(const QueuedEvent& event) const {
        const auto record = context_.registry.find(event.function);
        if (record == nullptr) {
            return {};
        }
        const auto found = record->event_invoke.find(event.qualifier.empty() ? std::string(kLatest)
                                                                             : event.qualifier);
        return found == record->event_invoke.end() ? EventInvokeConfig{} : found->second;
    }

    static void give_up(const QueuedEvent& event, EventFate fate,
                        const FunctionCallResult& answer) {
        base::log(base::LogLevel::Warn, "runtime", "a call of type Event is given up",
                  {{"function", event.function},
                   {"request_id", event.request_id},
                   {"condition", to_string(fate)},
                   {"error", answer.refusal ? answer.refusal->message
                                            : answer.result.outcome.error.message}});
    }

    void count(const QueuedEvent& event, EventFate fate) {
        context_.metrics
            .counter("millbeck_runtime_events_total",
                     "Calls of type Event that came to an end, by what became of them",
                     {{"function", event.function}, {"outcome", to_string(fate)}})
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
