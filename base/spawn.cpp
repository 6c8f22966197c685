#include "base/spawn.hpp"

#include <array>
#include <cerrno>
#include <csignal>

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <unistd.h>

#include "base/errno_error.hpp"

namespace millbeck::base {
namespace {

constexpr int kFirstOtherFd = 3;

struct Pipe {
    UniqueFd read_end;
    UniqueFd write_end;
};

tl::unexpected<Error> fail_errno(std::string_view what, int number) {
    return tl::unexpected<Error>(errno_error(what, number));
}

// Above the three standard descriptors, which the child's pipes would overwrite one by one if this
// process had been started with some of them closed.
Result<UniqueFd> lift(UniqueFd fd) {
    if (fd.get() >= kFirstOtherFd) {
        return fd;
    }
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-vararg): the system call's signature.
    UniqueFd lifted(::fcntl(fd.get(), F_DUPFD_CLOEXEC, kFirstOtherFd));
    if (!lifted.valid()) {
        return fail_errno("duplicate a pipe", errno);
    }
    return lifted;
}

Result<Pipe> make_pipe() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
        return fail_errno("make a pipe", errno);
    }
    Pipe pipe{UniqueFd(ends[0]), UniqueFd(ends[1])};
    MB_TRY(pipe.read_end, lift(std::move(pipe.read_end)));
    MB_TRY(pipe.write_end, lift(std::move(pipe.write_end)));
    return pipe;
}

Status set_nonblocking(const UniqueFd& fd) {
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-vararg): the system call's signature.
    if (::fcntl(fd.get(), F_SETFL, O_NONBLOCK) != 0) {
        return fail_errno("make a pipe non-blocking", errno);
    }
    return {};
}

// What posix_spawn shall do in the child; both objects freed on every way out.
class SpawnPlan {
  public:
    SpawnPlan() {
        ::posix_spawn_file_actions_init(&actions_);
        ::posix_spawnattr_init(&attributes_);
    }
    SpawnPlan(const SpawnPlan&) = delete;
    SpawnPlan& operator=(const SpawnPlan&) = delete;
    ~SpawnPlan() {
        ::posix_spawn_file_actions_destroy(&actions_);
        ::posix_spawnattr_destroy(&attributes_);
    }

    // Each of the calls below fails only without memory.
    void use_pipes(int stdin_fd, int stdout_fd, int stderr_fd) {
        ::posix_spawn_file_actions_adddup2(&actions_, stdin_fd, STDIN_FILENO);
        ::posix_spawn_file_actions_adddup2(&actions_, stdout_fd, STDOUT_FILENO);
        ::posix_spawn_file_actions_adddup2(&actions_, stderr_fd, STDERR_FILENO);
        // Also what a library opened without O_CLOEXEC.
        ::posix_spawn_file_actions_addclosefrom_np(&actions_, kFirstOtherFd);
    }

    void enter(const Path& folder) {
        if (!folder.empty()) {
            ::posix_spawn_file_actions_addchdir_np(&actions_, folder.c_str());
        }
    }

