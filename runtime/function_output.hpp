// The last lines that each function wrote to stderr, for who tells of a failure.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>

#include "base/mutex.hpp"

namespace millbeck::runtime {

// Of a function; what is older goes.
inline constexpr std::size_t kOutputLinesMax = 100;
inline constexpr std::size_t kOutputBytesMax = 16U << 10U;  // with line ends
// More functions than this: the one that was silent for longest is forgotten.
inline constexpr std::size_t kOutputFunctionsMax = 1'000;

// All processes of a function write into one: lines of calls that ran at the same time stand among
// each other.
// Threads: any.
class FunctionOutput {
  public:
    // A line without its end.
    void add(std::string_view function, std::string_view line);

    // Its lines, oldest first, each with its end; "" for one that wrote nothing. A qualifier
    // (`name:live`) is no part of the name here.
    [[nodiscard]] std::string tail(std::string_view function) const;

  private:
    struct Tail {
        std::deque<std::string> lines;
        std::size_t bytes = 0;
        std::uint64_t written = 0;  // by the order of all lines
    };

    mutable base::Mutex mutex_;
    std::map<std::string, Tail, std::less<>> tails_ MB_GUARDED_BY(mutex_);
    std::uint64_t lines_ MB_GUARDED_BY(mutex_) = 0;
};

}  // namespace millbeck::runtime
