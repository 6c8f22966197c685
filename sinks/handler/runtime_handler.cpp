// The runtime protocol: processes that live on and fetch their events from a Runtime API of their
// own, as functions made for AWS Lambda do.
#include <memory>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "base/random.hpp"
#include "sinks/handler/function_identity.hpp"
#include "sinks/handler/handler_sink.hpp"
#include "sinks/handler/process_pool.hpp"
#include "sinks/handler/runtime_command.hpp"
#include "sinks/handler/runtime_failure.hpp"
#include "sinks/handler/runtime_server.hpp"

namespace millbeck::sinks {

namespace {

using base::Code;
using Kind = RuntimeVerdict::Kind;

// What became of a start.
struct Start {
    bool ready = false;
    std::optional<RuntimeVerdict> verdict;  // it said why not
    std::optional<base::ExitStatus> exit;   // it ended
};

class RuntimeHandler final : public HandlerSink {
  public:
    RuntimeHandler(HandlerOptions handler_options, RuntimeCommand command, const base::Clock& clock,
                   base::Metrics& registry, StderrLine on_stderr, OutputPump* pump)
        : HandlerSink(std::move(handler_options), clock, registry, std::move(on_stderr), pump),
          command_(std::move(command)),
          random_(base::system_random()),
          pool_(std::make_shared<ProcessPool>(context(), metrics().starts,
                                              [this] { return start(); })) {}
    RuntimeHandler(const RuntimeHandler&) = delete;
    RuntimeHandler& operator=(const RuntimeHandler&) = delete;
    ~RuntimeHandler() override { stop(context().clock.instant()); }

  private:
    base::Result<PooledProcess> start() {
        PooledProcess pooled;
        MB_TRY(pooled.server, RuntimeServer::open(options(), context().clock, *random_));
        const base::ChildOptions child{
            .command = command_.command,
            .environment = function_environment(options(), pooled.server->address(),
                                                context().clock.wall(), *random_),
            .working_folder = options().lambda.code,
            .inherit = base::Inherit::Basics,
            .output = base::Output::Joined};
        MB_TRY(pooled.process, HandlerProcess::start(context(), child, Farewell::Kill));
        if (!command_.input.empty()) {
            // A process that ends before it has read it is noticed as any other that ends.
            static_cast<void>(pooled.process->write_input(
                command_.input, context().clock.instant() + options().lambda.init_timeout));
        }
        pooled.process->close_input();
        return pooled;
    }

    Outcome run(const Call& call, const TimeLimit& limit) override {
        // A warm process may end between being looked at and being asked; the next one is new.
        constexpr int kTries = 2;
        for (int tries = 0; tries < kTries; ++tries) {
            auto pooled = pool_->take();
            if (!pooled) {
                return not_startable(call, std::move(pooled).error());
            }
            const bool is_new = pooled->server->api().state() == RuntimeState::Started;
            auto outcome = is_new ? run_cold(call, limit, std::move(*pooled))
                                  : ask(call, limit_from_now(limit), std::move(*pooled));
            if (outcome) {
                return std::move(*outcome);
            }
        }
        return not_invoked({Code::Unavailable,
                            "the function's process ends before it asks for "
                            "its event"});
    }

    // The clock of an invocation starts when its event is given out, not while a process starts.
    [[nodiscard]] TimeLimit limit_from_now(const TimeLimit& limit) const {
        return time_limit(context().clock.instant(), limit.deadline);
    }

    // A start that fails is done again inside the invocation, and then has the invocation's time.
    std::optional<Outcome> run_cold(const Call& call, const TimeLimit& limit,
                                    PooledProcess pooled) {
        const base::Instant init_end =
            std::min(context().clock.instant() + options().lambda.init_timeout, limit.deadline);
        const base::Instant init_begin = context().clock.instant();
        if (initialise(pooled, init_end).ready) {
            if (call.log != nullptr) {
                call.log->report.init = context().clock.instant() - init_begin;
            }
            return ask(call, limit_from_now(limit), std::move(pooled));
        }
        if (in_flight().was_cut()) {
            return cancelled();
        }
        pooled.process->end();
        if (context().clock.instant() >= limit.deadline) {
            return failure(Code::DeadlineExceeded,
                           timed_out_payload(call.request_id(), limit.granted));
        }
        const TimeLimit second = limit_from_now(limit);
        auto again = pool_->replace();
        if (!again) {
            return not_startable(call, std::move(again).error());
        }
        again->process->tee(call.tail());  // this start is a part of the invocation
        const Start start = initialise(*again, second.end);
        if (start.ready) {
            return ask(call, second, std::move(*again));
        }
        return not_started(call, start, std::move(*again), second);
    }

    Start initialise(PooledProcess& pooled, base::Instant deadline) {
        if (!in_flight().attach(*pooled.process)) {
            return {};
        }
        const ServeEnd end = pooled.server->start(*pooled.process, deadline);
        in_flight().detach(*pooled.process);
        Start start;
        start.ready =
            end == ServeEnd::Reached && pooled.server->api().state() != RuntimeState::InitError;
        start.verdict = pooled.server->api().take_verdict();
        if (end == ServeEnd::Exited) {
            start.exit = pooled.process->poll_exit();
        }
        if (pooled.server->api().wants_farewell()) {
            pooled.process->set_farewell(Farewell::Terminate);
        }
        return start;
    }

