// The exec protocol: one process a batch; the event on stdin, then its end; stdout is the reply,
// the exit status says whether it is a success.
#include <memory>
#include <utility>

#include "sinks/handler/debugging.hpp"
#include "sinks/handler/handler_sink.hpp"

namespace millbeck::sinks {

namespace {

class ExecHandler final : public HandlerSink {
  public:
    ExecHandler(HandlerOptions options, const base::Clock& clock, base::Metrics& metrics,
                StderrLine on_stderr, OutputPump* pump)
        : HandlerSink(std::move(options), clock, metrics, std::move(on_stderr), pump) {}
    ExecHandler(const ExecHandler&) = delete;
    ExecHandler& operator=(const ExecHandler&) = delete;
    ~ExecHandler() override { stop(context().clock.instant()); }

  private:
    Outcome run(const Call& call, const TimeLimit& limit) override {
        auto process = HandlerProcess::start(context());
        if (!process) {
            return not_invoked(std::move(process).error());
        }
        metrics().starts.add();
        tell_how_to_attach(options(), (*process)->pid());
        if (!in_flight().attach(**process)) {
            return not_invoked({base::Code::Cancelled, "the handler is being stopped"});
        }
        (*process)->tee(call.tail());
        Answer answer = (*process)->ask(call.event(EventEnding::None), Until::Exit, limit.end);
        in_flight().detach(**process);
        Outcome outcome;
        if (!answer.exit || !answer.exit->success()) {
            outcome = unanswered(answer, **process, limit.granted);
        }
        outcome.reply = std::move(answer.text);
        return outcome;
    }

    void end_idle(base::Instant /*deadline*/) override {}  // there are none
};

}  // namespace

std::unique_ptr<Handler> open_exec_handler(HandlerOptions options, const base::Clock& clock,
                                           base::Metrics& metrics, StderrLine on_stderr,
                                           OutputPump* pump) {
    return std::make_unique<ExecHandler>(std::move(options), clock, metrics, std::move(on_stderr),
                                         pump);
}

}  // namespace millbeck::sinks
