#include "base/child_process.hpp"

#include <algorithm>
#include <array>
#include <csignal>
#include <fstream>
#include <thread>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/unique_fd.hpp"
#include "tests/support/temp_folder.hpp"

namespace millbeck::base {
namespace {

using tests::TempFolder;

constexpr int kGenerousMs = 30'000;

class ChildProcessTest : public testing::Test {
  protected:
    // As the program's main does.
    ChildProcessTest() { ::signal(SIGPIPE, SIG_IGN); }

    static ChildProcess shell(std::string script) {
        return ChildProcess::start({.command = {"sh", "-c", std::move(script)},
                                    .environment = {},
                                    .working_folder = {}})
            .value();
    }

    static bool wait_readable(int fd) {
        pollfd entry{fd, POLLIN, 0};
        return ::poll(&entry, 1, kGenerousMs) == 1;
    }

    // Everything the child writes there until it closes its end.
    static std::string read_to_end(int fd) {
        std::string text;
        std::array<char, 4096> buffer{};
        while (wait_readable(fd)) {
            const ssize_t n = ::read(fd, buffer.data(), buffer.size());
            if (n <= 0) {
                break;
            }
            text.append(buffer.data(), static_cast<std::size_t>(n));
        }
        return text;
    }

    static ExitStatus wait_exit(ChildProcess& child) {
        EXPECT_TRUE(wait_readable(child.exit_fd()));
        return child.poll_exit().value();
    }

    Instant soon() const { return clock_.instant() + Milliseconds{kGenerousMs}; }

