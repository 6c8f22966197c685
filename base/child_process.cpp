#include "base/child_process.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>

#include <fmt/format.h>
#include <poll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/errno_error.hpp"
#include "base/mutex.hpp"
#include "base/spawn.hpp"

namespace millbeck::base {
namespace {

constexpr int kForever = -1;

// True when `fd` has one of `events` before `timeout_ms` is over; kForever waits.
bool wait_for(int fd, short events, int timeout_ms) {
    pollfd entry{fd, events, 0};
    int ready = -1;
    do {
        ready = ::poll(&entry, 1, timeout_ms);
    } while (ready < 0 && errno == EINTR);
    return ready > 0;
}

int to_poll_timeout(std::chrono::nanoseconds wait) {
    // Rounded up, so that a wait is never a spin; a day is enough for any child.
    const auto milliseconds = std::chrono::ceil<Milliseconds>(wait).count();
    return static_cast<int>(std::clamp<std::int64_t>(milliseconds, 0, 86'400'000));
}

ExitStatus to_exit_status(int wait_status) {
    ExitStatus exit;
    if (WIFSIGNALED(wait_status)) {
        exit.signal = WTERMSIG(wait_status);
    } else {
        exit.code = WEXITSTATUS(wait_status);
    }
    return exit;
}

}  // namespace

std::string ExitStatus::to_string() const {
    if (code) {
        return fmt::format("exit code {}", *code);
    }
    const int number = signal.value_or(0);
    const char* name = ::sigabbrev_np(number);
    return name == nullptr ? fmt::format("signal {}", number)
                           : fmt::format("signal {} (SIG{})", number, name);
}

struct ChildProcess::State {
    State(Spawned spawned, UniqueFd pidfd) : child(std::move(spawned)), exit_fd(std::move(pidfd)) {}
    State(const State&) = delete;
    State& operator=(const State&) = delete;
    ~State() {
        signal_group(SIGKILL);
        wait_for(exit_fd.get(), POLLIN, kForever);
        static_cast<void>(reap());
    }

    // Under the lock, so that no thread signals a number that has been reaped and given away.
    void signal_group(int signal) {
        const MutexLock lock(mutex);
        if (!exit) {
            ::kill(-child.pid, signal);
        }
    }

    std::optional<ExitStatus> reap() {
        const MutexLock lock(mutex);
        if (exit) {
            return exit;
        }
        siginfo_t info{};
        const auto id = static_cast<id_t>(child.pid);
        const int looked = ::waitid(P_PID, id, &info, WEXITED | WNOHANG | WNOWAIT);
        MB_CHECK(looked == 0, "somebody else reaped our child");
        if (info.si_pid == 0) {
            return std::nullopt;
        }
        // While the dead leader is unreaped its number is ours: the last safe moment to end what it
        // left behind.
        ::kill(-child.pid, SIGKILL);
        int status = 0;
        const pid_t reaped = ::waitpid(child.pid, &status, 0);
        MB_CHECK(reaped == child.pid, "somebody else reaped our child");
        exit = to_exit_status(status);
        return exit;
    }

    Spawned child;
    UniqueFd exit_fd;
    Mutex mutex;
    std::optional<ExitStatus> exit MB_GUARDED_BY(mutex);
};

Result<ChildProcess> ChildProcess::start(const ChildOptions& options) {
    MB_TRY(Spawned child, spawn(options));
    // Not pidfd_open(): glibc 2.36 declares it without extern "C". O_CLOEXEC by definition.
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-vararg): the system call's signature.
    UniqueFd exit_fd(static_cast<int>(::syscall(SYS_pidfd_open, child.pid, 0)));
    if (!exit_fd.valid()) {
        const int number = errno;
        ::kill(-child.pid, SIGKILL);
        ::waitpid(child.pid, nullptr, 0);
        return tl::unexpected<Error>(errno_error("open the child's pidfd", number));
    }
    return ChildProcess(std::make_unique<State>(std::move(child), std::move(exit_fd)));
}

ChildProcess::ChildProcess(std::unique_ptr<State> state) : state_(std::move(state)) {}
ChildProcess::ChildProcess(ChildProcess&& other) noexcept = default;
ChildProcess& ChildProcess::operator=(ChildProcess&& other) noexcept = default;
ChildProcess::~ChildProcess() = default;

pid_t ChildProcess::pid() const {
    return state_->child.pid;
}
int ChildProcess::stdin_fd() const {
    return state_->child.stdin_fd.get();
}
int ChildProcess::stdout_fd() const {
    return state_->child.stdout_fd.get();
}
int ChildProcess::stderr_fd() const {
    return state_->child.stderr_fd.get();
}
int ChildProcess::exit_fd() const {
    return state_->exit_fd.get();
}

void ChildProcess::close_stdin() {
    state_->child.stdin_fd.reset();
}

Status ChildProcess::write_stdin(std::string_view bytes, Instant deadline, const Clock& clock) {
    const int fd = stdin_fd();
    if (fd < 0) {
        return fail(Code::Io, "write to the child: its stdin has been closed");
    }
    while (!bytes.empty()) {
        const ssize_t written = ::write(fd, bytes.data(), bytes.size());
        if (written >= 0) {
            bytes.remove_prefix(static_cast<std::size_t>(written));
            continue;
        }
        if (errno == EAGAIN) {
            const auto left = deadline - clock.instant();
            if (left.count() <= 0 || !wait_for(fd, POLLOUT, to_poll_timeout(left))) {
                return fail(Code::DeadlineExceeded, "write to the child: it does not read");
            }
        } else if (errno != EINTR) {
            const int number = errno;
            return tl::unexpected<Error>(errno_error("write to the child", number));
        }
    }
    return {};
}

std::optional<ExitStatus> ChildProcess::poll_exit() {
    return state_->reap();
}

void ChildProcess::terminate_group() {
    state_->signal_group(SIGTERM);
}

void ChildProcess::kill_group() {
    state_->signal_group(SIGKILL);
}

ExitStatus ChildProcess::stop(Milliseconds grace) {
    terminate_group();
    if (!wait_for(exit_fd(), POLLIN, to_poll_timeout(grace))) {
        kill_group();
        wait_for(exit_fd(), POLLIN, kForever);
    }
    const std::optional<ExitStatus> exit = poll_exit();
    MB_CHECK(exit.has_value(), "a child's pidfd rang and the child had not exited");
    return *exit;
}

}  // namespace millbeck::base
