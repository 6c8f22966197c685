// A handler program for tests. What it does with each event is its first argument:
//   ack                replies {}
//   echo               replies the event
//   keep FILE          appends the event to FILE, replies {}
//   refuse             replies an errorMessage
//   refuse-on TEXT     refuses events that hold TEXT, acknowledges the others
//   say TEXT           replies TEXT
//   hang               never replies
//   stubborn           never replies, and ignores SIGTERM
//   exit CODE          ends without a reply
//   abort              ends by SIGABRT without a reply
//   answer-and-exit    replies {} and ends
//   answer-then-die N  replies {} to N events, then ends on the next
//   chatty BYTES       writes that much to stderr, in lines, before each reply
//   idle-talk TEXT     replies {}, and writes TEXT to stderr once its stdin is quiet again
//   huge BYTES         replies a string of that length
//   twice              replies two lines in one write
//   late FILE          replies {}, once FILE exists writes another line, then FILE-done
//   early              replies before it reads
//   deaf               closes its stdin and waits
//   mute               closes its stdout and waits
//   family FILE        starts a child that waits, writes its process id to FILE, replies {}; hangs
//                      at the next event
//   exec-keep FILE     exec protocol: appends stdin to FILE, prints {}
//   exec-say TEXT      exec protocol: reads stdin, prints TEXT
//   exec-exit CODE     exec protocol: reads stdin, prints a reply, ends with CODE
//   exec-ignore        exec protocol: ends with 0 without reading
//   exec-hang          exec protocol: reads stdin, never ends
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

namespace {

[[noreturn]] void die(int code) {
    ::_exit(code);
}

void write_all(int fd, std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t written = ::write(fd, bytes.data(), bytes.size());
        if (written < 0 && errno != EINTR) {
            die(3);
        }
        bytes.remove_prefix(written < 0 ? 0 : static_cast<std::size_t>(written));
    }
}

void reply(std::string text) {
    text += '\n';
    write_all(STDOUT_FILENO, text);
}

void append(const std::string& path, const std::string& line) {
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-vararg): open(2) is one.
    const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (fd < 0) {
        die(4);
    }
    write_all(fd, line + "\n");
    ::close(fd);
}

// Waits for ever, or until it is killed.
[[noreturn]] void hang() {
    for (;;) {
        ::pause();
    }
}

class Input {
  public:
    // The next line without its newline; false at the end of stdin.
    bool line(std::string& out) {
        for (;;) {
            const std::size_t newline = buffer_.find('\n', searched_);
            if (newline != std::string::npos) {
                out.assign(buffer_, 0, newline);
                buffer_.erase(0, newline + 1);
                searched_ = 0;
                return true;
            }
            searched_ = buffer_.size();
            if (!fill()) {
                return false;
            }
        }
    }

    std::string rest() {
        while (fill()) {
        }
        return buffer_;
    }

    // True when nothing comes for the time.
    static bool quiet(int milliseconds) {
        pollfd file{STDIN_FILENO, POLLIN, 0};
        return ::poll(&file, 1, milliseconds) == 0;
    }

  private:
    bool fill() {
        std::array<char, 65'536> bytes{};
        for (;;) {
            const ssize_t got = ::read(STDIN_FILENO, bytes.data(), bytes.size());
            if (got < 0 && errno == EINTR) {
                continue;
            }
            if (got > 0) {
                buffer_.append(bytes.data(), static_cast<std::size_t>(got));
            }
            return got > 0;
        }
    }

    std::string buffer_;
    std::size_t searched_ = 0;
};

void wait_for_file(const std::string& path) {
    while (::access(path.c_str(), F_OK) != 0) {
        ::poll(nullptr, 0, 1);
    }
}

void family(const std::string& path) {
    if (::access(path.c_str(), F_OK) == 0) {
        hang();
    }
    const pid_t child = ::fork();
    if (child == 0) {
        hang();
    }
    append(path, std::to_string(child));
    reply("{}");
}

void chatter(std::size_t bytes) {
    const std::string line = std::string(99, 'e') + "\n";
    for (std::size_t written = 0; written < bytes; written += line.size()) {
        write_all(STDERR_FILENO, line);
    }
}

using OnEvent = std::function<void(const std::string& event)>;

std::map<std::string, OnEvent> pipe_modes(const std::string& argument) {
    const std::string refusal = R"({"errorMessage":"no thanks","errorType":"Refusal"})";
    return {
        {"ack", [](const std::string&) { reply("{}"); }},
        {"echo", [](const std::string& event) { reply(event); }},
        {"keep",
         [=](const std::string& event) {
             append(argument, event);
             reply("{}");
         }},
        {"refuse", [=](const std::string&) { reply(refusal); }},
        {"refuse-on",
         [=](const std::string& event) {
             reply(event.find(argument) == std::string::npos ? "{}" : refusal);
         }},
        {"say", [=](const std::string&) { reply(argument); }},
        {"hang", [](const std::string&) { hang(); }},
        {"stubborn",
         [](const std::string&) {
             ::signal(SIGTERM, SIG_IGN);
             hang();
         }},
        {"exit", [=](const std::string&) { die(std::stoi(argument)); }},
        {"abort", [](const std::string&) { std::abort(); }},
        {"answer-and-exit",
         [](const std::string&) {
             reply("{}");
             die(0);
         }},
        {"answer-then-die",
         [argument, answered = 0](const std::string&) mutable {
             if (answered++ == std::stoi(argument)) {
                 die(7);
             }
             reply("{}");
         }},
        {"chatty",
         [=](const std::string&) {
             chatter(std::stoul(argument));
             reply("{}");
         }},
        {"idle-talk",
         [=](const std::string&) {
             reply("{}");
             if (Input::quiet(20)) {
                 write_all(STDERR_FILENO, argument + "\n");
             }
         }},
        {"huge",
         [=](const std::string&) {
             reply('"' + std::string(std::stoul(argument) - 2, 'h') + '"');
         }},
        {"twice", [](const std::string&) { reply("{}\n{}"); }},
        {"late",
         [=](const std::string&) {
             reply("{}");
             wait_for_file(argument);
             reply(R"("late")");
             append(argument + "-done", "");
         }},
        {"deaf",
         [](const std::string&) {
             ::close(STDIN_FILENO);
             hang();
         }},
        {"mute",
         [](const std::string&) {
             ::close(STDOUT_FILENO);
             hang();
         }},
        {"family", [=](const std::string&) { family(argument); }},
    };
}

void run_exec(const std::string& mode, const std::string& argument) {
    Input input;
    if (mode == "exec-ignore") {
        die(0);
    }
    const std::string event = input.rest();
    if (mode == "exec-keep") {
        append(argument, event);
        reply("{}");
    } else if (mode == "exec-say") {
        reply(argument);
    } else if (mode == "exec-exit") {
        write_all(STDERR_FILENO, "about to fail\n");
        reply("partial");
        die(std::stoi(argument));
    } else {
        hang();
    }
}

}  // namespace

int main(int argc, char** argv) {
    const std::string mode = argc > 1 ? argv[1] : "";
    const std::string argument = argc > 2 ? argv[2] : "";
    if (mode.rfind("exec-", 0) == 0) {
        run_exec(mode, argument);
        return 0;
    }
    if (mode == "early") {
        reply("{}");
        hang();
    }
    const auto modes = pipe_modes(argument);
    const auto found = modes.find(mode);
    if (found == modes.end()) {
        return 64;
    }
    Input input;
    std::string event;
    while (input.line(event)) {
        found->second(event);
    }
    return 0;
}