    SystemClock clock_;
    TempFolder folder_;
};

TEST_F(ChildProcessTest, TalksThroughItsThreePipes) {
    ChildProcess child = shell("read line; echo got $line; echo oops >&2; cat");
    ASSERT_TRUE(child.write_stdin("one\ntwo\n", soon(), clock_));
    child.close_stdin();
    EXPECT_EQ(read_to_end(child.stdout_fd()), "got one\ntwo\n");
    EXPECT_EQ(read_to_end(child.stderr_fd()), "oops\n");
    EXPECT_TRUE(wait_exit(child).success());
    EXPECT_EQ(child.write_stdin("x", soon(), clock_).error().code, Code::Io);
}

TEST_F(ChildProcessTest, SaysHowItEnded) {
    ChildProcess failing = shell("exit 3");
    EXPECT_EQ(wait_exit(failing).to_string(), "exit code 3");
    EXPECT_EQ(failing.poll_exit()->code, 3) << "asked again";
    ChildProcess killed = shell("kill -9 $$");
    EXPECT_EQ(wait_exit(killed).to_string(), "signal 9 (SIGKILL)");
    EXPECT_FALSE(killed.poll_exit()->success());
    ChildProcess running = shell("read line");
    EXPECT_EQ(running.poll_exit(), std::nullopt);
}

TEST_F(ChildProcessTest, EnvironmentIsAddedAndWins) {
    // NOLINTNEXTLINE(concurrency-mt-unsafe): this test has one thread.
    ::setenv("MILLBECK_TEST_KEPT", "kept", 1);
    // NOLINTNEXTLINE(concurrency-mt-unsafe): this test has one thread.
    ::setenv("MILLBECK_TEST_LOST", "old", 1);
    ChildProcess child = ChildProcess::start({.command = {"sh", "-c",
                                                          "echo $MILLBECK_TEST_KEPT; "
                                                          "echo $MILLBECK_TEST_LOST; pwd"},
                                              .environment = {{"MILLBECK_TEST_LOST", "new"}},
                                              .working_folder = folder_.path()})
                             .value();
    EXPECT_EQ(read_to_end(child.stdout_fd()),
              "kept\nnew\n" + std::filesystem::canonical(folder_.path()).native() + "\n");
}

// If it fails, a user's typing mistake surfaces as a handler that dies for no reason.
TEST_F(ChildProcessTest, MissingAndBrokenExecutablesAreNamed) {
    const Path script = folder_.path() / "script";
    std::ofstream(script) << "#!/no/such/interpreter\n";
    const auto start = [&](const std::string& name, const Path& in) {
        return ChildProcess::start({.command = {name}, .environment = {}, .working_folder = in});
    };
    EXPECT_EQ(start("no-such-program", {}).error().code, Code::NotFound);
    EXPECT_EQ(start("./no-such-program", folder_.path()).error().code, Code::NotFound);
    EXPECT_EQ(start("true", folder_.path() / "nowhere").error().code, Code::NotFound);
    EXPECT_EQ(start("./script", folder_.path()).error().code, Code::Io) << "not executable";
    EXPECT_EQ(start("/", {}).error().code, Code::Io) << "a folder";
    ASSERT_EQ(::chmod(script.c_str(), 0700), 0);
    EXPECT_EQ(start("./script", folder_.path()).error().code, Code::NotFound) << "no interpreter";
    EXPECT_EQ(ChildProcess::start({}).error().code, Code::Invalid);

    std::ofstream(script) << "#!/bin/sh\npwd\n";
    ChildProcess child = start("./script", folder_.path()).value();
    EXPECT_TRUE(wait_exit(child).success()) << "relative to the working folder";
}

TEST_F(ChildProcessTest, FindsExecutablesAsTheSystemDoes) {
    EXPECT_TRUE(find_executable("sh").value().is_absolute());
    EXPECT_EQ(find_executable("/bin/sh").value(), "/bin/sh");
    EXPECT_EQ(find_executable("").error().code, Code::NotFound);
}

// If it fails, a handler's own helpers live on after each time-out until the machine is full.
TEST_F(ChildProcessTest, TheWholeGroupDies) {
    ChildProcess child = shell("sleep 1000 & sleep 1000 & echo started; wait");
    std::array<char, 8> byte{};
    ASSERT_TRUE(wait_readable(child.stdout_fd()));
    ASSERT_GT(::read(child.stdout_fd(), byte.data(), byte.size()), 0);
    child.kill_group();
    EXPECT_EQ(wait_exit(child).signal, SIGKILL);
    EXPECT_EQ(read_to_end(child.stdout_fd()), "") << "nobody holds the pipe any more";
}

TEST_F(ChildProcessTest, WhatALeaderLeavesBehindDiesWithIt) {
    ChildProcess child = shell("sleep 1000 & exit 0");
    EXPECT_TRUE(wait_exit(child).success());
    EXPECT_EQ(read_to_end(child.stdout_fd()), "");
}

TEST_F(ChildProcessTest, StopAsksFirstAndKillsAfterTheGrace) {
    ChildProcess polite = shell("trap 'exit 7' TERM; echo ready; while :; do read x; done");
    ASSERT_TRUE(wait_readable(polite.stdout_fd()));
    EXPECT_EQ(polite.stop(Milliseconds{kGenerousMs}).code, 7);
    ChildProcess stubborn = shell("trap '' TERM; echo ready; while :; do read x; done");
    ASSERT_TRUE(wait_readable(stubborn.stdout_fd()));
    EXPECT_EQ(stubborn.stop(Milliseconds{1}).signal, SIGKILL);
}

// If it fails, a daemon that restarts handlers for weeks runs out of process numbers.
TEST_F(ChildProcessTest, TheDestructorLeavesNoZombie) {
    pid_t pid = 0;
    {
        ChildProcess child = shell("trap '' TERM; read x");
        pid = child.pid();
    }
    EXPECT_EQ(::waitpid(pid, nullptr, WNOHANG), -1);
    EXPECT_EQ(errno, ECHILD);
}

// If it fails, a handler keeps the log's lock or a client's socket alive.
TEST_F(ChildProcessTest, NoDescriptorLeaksIntoTheChild) {
    const UniqueFd leaky(::open("/dev/null", O_RDONLY));  // no O_CLOEXEC, on purpose
    ChildProcess other = shell("read x");
    ChildProcess child = shell("ls /proc/$$/fd");
    EXPECT_EQ(read_to_end(child.stdout_fd()), "0\n1\n2\n");
}

// If it fails, `yes | head` style handlers never end.
TEST_F(ChildProcessTest, SignalsAreTheDefaultInTheChild) {
    ChildProcess child = shell("kill -PIPE $$; echo survived");
    EXPECT_EQ(read_to_end(child.stdout_fd()), "");
    EXPECT_EQ(wait_exit(child).signal, SIGPIPE);
}

TEST_F(ChildProcessTest, AWriteNobodyReadsEndsAtItsDeadline) {
    ChildProcess deaf = shell("exec sleep 1000");
    const std::string large(1 << 20, 'x');
    EXPECT_EQ(deaf.write_stdin(large, clock_.instant() + Milliseconds{1}, clock_).error().code,
              Code::DeadlineExceeded);
    ChildProcess gone = shell("exec <&-; echo closed; read x <&1");
    ASSERT_TRUE(wait_readable(gone.stdout_fd()));
    EXPECT_EQ(gone.write_stdin(large, soon(), clock_).error().code, Code::Io);
}

TEST_F(ChildProcessTest, AnyThreadMayKill) {
    ChildProcess child = shell("read x");
    std::jthread killer([&] { child.kill_group(); });
    EXPECT_EQ(wait_exit(child).signal, SIGKILL);
}

// If it fails, what a program wrote to both its outputs comes in another order.
TEST_F(ChildProcessTest, JoinsBothOutputs) {
    auto child = ChildProcess::start({.command = {"sh", "-c", "echo a; echo b >&2; echo c"},
                                      .environment = {},
                                      .working_folder = {},
                                      .output = Output::Joined})
                     .value();
    EXPECT_EQ(child.stdout_fd(), -1);
    EXPECT_EQ(read_to_end(child.stderr_fd()), "a\nb\nc\n");
    EXPECT_TRUE(wait_exit(child).success());
}

// If it fails, secrets and settings of the parent reach programs that must not see them.
TEST_F(ChildProcessTest, PassesOnTheBasicsOnly) {
    ASSERT_EQ(::setenv("MILLBECK_TEST_LEAK", "1", 1), 0);
    auto child = ChildProcess::start({.command = {"env"},
                                      .environment = {{"ADDED", "x"}, {"HOME", "/nowhere"}},
                                      .working_folder = {},
                                      .inherit = Inherit::Basics})
                     .value();
    const std::string text = "\n" + read_to_end(child.stdout_fd());
    ::unsetenv("MILLBECK_TEST_LEAK");
    EXPECT_NE(text.find("\nADDED=x\n"), std::string::npos) << text;
    EXPECT_NE(text.find("\nHOME=/nowhere\n"), std::string::npos) << text;
    EXPECT_NE(text.find("\nPATH="), std::string::npos) << text;
    EXPECT_EQ(text.find("MILLBECK_TEST_LEAK"), std::string::npos) << text;
}

}  // namespace
}  // namespace millbeck::base