    // A group of its own; no signal blocked, none ignored: an ignored SIGPIPE would be inherited.
    void use_fresh_signals() {
        sigset_t signals;
        ::sigemptyset(&signals);
        ::posix_spawnattr_setsigmask(&attributes_, &signals);
        ::sigfillset(&signals);
        ::sigdelset(&signals, SIGKILL);
        ::sigdelset(&signals, SIGSTOP);
        ::posix_spawnattr_setsigdefault(&attributes_, &signals);
        ::posix_spawnattr_setpgroup(&attributes_, 0);
        ::posix_spawnattr_setflags(
            &attributes_, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    }

    // The number of the error, 0 for none.
    int run(pid_t& pid, const Path& executable, std::vector<char*>& arguments,
            std::vector<char*>& environment) {
        return ::posix_spawn(&pid, executable.c_str(), &actions_, &attributes_, arguments.data(),
                             environment.data());
    }

  private:
    posix_spawn_file_actions_t actions_{};
    posix_spawnattr_t attributes_{};
};

bool is_inherited(std::string_view name, Inherit inherit) {
    return inherit == Inherit::All || name == "PATH" || name == "HOME" || name == "TMPDIR" ||
           name == "USER";
}

// What is inherited with what is added winning, as "NAME=value".
std::vector<std::string> merged_environment(const ChildOptions& options) {
    std::vector<std::string> merged;
    for (char** entry = environ; *entry != nullptr; ++entry) {
        const std::string_view text = *entry;
        const std::string name(text.substr(0, text.find('=')));
        if (options.environment.count(name) == 0 && is_inherited(name, options.inherit)) {
            merged.emplace_back(text);
        }
    }
    for (const auto& [name, value] : options.environment) {
        merged.emplace_back(name).append("=").append(value);
    }
    return merged;
}

// The null-terminated array exec wants; borrows `texts`.
std::vector<char*> pointers_to(std::vector<std::string>& texts) {
    std::vector<char*> pointers;
    pointers.reserve(texts.size() + 1);
    for (std::string& text : texts) {
        pointers.push_back(text.data());
    }
    pointers.push_back(nullptr);
    return pointers;
}

// Absolute, because the child looks for it after it has changed its folder.
Result<Path> resolve(const ChildOptions& options) {
    if (options.command.empty()) {
        return fail(Code::Invalid, "the command is empty");
    }
    Path name = options.command.front();
    // A name without a slash is looked up on PATH; a relative path starts where the child will be.
    if (name.has_parent_path() && name.is_relative()) {
        name = options.working_folder / name;
    }
    MB_TRY(const Path found, find_executable(name.native()));
    std::error_code error;
    Path absolute = std::filesystem::absolute(found, error);
    if (error) {
        return fail_errno(found.native(), error.value());
    }
    return absolute;
}

}  // namespace

Result<Spawned> spawn(const ChildOptions& options) {
    MB_TRY(const Path executable, resolve(options));
    std::error_code ignored;
    if (!options.working_folder.empty() &&
        !std::filesystem::is_directory(options.working_folder, ignored)) {
        return fail(Code::NotFound,
                    fmt::format("no folder {} to work in", options.working_folder.native()));
    }
    MB_TRY(Pipe input, make_pipe());
    MB_TRY(Pipe errors, make_pipe());
    Pipe output;
    if (options.output == Output::Apart) {
        MB_TRY(output, make_pipe());
        MB_TRY_STATUS(set_nonblocking(output.read_end));
    }
    const Pipe& written_output = options.output == Output::Apart ? output : errors;

    std::vector<std::string> command = options.command;
    std::vector<std::string> environment = merged_environment(options);
    std::vector<char*> argument_pointers = pointers_to(command);
    std::vector<char*> environment_pointers = pointers_to(environment);

    SpawnPlan plan;
    plan.use_pipes(input.read_end.get(), written_output.write_end.get(), errors.write_end.get());
    plan.enter(options.working_folder);
    plan.use_fresh_signals();
    MB_TRY_STATUS(set_nonblocking(input.write_end));
    MB_TRY_STATUS(set_nonblocking(errors.read_end));

    Spawned child;
    const int number = plan.run(child.pid, executable, argument_pointers, environment_pointers);
    if (number == ENOENT) {
        return fail(Code::NotFound, fmt::format("start {}: the interpreter its first line names "
                                                "does not exist",
                                                executable.native()));
    }
    if (number != 0) {
        return fail_errno(fmt::format("start {}", executable.native()), number);
    }
    child.stdin_fd = std::move(input.write_end);
    child.stdout_fd = std::move(output.read_end);
    child.stderr_fd = std::move(errors.read_end);
    return child;
}

}  // namespace millbeck::base
