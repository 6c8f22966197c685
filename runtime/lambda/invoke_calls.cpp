#include "runtime/lambda/invoke_calls.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/mutex.hpp"
#include "runtime/lambda/event_queue.hpp"
#include "runtime/lambda/function_reference.hpp"
#include "runtime/lambda/function_resolve.hpp"
#include "runtime/lambda/invoke_desk.hpp"
#include "runtime/lambda/member_reader.hpp"
#include "runtime/scheduler/strand.hpp"
#include "shardlog/base64.hpp"

namespace millbeck::runtime::lambda {

namespace {

using Call = std::shared_ptr<const LambdaCall>;
using Kind = sinks::Outcome::Kind;

constexpr std::size_t kClientContextMax = 3583;  // characters, encoded
// A call has the function's own time, twice the start's; this is above all of them.
constexpr std::chrono::minutes kLongest{40};

enum class InvocationType { RequestResponse, Event, DryRun };

// What the headers say.
struct Invocation {
    FunctionReference function;
    InvocationType type = InvocationType::RequestResponse;
    bool wants_log = false;
    std::string client_context;  // JSON on one line
    std::string trace_id;
};

LambdaResult<InvocationType> type_of(std::string_view text) {
    if (text.empty() || text == "RequestResponse") {
        return InvocationType::RequestResponse;
    }
    if (text == "Event") {
        return InvocationType::Event;
    }
    if (text == "DryRun") {
        return InvocationType::DryRun;
    }
    return tl::unexpected(
        violation(text, "invocationType",
                  "Member must satisfy enum value set: [Event, RequestResponse, DryRun]"));
}

// It becomes a header of the Runtime API, so it has to be one line.
LambdaResult<std::string> client_context_of(std::string_view encoded) {
    if (encoded.empty()) {
        return std::string();
    }
    if (encoded.size() > kClientContextMax) {
        return refuse(kInvalidRequestContent,
                      fmt::format("Client context must be at most {} bytes", kClientContextMax));
    }
    std::string text;
    if (shardlog::check_base64(encoded)) {
        shardlog::append_base64_decoded(text, encoded);
    }
    if (!nlohmann::json::accept(text)) {
        return refuse(kInvalidRequestContent,
                      "Client context must be a valid Base64-encoded JSON object.");
    }
    // Between the tokens of JSON a blank is as good; inside of texts there are no line ends.
    std::replace_if(
        text.begin(), text.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
    return text;
}

LambdaResult<void> check_payload(std::string_view payload, InvocationType type) {
    const std::size_t most = type == InvocationType::Event ? kEventBytesMax : kInvokeBytesMax;
    if (payload.size() > most) {
        return refuse(kRequestEntityTooLarge,
                      fmt::format("Request must be smaller than {} bytes for the InvokeFunction "
                                  "operation",
                                  most));
    }
    return {};
}

// Long payloads take their time: on the desk's threads.
LambdaResult<void> check_json(std::string_view payload) {
    if (!payload.empty() && !nlohmann::json::accept(payload)) {
        constexpr std::size_t kShown = 100;
        return refuse(kInvalidRequestContent,
                      fmt::format("Could not parse request body into json: Could not parse payload "
                                  "into json: it is not one JSON value: {}",
                                  payload.substr(0, kShown)));
    }
    return {};
}

LambdaResult<LambdaAnswer> answer_of_refusal(const LambdaError& error) {
    if (error.exception.name != kTooManyRequests.name) {
        return tl::unexpected(error);
    }
    LambdaAnswer answer;
    answer.status = error.exception.status;
    answer.body = error_body(error);
    answer.headers = {{"x-amzn-ErrorType", std::string(error.exception.name)},
                      {"Retry-After", "1"}};
    return answer;
}

LambdaResult<LambdaAnswer> answer_of(FunctionCallResult called) {
    if (called.refusal) {
        return answer_of_refusal(*called.refusal);
    }
    sinks::Outcome& outcome = called.result.outcome;
    if (outcome.kind == Kind::Failed && outcome.error.code == base::Code::Cancelled) {
        return refuse(kService, outcome.error.message);
    }
    LambdaAnswer answer;
    answer.headers.emplace_back("X-Amz-Executed-Version", std::move(called.version));
    if (outcome.kind == Kind::Failed) {
        answer.headers.emplace_back("X-Amz-Function-Error", "Unhandled");
    }
    if (!called.result.log_tail.empty()) {
        std::string encoded;
        shardlog::append_base64(encoded, called.result.log_tail);
        answer.headers.emplace_back("X-Amz-Log-Result", std::move(encoded));
    }
    answer.body = std::move(outcome.reply);
    return answer;
}

// Ends processes that nobody needs any more.
class Sweep final : public Strand {
  public:
    Sweep(StrandPool& on, FunctionRegistry& registry, const base::Clock& clock)
        : Strand(on), registry_(registry), clock_(clock) {}

  private:
    Turn turn() override {
        const base::Milliseconds again = registry_.end_unused();
        return {Turn::Rest::Park, clock_.instant() + again};
    }

    FunctionRegistry& registry_;
    const base::Clock& clock_;
};

class Calls final : public InvokeCalls {
  public:
    explicit Calls(const InvokeContext& context) : context_(context) {}
    Calls(const Calls&) = delete;
    Calls& operator=(const Calls&) = delete;
    ~Calls() override = default;

    base::Status start() override {
        sweep_->wake();
        MB_TRY(const bool there, context_.files.exists(file()));
        if (there) {
            MB_TRY([[maybe_unused]] auto queue, events());
        }
        return {};
    }

    base::Status call_later(const FunctionReference& function, std::string payload) override {
        MB_TRY(auto* const queue, events());
        QueuedEvent event;
        event.function = function.name;
        event.qualifier = function.qualifier;
        event.request_id = base::make_uuid(context_.random);
        event.payload = std::move(payload);
        event.accepted = context_.clock.wall();
        event.due = event.accepted;
        return queue->add(std::move(event));
    }

    void add_to(RouteTable& table) override {
        table.add({"POST",
                   "/2015-03-31/functions/{}/invocations",
                   {},
                   [this](Call call, const LambdaResponder& respond) {
                       begin(std::move(call), respond);
                   }});
        table.add({"POST",
                   "/2014-11-13/functions/{}/invoke-async",
                   {},
                   [this](Call call, const LambdaResponder& respond) {
                       begin_async(std::move(call), respond);
                   }});
    }

  private:
    void begin(Call call, const LambdaResponder& respond) {
        auto invocation = read(*call);
        if (!invocation) {
            return respond(tl::unexpected(std::move(invocation).error()));
        }
        switch (invocation->type) {
            case InvocationType::DryRun:
                return respond(LambdaAnswer{204, {}, {}});
            case InvocationType::Event:
                return enqueue(std::move(call), std::move(*invocation), respond);
            case InvocationType::RequestResponse:
                break;
        }
        post(respond, [this, call = std::move(call), invocation = std::move(*invocation), respond] {
            respond(run(*call, invocation));
        });
    }

    // The way of before Invoke: its body is the payload, and its answer says nothing but "taken".
    void begin_async(Call call, const LambdaResponder& respond) {
        auto invocation = read(*call);
        if (!invocation) {
            return respond(tl::unexpected(std::move(invocation).error()));
        }
        invocation->type = InvocationType::Event;
        if (auto checked = check_payload(call->request.body(), invocation->type); !checked) {
            return respond(tl::unexpected(std::move(checked).error()));
        }
        enqueue(std::move(call), std::move(*invocation), respond);
    }

    void post(const LambdaResponder& respond, std::function<void()> task) {
        if (!desk_.post(std::move(task))) {
            respond(answer_of_refusal(throttled(false)));
        }
    }

    [[nodiscard]] LambdaResult<Invocation> read(const LambdaCall& call) const {
        Invocation invocation;
        MB_LAMBDA_TRY(invocation.function,
                      parse_function_reference(call.places.at(0), call.parameter("Qualifier"),
                                               context_.identity));
        MB_LAMBDA_TRY(invocation.type, type_of(call.request.header("X-Amz-Invocation-Type")));
        const std::string_view log = call.request.header("X-Amz-Log-Type");
        if (!log.empty() && log != "None" && log != "Tail") {
            return tl::unexpected(
                violation(log, "logType", "Member must satisfy enum value set: [None, Tail]"));
        }
        invocation.wants_log = log == "Tail";
        for (const std::string_view name : {"X-Amz-Tenant-Id", "X-Amz-Durable-Execution-Name"}) {
            if (!call.request.header(name).empty()) {
                return refuse(kInvalidParameterValue,
                              fmt::format("{} is not supported by Millbeck", name));
            }
        }
        MB_LAMBDA_TRY(invocation.client_context,
                      client_context_of(call.request.header("X-Amz-Client-Context")));
        invocation.trace_id = call.request.header("X-Amzn-Trace-Id");
        MB_LAMBDA_TRY_STATUS(check_payload(call.request.body(), invocation.type));
        if (!context_.registry.exists(invocation.function)) {
            FunctionReference named = invocation.function;
            named.qualifier = named.qualifier.empty() ? std::string(kLatest) : named.qualifier;
            return tl::unexpected(function_not_found(context_.identity, named));
        }
        return invocation;
    }

    LambdaResult<LambdaAnswer> run(const LambdaCall& call, const Invocation& invocation) {
        const std::string_view payload = call.request.body();
        MB_LAMBDA_TRY_STATUS(check_json(payload));
        return answer_of(context_.registry.call(invocation.function,
                                                {.payload = payload.empty() ? "{}" : payload,
                                                 .request_id = call.request_id,
                                                 .client_context = invocation.client_context,
                                                 .trace_id = invocation.trace_id,
                                                 .wants_log = invocation.wants_log},
                                                context_.clock.instant() + kLongest));
    }

    void enqueue(Call call, Invocation invocation, const LambdaResponder& respond) {
        post(respond, [this, call = std::move(call), invocation = std::move(invocation), respond] {
            respond(take(*call, invocation));
        });
    }

    LambdaResult<LambdaAnswer> take(const LambdaCall& call, const Invocation& invocation) {
        const std::string_view payload = call.request.body();
        MB_LAMBDA_TRY_STATUS(check_json(payload));
        auto queue = events();
        if (!queue) {
            return tl::unexpected(lambda_error(queue.error()));
        }
        QueuedEvent event;
        event.function = invocation.function.name;
        event.qualifier = invocation.function.qualifier;
        event.request_id = call.request_id;
        event.payload = payload.empty() ? "{}" : payload;
        event.client_context = invocation.client_context;
        event.trace_id = invocation.trace_id;
        event.accepted = context_.clock.wall();
        event.due = event.accepted;
        if (const auto added = (*queue)->add(std::move(event)); !added) {
            return answer_of_refusal(lambda_error(added.error()));
        }
        return LambdaAnswer{202, {}, {}};
    }

    [[nodiscard]] base::Path file() const { return context_.data / "function-events.db"; }

    // Made by the first event; its mutex is held while the file is opened, once in a life.
    base::Result<EventQueue*> events() {
        const base::MutexLock lock(mutex_);
        if (!queue_) {
            MB_TRY(store_, EventStore::open(file(), {}));
            queue_ = EventQueue::create({.registry = context_.registry,
                                         .desk = desk_,
                                         .store = *store_,
                                         .clock = context_.clock,
                                         .metrics = context_.metrics,
                                         .hand_over = context_.hand_over});
        }
        return queue_.get();
    }

    const InvokeContext context_;
    base::Mutex mutex_;
    std::unique_ptr<EventStore> store_ MB_GUARDED_BY(mutex_);
    std::shared_ptr<EventQueue> queue_ MB_GUARDED_BY(mutex_);
    InvokeDesk desk_;  // destroyed before the others: its tasks use them
    const std::shared_ptr<Sweep> sweep_ =
        std::make_shared<Sweep>(desk_.pool(), context_.registry, context_.clock);
};

}  // namespace

std::unique_ptr<InvokeCalls> InvokeCalls::create(const InvokeContext& context) {
    return std::make_unique<Calls>(context);
}

}  // namespace millbeck::runtime::lambda
