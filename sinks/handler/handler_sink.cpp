#include "sinks/handler/handler_sink.hpp"

#include <optional>
#include <utility>

#include <fmt/format.h>

#include "sinks/handler/debugging.hpp"
#include "sinks/handler/runtime_failure.hpp"

namespace millbeck::sinks {

namespace {

base::Counter& invocations(base::Metrics& metrics, const std::string& function,
                           const std::string& outcome) {
    return metrics.counter("millbeck_sinks_handler_invocations_total",
                           "Batches given to the handler, by what became of them",
                           {{"function", function}, {"outcome", outcome}});
}

}  // namespace

HandlerMetrics::HandlerMetrics(base::Metrics& metrics, const std::string& function)
    : delivered(invocations(metrics, function, "delivered")),
      failed(invocations(metrics, function, "failed")),
      not_invoked(invocations(metrics, function, "not_invoked")),
      starts(metrics.counter("millbeck_sinks_handler_starts_total", "Handler processes started",
                             {{"function", function}})),
      seconds(metrics.histogram("millbeck_sinks_handler_seconds",
                                "From handing the event over to its outcome",
                                {{"function", function}})) {}

void HandlerMetrics::count(const Outcome& outcome, std::chrono::nanoseconds took) {
    if (outcome.kind == Outcome::Kind::NotInvoked) {
        not_invoked.add();
        return;
    }
    (outcome.kind == Outcome::Kind::Delivered ? delivered : failed).add();
    seconds.observe(std::chrono::duration<double>(took).count());
}

Outcome failed(base::Code code, std::string message) {
    return {.kind = Outcome::Kind::Failed,
            .failed = {},
            .error = {code, std::move(message)},
            .reply = {}};
}

Outcome not_invoked(base::Error error) {
    return {
        .kind = Outcome::Kind::NotInvoked, .failed = {}, .error = std::move(error), .reply = {}};
}

HandlerSink::HandlerSink(HandlerOptions options, const base::Clock& clock, base::Metrics& metrics,
                         StderrLine on_stderr, OutputPump* pump)
    : options_(std::move(options)),
      clock_(clock),
      on_stderr_(std::move(on_stderr)),
      context_{options_, clock_, on_stderr_, pump},
      metrics_(metrics, options_.function),
      in_flight_(options_.concurrency) {}

Outcome HandlerSink::deliver(const Batch& batch, base::Instant deadline) {
    return invoke({.batch = &batch}, deadline).outcome;
}

InvokeResult HandlerSink::invoke(const InvokeRequest& request, base::Instant deadline) {
    if (request.batch != nullptr && request.batch->messages.empty() &&
        request.batch->members.empty()) {
        return {};
    }
    std::optional<CallLog> log;
    if (request.wants_log) {
        log.emplace().report.memory_mb = options_.lambda.memory_mb;
        log->tail.add(start_line(request.request_id, options_.lambda.version));
    }
    const Call call{request, log ? &*log : nullptr};
    const base::Instant begin = clock_.instant();
    if (options_.debug) {
        deadline = begin + kDebugTimeout;
    }
    InvokeResult result;
    result.outcome = admit(call, deadline);
    const auto took = clock_.instant() - begin;
    metrics_.count(result.outcome, took);
    if (request.batch == nullptr && result.outcome.kind == Outcome::Kind::Failed) {
        make_error_document(call, result.outcome);
    }
    if (log) {
        finish_log(call, took);
        result.log_tail = log->tail.take();
    }
    return result;
}

void HandlerSink::finish_log(const Call& call, std::chrono::nanoseconds took) const {
    CallReport& report = call.log->report;
    if (report.duration.count() == 0) {
        report.duration = took;
    }
    call.log->tail.add(end_line(call.request_id()));
    call.log->tail.add(report_line(call.request_id(), report));
}

// Runtimes bring a document of their own, and so may a pipe handler; all others get Lambda's.
void HandlerSink::make_error_document(const Call& call, Outcome& outcome) const {
    const bool reported =
        options_.protocol == HandlerProtocol::Pipe && outcome.error.code == base::Code::Io;
    if (options_.protocol == HandlerProtocol::Runtime || (reported && !outcome.reply.empty())) {
        return;
    }
    outcome.reply = outcome.error.code == base::Code::DeadlineExceeded
                        ? timed_out_payload(call.request_id(), options_.timeout)
                        : handler_failed_payload(call.request_id(), outcome.error.message);
}

Outcome HandlerSink::admit(const Call& call, base::Instant deadline) {
    const base::Instant begin = clock_.instant();
    if (begin >= deadline) {
        return not_invoked({base::Code::DeadlineExceeded, "no time is left to ask the handler"});
    }
    if (auto entered = in_flight_.enter(); !entered) {
        return not_invoked(std::move(entered).error());
    }
    Outcome outcome = run(call, time_limit(begin, deadline));
    in_flight_.leave();
    return outcome;
}

TimeLimit HandlerSink::time_limit(base::Instant begin, base::Instant deadline) const {
    const auto left = std::chrono::duration_cast<base::Milliseconds>(deadline - begin);
    return left >= options_.timeout
               ? TimeLimit{begin + options_.timeout, options_.timeout, deadline}
               : TimeLimit{deadline, left, deadline};
}

void HandlerSink::retire(base::Instant deadline) {
    in_flight_.close();
    end_idle(deadline);
}

void HandlerSink::stop(base::Instant deadline) {
    in_flight_.close();
    if (!in_flight_.wait_until_idle(deadline)) {
        in_flight_.cut();
        in_flight_.wait_until_idle(base::Instant::max());
    }
    end_idle(deadline);
}

Outcome HandlerSink::unanswered(const Answer& answer, HandlerProcess& process,
                                base::Milliseconds granted) const {
    if (answer.end != AnswerEnd::Exited) {
        process.end();
    }
    if (in_flight_.was_cut()) {
        return failed(base::Code::Cancelled, "the handler was stopped during the batch");
    }
    switch (answer.end) {
        case AnswerEnd::Line:
            break;
        case AnswerEnd::Exited:
            return failed(base::Code::Io, "the handler ended during the batch: " +
                                              answer.exit.value_or(base::ExitStatus{}).to_string());
        case AnswerEnd::TimedOut:
            return failed(base::Code::DeadlineExceeded,
                          fmt::format("Task timed out after {:.2f} seconds",
                                      static_cast<double>(granted.count()) / 1000.0));
        case AnswerEnd::TooLong:
            return failed(base::Code::LimitExceeded,
                          fmt::format("the handler's reply is longer than {} bytes",
                                      options_.reply_bytes_max));
        case AnswerEnd::OutOfTurn:
            return failed(base::Code::Malformed,
                          "the handler answered before it had read the whole event");
        case AnswerEnd::HungUp:
            return failed(base::Code::Io, "the handler closed its stdin or stdout and lives on");
    }
    return failed(base::Code::Internal, "a reply was taken for a failure");
}

}  // namespace millbeck::sinks
