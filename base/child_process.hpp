// A child in its own process group, with pipes; killed and reaped by its destructor.
// Started with posix_spawn (vfork inside): cost does not grow with the parent's memory.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

#include "base/clock.hpp"
#include "base/file_system.hpp"
#include "base/result.hpp"

namespace millbeck::base {

// What a child gets of the parent's environment.
enum class Inherit {
    All,
    Basics,  // PATH, HOME, TMPDIR and USER, as far as the parent has them
};

enum class Output {
    Apart,   // stdout and stderr are two pipes
    Joined,  // both are the pipe of stderr, in the order of the writes; there is no stdout_fd()
};

struct ChildOptions {
    // command[0] is a path, relative ones from working_folder, or found on PATH. No shell is
    // involved. An empty command is Invalid.
    std::vector<std::string> command;
    // Added to, and winning over, what is inherited.
    std::map<std::string, std::string> environment;
    Path working_folder;  // empty: the parent's
    Inherit inherit = Inherit::All;
    Output output = Output::Apart;
};

// How a child ended. Exactly one of the two is set.
struct ExitStatus {
    std::optional<int> code;
    std::optional<int> signal;

    [[nodiscard]] bool success() const { return code == 0; }
    [[nodiscard]] std::string to_string() const;  // "exit code 3", "signal 9 (SIGKILL)"
};

// Invariants: no zombie is left behind; no file descriptor of the parent leaks into the child; no
//             signal is ever sent to a process number that has been reaped.
// Threads:    one, except kill_group(), which any thread may call.
class ChildProcess {
  public:
    // NotFound when the executable, its interpreter or the working folder is missing, Io when it
    // cannot be started.
    static Result<ChildProcess> start(const ChildOptions& options);

    ChildProcess(ChildProcess&& other) noexcept;
    ChildProcess& operator=(ChildProcess&& other) noexcept;
    ChildProcess(const ChildProcess&) = delete;
    ChildProcess& operator=(const ChildProcess&) = delete;
    // SIGKILLs the group and reaps the child.
    ~ChildProcess();

    [[nodiscard]] pid_t pid() const;

    // The parent's ends, non-blocking. stderr is to be drained by the owner, or the child stalls.
    [[nodiscard]] int stdin_fd() const;
    [[nodiscard]] int stdout_fd() const;  // -1 when joined
    [[nodiscard]] int stderr_fd() const;
    // Readable (poll POLLIN) once the child has exited.
    [[nodiscard]] int exit_fd() const;

    void close_stdin();

    // Writes all of `bytes` to stdin by `deadline`, draining nothing meanwhile. Io when the child
    // closed its end, DeadlineExceeded. Requires: this process ignores SIGPIPE (a pipe has no
    // MSG_NOSIGNAL; the child gets the default back).
    Status write_stdin(std::string_view bytes, Instant deadline, const Clock& clock);

    // The exit status once it has ended; nullopt while it runs. Reaps the child, and kills what it
    // left of its group.
    std::optional<ExitStatus> poll_exit();

    void terminate_group();  // SIGTERM
    void kill_group();       // SIGKILL

    // SIGTERM, then SIGKILL after `grace`; returns when reaped.
    ExitStatus stop(Milliseconds grace);

  private:
    struct State;
    explicit ChildProcess(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

// The executable `name` as the operating system would find it: a path with a slash, or on PATH.
// NotFound when there is none, Io when it is not executable.
Result<Path> find_executable(std::string_view name);

}  // namespace millbeck::base
