// One running handler process: hand it an event, wait for its answer, never hang.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/child_process.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "sinks/handler/event.hpp"
#include "sinks/handler/handler.hpp"
#include "sinks/handler/stderr_reader.hpp"

namespace millbeck::sinks {

// What every process of a function needs. All of it outlives the process.
struct ProcessContext {
    const HandlerOptions& options;
    const base::Clock& clock;
    const StderrLine& on_stderr;
    OutputPump* pump;  // may be null
};

enum class AnswerEnd {
    Line,       // the text is complete: one line (pipe)
    Exited,     // the process ended; `exit` says how
    TimedOut,   // the deadline passed; the process still runs
    TooLong,    // more than reply_bytes_max; the process still runs
    OutOfTurn,  // it answered before it had the whole event; the process still runs
    HungUp,     // it closed its stdin or stdout and lives on
};

struct Answer {
    AnswerEnd end = AnswerEnd::Line;
    std::string text;  // a line without its newline (pipe), all of stdout (exec)
    std::optional<base::ExitStatus> exit;  // for Exited
    bool asked = true;                     // false: it ended before it was given a single byte
    bool more = false;                     // output went on after the line: nobody asked for it
};

enum class Until { Line, Exit };

// How a process learns that it is done.
enum class Farewell {
    CloseInput,  // its stdin ends; who does not leave by that gets SIGTERM, then SIGKILL
    Terminate,   // SIGTERM, then SIGKILL
    Kill,        // SIGKILL: Lambda's way with a runtime that has not asked for more
};

// What stdout of a process that was asked nothing holds.
enum class IdleState { Quiet, Talking, Ended };

// Invariants: while an event is written, stdout and stderr are read as well, so neither side can
//             block the other for ever; no zombie outlives the object.
// Threads:    one at a time, except kill(), which any thread may call.
class HandlerProcess {
  public:
    // As the options' command says. Errors: those of base::ChildProcess::start().
    static base::Result<std::unique_ptr<HandlerProcess>> start(const ProcessContext& context);
    static base::Result<std::unique_ptr<HandlerProcess>> start(const ProcessContext& context,
                                                               const base::ChildOptions& child,
                                                               Farewell farewell);

    HandlerProcess(const HandlerProcess&) = delete;
    HandlerProcess& operator=(const HandlerProcess&) = delete;
    ~HandlerProcess();

    // Hands the event over and waits. Until::Exit closes stdin behind the event.
    Answer ask(EventBytes event, Until until, base::Instant deadline);

    // One read: an answer that comes when nothing was asked must not become the answer to the next.
    // With joined output: whether it has ended.
    IdleState idle_state();

    // SIGTERM to the group, SIGKILL after the grace, reaped; stderr is read to its end. At once
    // SIGKILL when that is its farewell.
    base::ExitStatus end();

    void close_input() { child_.close_stdin(); }
    base::Status write_input(std::string_view text, base::Instant deadline) {
        return child_.write_stdin(text, deadline, context_.clock);
    }

    // Tells it that it is done, in the way of its farewell.
    void say_farewell();
    void set_farewell(Farewell farewell) { farewell_ = farewell; }

    // say_farewell(), `grace` to leave by itself, then as end().
    base::ExitStatus end_politely(base::Milliseconds grace);

    void kill() { child_.kill_group(); }
    [[nodiscard]] pid_t pid() const { return child_.pid(); }

    // The exit status if it has ended; nullopt while it runs.
    std::optional<base::ExitStatus> poll_exit() { return child_.poll_exit(); }

    // Lets the pump call `watch`, whose file is exit_fd(), when the process ends.
    void watch_exit(std::shared_ptr<PumpTarget> watch);
    [[nodiscard]] int exit_fd() const { return child_.exit_fd(); }

    // Its stderr, or both outputs when they are joined; drain_log() is false after their end.
    [[nodiscard]] int log_fd() const { return child_.stderr_fd(); }
    bool drain_log() { return stderr_->drain(); }

    // What it writes goes to `tail` as well, which outlives that; null ends it.
    void tee(LogTail* tail) { stderr_->tee(tail); }
    // The most memory it has used so far, in KB; 0 when the system does not say.
    [[nodiscard]] std::uint64_t peak_kb() const;

    // It has answered an event since it was started.
    [[nodiscard]] bool proven() const { return proven_; }
    void set_proven() { proven_ = true; }

  private:
    class Conversation;

    HandlerProcess(const ProcessContext& context, base::ChildProcess child, Farewell farewell);

    // Reads and drops stdout, hands stderr over, until the process ends or `time` has passed.
    bool ended_within(base::Milliseconds time);

    ProcessContext context_;
    base::ChildProcess child_;
    std::shared_ptr<StderrReader> stderr_;
    std::shared_ptr<PumpTarget> exit_watch_;  // may be null
    std::vector<char> buffer_;                // for reading stdout
    Farewell farewell_;
    bool proven_ = false;
};

}  // namespace millbeck::sinks