    Outcome not_started(const Call& call, const Start& start, PooledProcess pooled,
                        const TimeLimit& limit) {
        const base::ExitStatus exit = pooled.process->end();
        pool_->ended(*pooled.process, exit);
        if (in_flight().was_cut()) {
            return cancelled();
        }
        if (start.verdict) {
            return failure(Code::Io, start.verdict->payload);
        }
        if (start.exit) {
            return failure(Code::Io, exited_payload(call.request_id(), *start.exit));
        }
        return failure(Code::DeadlineExceeded, timed_out_payload(call.request_id(), limit.granted));
    }

    // nullopt: the process ended before it asked for the event.
    std::optional<Outcome> ask(const Call& call, const TimeLimit& limit, PooledProcess pooled) {
        HandlerProcess& process = *pooled.process;
        RuntimeServer& server = *pooled.server;
        if (!in_flight().attach(process)) {
            return cancelled();
        }
        const Invocation invocation{call, context().clock.wall() + limit.granted};
        process.tee(call.tail());
        const base::Instant begin = context().clock.instant();
        const ServeEnd end = server.invoke(process, invocation, limit.end);
        in_flight().detach(process);
        if (call.log != nullptr) {
            call.log->report.duration = context().clock.instant() - begin;
            call.log->report.peak_kb = process.peak_kb();
        }
        if (end == ServeEnd::Exited && server.api().state() != RuntimeState::Running) {
            pool_->ended(process, process.end());
            return in_flight().was_cut() ? std::optional(cancelled()) : std::nullopt;
        }
        return conclude(call, limit, end, std::move(pooled));
    }

    Outcome conclude(const Call& call, const TimeLimit& limit, ServeEnd end, PooledProcess pooled) {
        if (end != ServeEnd::Reached) {
            const base::ExitStatus exit = pooled.process->end();
            if (in_flight().was_cut()) {
                return cancelled();
            }
            if (end == ServeEnd::TimedOut) {
                return failure(Code::DeadlineExceeded,
                               timed_out_payload(call.request_id(), limit.granted));
            }
            pool_->ended(*pooled.process, exit);
            return failure(Code::Io, exited_payload(call.request_id(), exit));
        }
        RuntimeVerdict verdict = *pooled.server->api().take_verdict();
        keep_or_end(verdict.kind, std::move(pooled));
        return outcome_of(call, std::move(verdict));
    }

    // An answer that broke off leaves a process nobody can tell anything about.
    void keep_or_end(Kind kind, PooledProcess pooled) {
        if (kind == Kind::Truncated) {
            pooled.process->end();
            return;
        }
        pooled.process->set_proven();
        pooled.process->tee(nullptr);
        pool_->give_back(std::move(pooled));
    }

    static Outcome outcome_of(const Call& call, RuntimeVerdict verdict) {
        switch (verdict.kind) {
            case Kind::Response: {
                Outcome outcome;
                outcome.reply = std::move(verdict.payload);
                return outcome;
            }
            case Kind::Error:
            case Kind::InitError:
                return failure(Code::Io, std::move(verdict.payload));
            case Kind::TooLarge:
                return failure(Code::LimitExceeded, too_large_payload());
            case Kind::BadMode:
                return failure(Code::Malformed, bad_mode_payload(call.request_id()));
            case Kind::Truncated:
                return failure(Code::Io, truncated_payload(call.request_id()));
        }
        return failed(Code::Internal, "a verdict that does not exist");
    }

    static Outcome failure(Code code, std::string payload) {
        Outcome outcome = failed(code, error_sentence(payload));
        outcome.reply = std::move(payload);
        return outcome;
    }

    // What is to be started has gone: the function's fault. Anything else is not.
    Outcome not_startable(const Call& call, base::Error error) const {
        const bool not_executable = options().lambda.installed && error.code == Code::Io;
        if (error.code != Code::NotFound && !not_executable) {
            return not_invoked(std::move(error));
        }
        return failure(error.code,
                       no_entrypoint_payload(call.request_id(),
                                             fmt::format("Couldn't find valid bootstrap(s): [{}]",
                                                         command_.command.front())));
    }

    static Outcome cancelled() {
        return failed(Code::Cancelled, "the handler was stopped during the batch");
    }

    void end_idle(base::Instant deadline) override { pool_->end_idle(deadline); }
    void end_unused(base::Instant last_used) override { pool_->end_unused(last_used); }

    const RuntimeCommand command_;
    const std::unique_ptr<base::Random> random_;
    std::shared_ptr<ProcessPool> pool_;
};

base::Status check_lambda(const HandlerOptions& options) {
    if (options.lambda.runtime.empty() == options.command.empty()) {
        return base::fail(Code::Invalid, "protocol runtime takes either a runtime or a command");
    }
    if (options.lambda.memory_mb < 128 || options.lambda.memory_mb > 10'240) {
        return base::fail(Code::Invalid, "memory must be between 128 and 10240");
    }
    return check_function_environment(options.environment);
}

}  // namespace

base::Result<std::unique_ptr<Handler>> open_runtime_handler(HandlerOptions options,
                                                            const base::Clock& clock,
                                                            base::Metrics& metrics,
                                                            StderrLine on_stderr,
                                                            OutputPump* pump) {
    MB_TRY_STATUS(check_lambda(options));
    MB_TRY(auto command, resolve_runtime(options));
    return std::unique_ptr<Handler>(std::make_unique<RuntimeHandler>(
        std::move(options), std::move(command), clock, metrics, std::move(on_stderr), pump));
}

}  // namespace millbeck::sinks
