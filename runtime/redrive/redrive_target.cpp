#include <utility>

#include <fmt/format.h>

#include "runtime/lambda/function_registry.hpp"
#include "runtime/redrive/redriver.hpp"
#include "runtime/scheduler/worker_strand.hpp"
#include "shardlog/item.hpp"
#include "triggers/item_failures.hpp"

namespace millbeck::runtime {

using base::Code;
using base::Result;
using sinks::Outcome;
using triggers::DeadLetter;

namespace {

// Waits at a sink's gate on its own thread.
class GateWait final : public GateGuest {
  public:
    void granted() noexcept override {
        const base::MutexLock lock(mutex_);
        is_in_ = true;
        changed_.notify_all();
    }
    // False: stopped before it was let in.
    bool wait(const std::stop_token& stop) {
        const base::MutexLock lock(mutex_);
        return changed_.wait(mutex_, stop, [this] { return is_in_; });
    }

  private:
    base::Mutex mutex_;
    base::ConditionVariable changed_;
    bool is_in_ = false;
};

// False: cancelled before there was room.
bool enter(SinkGate& gate, const std::stop_token& cancelled) {
    const auto guest = std::make_shared<GateWait>();
    if (gate.enter(guest) || guest->wait(cancelled)) {
        return true;
    }
    if (!gate.withdraw(*guest)) {
        guest->wait({});  // it is being let in
        gate.leave();
    }
    return false;
}

Outcome not_now(std::string why) {
    Outcome outcome;
    outcome.kind = Outcome::Kind::NotInvoked;
    outcome.error = {Code::Cancelled, std::move(why)};
    return outcome;
}

Outcome call_again(lambda::FunctionRegistry& functions, const shardlog::Identity& identity,
                   const base::Clock& clock, const DeadLetter& letter) {
    const auto function = lambda::parse_function_reference(letter.function, identity);
    lambda::FunctionCallResult called;
    if (function) {
        called =
            functions.call(*function, {.payload = letter.event, .request_id = letter.request_id},
                           clock.instant() + kDeliveryLongest);
    } else {
        called.refusal = function.error();
    }
    if (called.refusal) {
        called.result.outcome.kind = Outcome::Kind::NotInvoked;
        called.result.outcome.error = {Code::Unavailable, called.refusal->message};
    }
    return std::move(called.result.outcome);
}

}  // namespace

// As the trigger delivers at this moment: it may have been changed or removed since the last one.
Result<Outcome> deliver_again(const RedriverContext& context, const DeadLetter& letter,
                              const sinks::Batch* batch, const std::stop_token& cancelled) {
    if (batch == nullptr) {
        return context.call(letter);
    }
    const auto delivery = context.triggers.delivery_of(letter.trigger);
    if (!delivery) {
        return base::fail(Code::NotFound,
                          fmt::format("there is no trigger \"{}\" any more", letter.trigger));
    }
    if (!delivery->spec.enabled) {
        return base::fail(Code::Unavailable, fmt::format("\"{}\" is disabled or paused; what it "
                                                         "gave up goes through it when it is not",
                                                         letter.trigger));
    }
    if (delivery->sink->position_keeper() != nullptr) {
        return base::fail(
            Code::Unsupported,
            fmt::format("\"{0}\" keeps its position with its data, which older changes would "
                        "confuse; \"millbeck verify TABLE --sink {0} --repair\" mends the copy",
                        letter.trigger));
    }
    if (!enter(*delivery->gate, cancelled)) {
        return not_now("the redrive was cancelled");
    }
    Outcome outcome = delivery->sink->deliver(*batch, context.clock.instant() + kDeliveryLongest);
    delivery->gate->leave();
    return delivery->spec.report_batch_item_failures
               ? triggers::read_item_failures(std::move(outcome))
               : std::move(outcome);
}

// Of the table of this name now, whichever it was then.
Result<std::optional<std::string>> present_item(const RedriverContext& context,
                                                const DeadLetter& letter, std::string_view keys) {
    MB_TRY(const auto stream, shardlog::parse_stream_arn(letter.stream_arn));
    MB_TRY(const auto key, shardlog::parse_item(keys));
    auto item = context.store.get_item(stream.table, key);
    if (!item && item.error().code != Code::NotFound && item.error().code != Code::Invalid) {
        return tl::unexpected<base::Error>(std::move(item).error());
    }
    if (!item || !item->present()) {
        return std::optional<std::string>{};
    }
    return std::optional<std::string>(std::move(item->text));
}

std::unique_ptr<Redriver> make_redriver(triggers::DeadLetterStore& letters,
                                        TriggerManager& triggers, const capture::TableStore& store,
                                        const base::Clock& clock,
                                        lambda::FunctionRegistry& functions,
                                        const shardlog::Identity& identity) {
    return std::make_unique<Redriver>(
        RedriverContext{.letters = letters,
                        .triggers = triggers,
                        .store = store,
                        .clock = clock,
                        .call = [&functions, identity, &clock](const DeadLetter& letter) {
                            return call_again(functions, identity, clock, letter);
                        }});
}

}  // namespace millbeck::runtime
