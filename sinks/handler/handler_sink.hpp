// What all protocols share: admission, time limit, counting, words for failures, the stop.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "base/clock.hpp"
#include "base/metrics.hpp"
#include "sinks/handler/call.hpp"
#include "sinks/handler/handler.hpp"
#include "sinks/handler/handler_process.hpp"
#include "sinks/handler/in_flight.hpp"
#include "sinks/sink.hpp"

namespace millbeck::sinks {

// References into the registry, which outlives them. Label: function.
struct HandlerMetrics {
    HandlerMetrics(base::Metrics& metrics, const std::string& function);

    void count(const Outcome& outcome, std::chrono::nanoseconds took);

    base::Counter& delivered;
    base::Counter& failed;
    base::Counter& not_invoked;
    base::Counter& starts;
    base::Histogram& seconds;  // of the calls in which a process was asked
};

Outcome failed(base::Code code, std::string message);
Outcome not_invoked(base::Error error);

// When a delivery must end, and how long that was from its beginning.
struct TimeLimit {
    base::Instant end;
    base::Milliseconds granted;
    base::Instant deadline;  // the caller's; `end` is never behind it
};

// Everything but how a process is come by. Derived classes call stop() in their destructors.
class HandlerSink : public Handler {
  public:
    ~HandlerSink() override = default;
    HandlerSink(const HandlerSink&) = delete;
    HandlerSink& operator=(const HandlerSink&) = delete;

    Outcome deliver(const Batch& batch, base::Instant deadline) final;
    [[nodiscard]] unsigned concurrency() const final { return options_.concurrency; }
    void stop(base::Instant deadline) final;
    InvokeResult invoke(const InvokeRequest& request, base::Instant deadline) final;
    void retire(base::Instant deadline) final;
    void end_unused(base::Instant /*last_used*/) override {}

  protected:
    HandlerSink(HandlerOptions options, const base::Clock& clock, base::Metrics& metrics,
                StderrLine on_stderr, OutputPump* pump);

    // Gives the event to a process.
    virtual Outcome run(const Call& call, const TimeLimit& limit) = 0;

    // Ends the processes that are not being asked.
    virtual void end_idle(base::Instant deadline) = 0;

    // What is called for when answer.end is not a reply. Ends a process that still runs: what it
    // does for the batch must be over before the batch is sent again.
    Outcome unanswered(const Answer& answer, HandlerProcess& process,
                       base::Milliseconds granted) const;

    // Of what begins at `begin`: the function's time, unless the caller's deadline comes first.
    [[nodiscard]] TimeLimit time_limit(base::Instant begin, base::Instant deadline) const;

    const ProcessContext& context() const { return context_; }
    const HandlerOptions& options() const { return options_; }
    HandlerMetrics& metrics() { return metrics_; }
    InFlight& in_flight() { return in_flight_; }

  private:
    Outcome admit(const Call& call, base::Instant deadline);
    void finish_log(const Call& call, std::chrono::nanoseconds took) const;
    void make_error_document(const Call& call, Outcome& outcome) const;

    const HandlerOptions options_;
    const base::Clock& clock_;
    const StderrLine on_stderr_;
    const ProcessContext context_;
    HandlerMetrics metrics_;
    InFlight in_flight_;
};

std::unique_ptr<Handler> open_pipe_handler(HandlerOptions options, const base::Clock& clock,
                                           base::Metrics& metrics, StderrLine on_stderr,
                                           OutputPump* pump);
base::Result<std::unique_ptr<Handler>> open_runtime_handler(HandlerOptions options,
                                                            const base::Clock& clock,
                                                            base::Metrics& metrics,
                                                            StderrLine on_stderr, OutputPump* pump);
std::unique_ptr<Handler> open_exec_handler(HandlerOptions options, const base::Clock& clock,
                                           base::Metrics& metrics, StderrLine on_stderr,
                                           OutputPump* pump);

}  // namespace millbeck::sinks
