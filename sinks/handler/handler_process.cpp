#include "sinks/handler/handler_process.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <string>
#include <utility>

#include <poll.h>
#include <sys/uio.h>
#include <unistd.h>

namespace millbeck::sinks {

namespace {

using base::Instant;
using base::Milliseconds;

constexpr std::size_t kReadBytes = 64u << 10;  // a pipe holds no more by default

// Rounded up, so that a wait that has begun never turns into a spin; an hour at most, then again.
int poll_timeout_ms(std::chrono::nanoseconds left) {
    const auto milliseconds = std::chrono::ceil<Milliseconds>(left).count();
    return static_cast<int>(std::clamp<std::int64_t>(milliseconds, 0, 3'600'000));
}

enum class ReadEnd { Some, Nothing, Closed };

struct Chunk {
    ReadEnd end = ReadEnd::Nothing;
    std::string_view bytes;
};

Chunk read_chunk(int fd, std::vector<char>& buffer) {
    for (;;) {
        const ssize_t got = ::read(fd, buffer.data(), buffer.size());
        if (got > 0) {
            return {ReadEnd::Some, {buffer.data(), static_cast<std::size_t>(got)}};
        }
        if (got == 0) {
            return {ReadEnd::Closed, {}};
        }
        if (errno != EINTR) {
            return {errno == EAGAIN ? ReadEnd::Nothing : ReadEnd::Closed, {}};
        }
    }
}

base::ChildOptions child_options(const HandlerOptions& options) {
    return {.command = options.command,
            .environment = options.environment,
            .working_folder = options.working_folder};
}

}  // namespace

// One event and its answer.
class HandlerProcess::Conversation {
  public:
    Conversation(HandlerProcess& process, EventBytes event, Until until, Instant deadline)
        : process_(process), event_(std::move(event)), until_(until), give_up_(deadline) {}

    Answer run() {
        write_some();
        while (!over_) {
            const auto left = give_up_ - process_.context_.clock.instant();
            if (left.count() <= 0) {
                end_as(hung_up_ ? AnswerEnd::HungUp : AnswerEnd::TimedOut);
            } else {
                wait(poll_timeout_ms(left));
            }
        }
        answer_.asked = event_.begun();
        return std::move(answer_);
    }

  private:
    void end_as(AnswerEnd end) {
        answer_.end = end;
        over_ = true;
    }

    // stdout comes before stderr: what was written to stderr before the answer is then seen too,
    // in whatever moment poll() looks.
    void wait(int timeout_ms) {
        const base::ChildProcess& child = process_.child_;
        std::array<pollfd, 4> files{
            pollfd{stdout_open_ ? child.stdout_fd() : -1, POLLIN, 0},
            pollfd{stderr_open_ ? child.stderr_fd() : -1, POLLIN, 0},
            pollfd{child.exit_fd(), POLLIN, 0},
            pollfd{event_.done() ? -1 : child.stdin_fd(), POLLOUT, 0},
        };
        if (::poll(files.data(), files.size(), timeout_ms) <= 0) {
            return;
        }
        if (files[0].revents != 0) {
            read_some();
        }
        if (files[1].revents != 0) {
            stderr_open_ = process_.stderr_->drain();
        } else if (over_) {
            process_.stderr_->settle();  // the pump may have taken what came before the answer
        }
        if (!over_ && files[2].revents != 0) {
            exited();
        }
        if (!over_ && files[3].revents != 0) {
            write_some();
        }
    }

    void write_some() {
        while (!event_.done() && process_.child_.stdin_fd() >= 0) {
            const auto pieces = event_.rest();
            const ssize_t written = ::writev(process_.child_.stdin_fd(), pieces.data(),
                                             static_cast<int>(pieces.size()));
            if (written >= 0) {
                event_.advance(static_cast<std::size_t>(written));
            } else if (errno == EAGAIN) {
                return;
            } else if (errno != EINTR) {
                // It reads no further. That is a one-shot handler's good right.
                process_.child_.close_stdin();
                if (until_ == Until::Line) {
                    hang_up();
                }
            }
        }
        if (until_ == Until::Exit) {
            process_.child_.close_stdin();
        }
    }

    // One end is closed: a process that is dying is gone in a moment, and how it ended is the
    // better message; one that lives on is not waited for.
    void hang_up() {
        hung_up_ = true;
        give_up_ = std::min(
            give_up_, process_.context_.clock.instant() + process_.context_.options.kill_grace);
    }

    // Returns whether there may be more to read at once.
    bool read_some() {
        const Chunk chunk = read_chunk(process_.child_.stdout_fd(), process_.buffer_);
        if (chunk.end == ReadEnd::Closed) {
            stdout_open_ = false;
            if (until_ == Until::Line) {
                hang_up();
            }
        } else if (chunk.end == ReadEnd::Some) {
            take(chunk.bytes);
        }
        return chunk.end == ReadEnd::Some && !over_;
    }

    void take(std::string_view bytes) {
        const std::size_t newline =
            until_ == Until::Line ? bytes.find('\n') : std::string_view::npos;
        const std::string_view part = bytes.substr(0, newline);
        if (answer_.text.size() + part.size() > process_.context_.options.reply_bytes_max) {
            end_as(AnswerEnd::TooLong);
            return;
        }
        answer_.text.append(part);
        if (newline != std::string_view::npos) {
            answer_.more = newline + 1 < bytes.size();
            end_as(event_.done() ? AnswerEnd::Line : AnswerEnd::OutOfTurn);
        }
    }

