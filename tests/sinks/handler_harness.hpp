// A handler sink on the test handler program, and what it says on stderr.
#pragma once

#include <chrono>
#include <condition_variable>
#include <fstream>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <poll.h>

#include "base/clock.hpp"
#include "base/metrics.hpp"
#include "sinks/handler/handler.hpp"
#include "tests/sinks/batches.hpp"
#include "tests/support/temp_folder.hpp"

namespace millbeck::sinks {

// Threads: any.
class StderrLines {
  public:
    int yields = 0;  // turns given away before each line: a slow receiver, which races show with

    StderrLine receiver() {
        return [this](std::string_view function, std::string_view line) {
            for (int i = 0; i < yields; ++i) {
                std::this_thread::yield();
            }
            const std::lock_guard lock(mutex_);
            lines_.push_back(std::string(function) + ": " + std::string(line));
            changed_.notify_all();
        };
    }
    std::vector<std::string> all() {
        const std::lock_guard lock(mutex_);
        return lines_;
    }
    // Waits for a line, a minute at most: a process is involved.
    bool wait_for(const std::string& line) {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, std::chrono::minutes{1}, [&] {
            return std::find(lines_.begin(), lines_.end(), line) != lines_.end();
        });
    }

  private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<std::string> lines_;
};

inline std::vector<std::string> read_lines(const std::filesystem::path& path) {
    std::vector<std::string> lines;
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);) {
        lines.push_back(line);
    }
    return lines;
}

// Polls until `true_now` says so, a minute at most.
template <typename Condition>
bool eventually(Condition true_now) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes{1};
    while (!true_now()) {
        if (std::chrono::steady_clock::now() > deadline) {
            return false;
        }
        ::poll(nullptr, 0, 1);
    }
    return true;
}

// A Debug build under a sanitizer on a busy machine is slow: generous, where time is not the point.
inline constexpr base::Milliseconds kAmple{60'000};

inline HandlerOptions handler_options(std::vector<std::string> mode,
                                      HandlerProtocol protocol = HandlerProtocol::Pipe) {
    HandlerOptions options;
    options.function = "fn";
    options.protocol = protocol;
    options.command = {MILLBECK_TEST_HANDLER};
    options.command.insert(options.command.end(), mode.begin(), mode.end());
    options.timeout = kAmple;
    options.restart = {.first = base::Milliseconds{1}, .longest = base::Milliseconds{1}};
    return options;
}

// A function for the Runtime API; its code folder is still to be named.
inline HandlerOptions function_options(std::vector<std::string> mode) {
    HandlerOptions options = handler_options(std::move(mode), HandlerProtocol::Runtime);
    options.command.front() = MILLBECK_TEST_FUNCTION;
    options.lambda.code = "/";
    return options;
}

class HandlerTest : public testing::Test {
  protected:
    void open(HandlerOptions options) {
        auto opened = open_handler(std::move(options), clock, metrics, lines.receiver(), pump);
        ASSERT_TRUE(opened) << opened.error().message;
        sink = std::move(*opened);
    }
    Outcome deliver(const Batch& batch) { return sink->deliver(batch, clock.instant() + kAmple); }
    Outcome deliver(std::size_t first = 1) { return deliver(make_batch(first, 1)); }

    double metric(const std::string& line) {
        const std::string printed = metrics.print();
        const auto at = printed.find(line + " ");
        return at == std::string::npos ? -1 : std::stod(printed.substr(at + line.size()));
    }
    double starts() { return metric(R"(millbeck_sinks_handler_starts_total{function="fn"})"); }

    tests::TempFolder folder;
    base::SystemClock clock;
    base::Metrics metrics;
    StderrLines lines;
    OutputPump* pump = nullptr;
    std::unique_ptr<Sink> sink;
};

}  // namespace millbeck::sinks
