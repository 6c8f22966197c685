// The pipe protocol: processes that live on; one event a line in, one JSON reply a line out.
#include <memory>
#include <utility>

#include "base/log.hpp"
#include "sinks/handler/handler_sink.hpp"
#include "sinks/handler/process_pool.hpp"
#include "sinks/handler/reply.hpp"

namespace millbeck::sinks {

namespace {

class PipeHandler final : public HandlerSink {
  public:
    PipeHandler(HandlerOptions handler_options, const base::Clock& clock, base::Metrics& registry,
                StderrLine on_stderr, OutputPump* pump)
        : HandlerSink(std::move(handler_options), clock, registry, std::move(on_stderr), pump),
          pool_(std::make_shared<ProcessPool>(context(), metrics().starts,
                                              [this] { return start(); })) {}
    PipeHandler(const PipeHandler&) = delete;
    PipeHandler& operator=(const PipeHandler&) = delete;
    ~PipeHandler() override { stop(context().clock.instant()); }

  private:
    Outcome run(const Call& call, const TimeLimit& limit) override {
        // A process may end between being looked at and being asked; the next one is new.
        constexpr int kTries = 2;
        for (int tries = 0; tries < kTries; ++tries) {
            auto pooled = pool_->take();
            if (!pooled) {
                return not_invoked(std::move(pooled).error());
            }
            HandlerProcess& process = *pooled->process;
            if (!in_flight().attach(process)) {
                break;
            }
            process.tee(call.tail());
            Answer answer = process.ask(call.event(EventEnding::Newline), Until::Line, limit.end);
            in_flight().detach(process);
            const bool never_asked = answer.end == AnswerEnd::Exited && !answer.asked;
            if (!never_asked) {
                if (call.log != nullptr) {
                    call.log->report.peak_kb = process.peak_kb();
                }
                return conclude(std::move(answer), std::move(*pooled), limit.granted);
            }
            pool_->ended(process, answer.exit.value_or(base::ExitStatus{}));
        }
        if (in_flight().was_cut()) {
            return not_invoked({base::Code::Cancelled, "the handler is being stopped"});
        }
        return not_invoked({base::Code::Unavailable, "the handler ends before it reads its event"});
    }

    Outcome conclude(Answer answer, PooledProcess pooled, base::Milliseconds granted) {
        if (answer.end != AnswerEnd::Line) {
            Outcome outcome = unanswered(answer, *pooled.process, granted);
            if (answer.exit) {
                pool_->ended(*pooled.process, *answer.exit);
            }
            return outcome;
        }
        keep_or_replace(answer, std::move(pooled));
        if (auto judged = judge_reply(answer.text); !judged) {
            Outcome outcome = failed(judged.error().code, judged.error().message);
            outcome.reply = std::move(answer.text);
            return outcome;
        }
        Outcome outcome;
        outcome.reply = std::move(answer.text);
        return outcome;
    }

    void end_idle(base::Instant deadline) override { pool_->end_idle(deadline); }
    void end_unused(base::Instant last_used) override { pool_->end_unused(last_used); }

    base::Result<PooledProcess> start() const {
        PooledProcess pooled;
        MB_TRY(pooled.process, HandlerProcess::start(context()));
        return pooled;
    }

    void keep_or_replace(const Answer& answer, PooledProcess pooled) {
        if (answer.more) {
            base::log(base::LogLevel::Warn, "sinks",
                      "a handler wrote more than one line for an event; it is replaced, since its "
                      "answers cannot be told apart any more",
                      {{"function", options().function}});
            return;
        }
        if (!answer.exit) {
            pooled.process->tee(nullptr);
            pool_->give_back(std::move(pooled));
        }
    }

    std::shared_ptr<ProcessPool> pool_;
};

}  // namespace

std::unique_ptr<Handler> open_pipe_handler(HandlerOptions options, const base::Clock& clock,
                                           base::Metrics& metrics, StderrLine on_stderr,
                                           OutputPump* pump) {
    return std::make_unique<PipeHandler>(std::move(options), clock, metrics, std::move(on_stderr),
                                         pump);
}

}  // namespace millbeck::sinks