    // Its last words may still be in the pipes.
    void exited() {
        while (stdout_open_ && read_some()) {
        }
        process_.stderr_->drain();
        answer_.exit = process_.child_.poll_exit();
        if (!over_) {
            end_as(AnswerEnd::Exited);
        }
    }

    HandlerProcess& process_;
    EventBytes event_;
    Until until_;
    Instant give_up_;
    Answer answer_;
    bool over_ = false;
    bool hung_up_ = false;
    bool stdout_open_ = true;
    bool stderr_open_ = true;
};

base::Result<std::unique_ptr<HandlerProcess>> HandlerProcess::start(const ProcessContext& context) {
    return start(context, child_options(context.options), Farewell::CloseInput);
}

base::Result<std::unique_ptr<HandlerProcess>> HandlerProcess::start(const ProcessContext& context,
                                                                    const base::ChildOptions& child,
                                                                    Farewell farewell) {
    MB_TRY(auto started, base::ChildProcess::start(child));
    return std::unique_ptr<HandlerProcess>(
        new HandlerProcess(context, std::move(started), farewell));
}

HandlerProcess::HandlerProcess(const ProcessContext& context, base::ChildProcess child,
                               Farewell farewell)
    : context_(context),
      child_(std::move(child)),
      stderr_(std::make_shared<StderrReader>(child_.stderr_fd(),
                                             [&context = context_](std::string_view line) {
                                                 context.on_stderr(context.options.function, line);
                                             })),
      buffer_(kReadBytes),
      farewell_(farewell) {
    if (context_.pump != nullptr) {
        context_.pump->add(stderr_);
    }
}

HandlerProcess::~HandlerProcess() {
    child_.kill_group();
    if (context_.pump != nullptr) {
        context_.pump->remove(*stderr_);
        if (exit_watch_ != nullptr) {
            context_.pump->remove(*exit_watch_);
        }
    }
    stderr_->close();
}

void HandlerProcess::watch_exit(std::shared_ptr<PumpTarget> watch) {
    if (context_.pump != nullptr) {
        exit_watch_ = std::move(watch);
        context_.pump->add(exit_watch_);
    }
}

Answer HandlerProcess::ask(EventBytes event, Until until, Instant deadline) {
    Answer answer = Conversation(*this, std::move(event), until, deadline).run();
    proven_ = proven_ || answer.end == AnswerEnd::Line;
    return answer;
}

IdleState HandlerProcess::idle_state() {
    if (child_.stdout_fd() < 0) {
        pollfd exit{child_.exit_fd(), POLLIN, 0};
        return ::poll(&exit, 1, 0) > 0 ? IdleState::Ended : IdleState::Quiet;
    }
    switch (read_chunk(child_.stdout_fd(), buffer_).end) {
        case ReadEnd::Nothing:
            return IdleState::Quiet;
        case ReadEnd::Some:
            return IdleState::Talking;
        case ReadEnd::Closed:
            return IdleState::Ended;
    }
    return IdleState::Ended;
}

// Source: proc(5), /proc/pid/status, VmHWM.
std::uint64_t HandlerProcess::peak_kb() const {
    constexpr std::string_view kName = "VmHWM:";
    std::ifstream status("/proc/" + std::to_string(child_.pid()) + "/status");
    for (std::string line; std::getline(status, line);) {
        if (line.starts_with(kName)) {
            return std::strtoull(line.c_str() + kName.size(), nullptr, 10);
        }
    }
    return 0;
}

base::ExitStatus HandlerProcess::end() {
    if (farewell_ != Farewell::Kill) {
        child_.terminate_group();
        if (ended_within(context_.options.kill_grace)) {
            return child_.stop(Milliseconds{0});
        }
    }
    child_.kill_group();
    ended_within(context_.options.kill_grace);
    return child_.stop(Milliseconds{0});
}

void HandlerProcess::say_farewell() {
    switch (farewell_) {
        case Farewell::CloseInput:
            child_.close_stdin();
            break;
        case Farewell::Terminate:
            child_.terminate_group();
            break;
        case Farewell::Kill:
            child_.kill_group();
            break;
    }
}

base::ExitStatus HandlerProcess::end_politely(Milliseconds grace) {
    say_farewell();
    if (ended_within(grace)) {
        return child_.stop(Milliseconds{0});
    }
    return end();
}

bool HandlerProcess::ended_within(Milliseconds time) {
    const Instant deadline = context_.clock.instant() + time;
    bool stdout_open = true;
    bool stderr_open = true;
    for (;;) {
        const auto left = deadline - context_.clock.instant();
        std::array<pollfd, 3> files{
            pollfd{child_.exit_fd(), POLLIN, 0},
            pollfd{stdout_open ? child_.stdout_fd() : -1, POLLIN, 0},
            pollfd{stderr_open ? child_.stderr_fd() : -1, POLLIN, 0},
        };
        ::poll(files.data(), files.size(), poll_timeout_ms(left));
        if (files[1].revents != 0) {
            stdout_open = read_chunk(child_.stdout_fd(), buffer_).end != ReadEnd::Closed;
        }
        if (files[2].revents != 0) {
            stderr_open = stderr_->drain();
        }
        if (files[0].revents != 0) {
            return true;
        }
        if (left.count() <= 0) {
            return false;
        }
    }
}

}  // namespace millbeck::sinks
