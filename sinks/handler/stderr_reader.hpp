// What a handler process writes to stderr, as lines.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "base/mutex.hpp"
#include "sinks/handler/call_log.hpp"
#include "sinks/handler/output_pump.hpp"

namespace millbeck::sinks {

inline constexpr std::size_t kStderrLineBytesMax = 8u << 10;

// Reads one pipe, for whoever notices first that it has something: the delivering thread or the
// pump. The lock is held while the line is handed over, so that the lines of a process keep their
// order; the read never waits and the receiver may not call back, which makes that safe.
// Threads: any.
class StderrReader final : public PumpTarget {
  public:
    using Line = std::function<void(std::string_view line)>;

    // Borrows `fd`, which is non-blocking and stays open until close().
    StderrReader(int fd, Line line) : fd_(fd), line_(std::move(line)) {}

    [[nodiscard]] int fd() const override { return fd_; }
    bool on_readable() override { return drain(); }

    // Hands over what is there now, a quarter of a megabyte at most, so that a flood cannot hold
    // the caller for ever. False once the end was reached or close() was called.
    bool drain();

    // Returns when what another thread has read is handed over.
    void settle();

    // From now on each line goes to `tail` as well, until it is set to null.
    void tee(LogTail* tail);

    // Hands over the rest, also a line without its newline. Silent afterwards.
    void close();

  private:
    bool drain_locked() MB_REQUIRES(mutex_);
    void feed(std::string_view bytes) MB_REQUIRES(mutex_);
    void end_line() MB_REQUIRES(mutex_);
    void finish() MB_REQUIRES(mutex_);
    void hand_over() MB_REQUIRES(mutex_);

    const int fd_;
    base::Mutex mutex_;
    Line line_ MB_GUARDED_BY(mutex_);
    LogTail* tail_ MB_GUARDED_BY(mutex_) = nullptr;
    std::string unfinished_ MB_GUARDED_BY(mutex_);  // a line so far; at most kStderrLineBytesMax
    bool open_ MB_GUARDED_BY(mutex_) = true;
};

}  // namespace millbeck::sinks
