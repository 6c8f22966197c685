// The program itself as a child: started on a free port, ended by its pid.
#pragma once

#include <csignal>
#include <cstdio>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace millbeck::tests {

// Lifecycle: the constructor starts it and returns once it listens or has ended; the destructor
// kills it. Not base's ChildProcess: what is under test does not hold the stopwatch.
// Threads: one; signal() any.
class ServerProcess {
  public:
    // `command`: program and arguments, which must make it announce "listening on <address>" on
    // stderr. `environment` is added to this process's own. Throws when it cannot be started.
    ServerProcess(std::vector<std::string> command,
                  const std::map<std::string, std::string>& environment) {
        int ends[2] = {-1, -1};  // NOLINT(modernize-avoid-c-arrays): pipe2's own type
        if (::pipe2(ends, O_CLOEXEC) != 0) {
            throw std::runtime_error("no pipe for the server's output");
        }
        pid_ = spawn(command, environment, ends[1]);
        ::close(ends[1]);
        output_ = ::fdopen(ends[0], "r");
        if (pid_ < 0 || output_ == nullptr) {
            throw std::runtime_error("cannot start " + command[0]);
        }
        read_until_listening();
        // Whoever reads no more blocks the server one full pipe later.
        drain_ = std::jthread([this] { read_to_the_end(); });
    }
    ServerProcess(const ServerProcess&) = delete;
    ServerProcess& operator=(const ServerProcess&) = delete;
    ~ServerProcess() {
        signal(SIGKILL);
        wait();
        if (drain_.joinable()) {
            drain_.join();
        }
        ::fclose(output_);
    }

    // "http://127.0.0.1:40001"; empty when it ended before it listened.
    [[nodiscard]] const std::string& endpoint() const { return endpoint_; }
    [[nodiscard]] pid_t pid() const { return pid_; }

    void signal(int number) const {
        if (!status_known_) {
            ::kill(pid_, number);
        }
    }

    // How it ended, as waitpid() says; waits for the end.
    int wait() {
        if (!status_known_) {
            ::waitpid(pid_, &status_, 0);
            status_known_ = true;
        }
        return status_;
    }

    // True when it has ended, or does so within `patience_ms`.
    bool ends_within(int patience_ms) {
        if (!status_known_) {
            const int descriptor = static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0));
            pollfd ended{descriptor, POLLIN, 0};
            const bool done = ::poll(&ended, 1, patience_ms) == 1;
            ::close(descriptor);
            return done;
        }
        return true;
    }

    // All it printed to stderr. Requires: it has ended.
    const std::string& output() {
        wait();
        if (drain_.joinable()) {
            drain_.join();
        }
        return text_;
    }

  private:
    static pid_t spawn(const std::vector<std::string>& command,
                       const std::map<std::string, std::string>& environment, int output) {
        std::vector<std::string> settings;
        for (char** entry = ::environ; *entry != nullptr; ++entry) {
            const std::string name =
                std::string(*entry).substr(0, std::string_view(*entry).find('='));
            if (!environment.contains(name)) {
                settings.emplace_back(*entry);
            }
        }
        for (const auto& [name, value] : environment) {
            settings.push_back(name + "=" + value);
        }
        posix_spawn_file_actions_t actions;
        ::posix_spawn_file_actions_init(&actions);
        ::posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
        ::posix_spawn_file_actions_adddup2(&actions, output, 1);
        ::posix_spawn_file_actions_adddup2(&actions, output, 2);
        pid_t pid = -1;
        const int failed = ::posix_spawn(&pid, command[0].c_str(), &actions, nullptr,
                                         pointers(command).data(), pointers(settings).data());
        ::posix_spawn_file_actions_destroy(&actions);
        return failed != 0 ? -1 : pid;
    }

    static std::vector<char*> pointers(const std::vector<std::string>& texts) {
        std::vector<char*> found;
        for (const std::string& text : texts) {
            found.push_back(const_cast<char*>(text.c_str()));  // NOLINT: exec's own signature
        }
        found.push_back(nullptr);
        return found;
    }

    void read_until_listening() {
        static constexpr std::string_view kMark = "listening on ";
        while (read_line()) {
            const std::size_t found = last_.find(kMark);
            if (found != std::string::npos) {
                const std::size_t begin = found + kMark.size();
                endpoint_ = last_.substr(begin, last_.find_first_of(" \"\n", begin) - begin);
                return;
            }
        }
    }

    void read_to_the_end() {
        while (read_line()) {
        }
    }

    bool read_line() {
        last_.clear();
        for (int byte = 0; last_.empty() || last_.back() != '\n';) {
            byte = ::fgetc(output_);
            if (byte == EOF) {
                break;
            }
            last_.push_back(static_cast<char>(byte));
        }
        text_ += last_;
        return !last_.empty();
    }

    pid_t pid_ = -1;
    std::FILE* output_ = nullptr;
    std::string endpoint_;
    std::string last_;
    std::string text_;
    int status_ = 0;
    bool status_known_ = false;
    std::jthread drain_;
};

}  // namespace millbeck::tests
