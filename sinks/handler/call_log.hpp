// What Invoke tells of a call besides its answer: the tail of the log, and the report that ends it.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "sinks/handler/invoke.hpp"

namespace millbeck::sinks {

// Lines as they come; only the last kLogTailBytesMax stay.
// Threads: one at a time (StderrReader's lock orders those who add).
class LogTail {
  public:
    void add(std::string_view line);
    // From the first byte that fits, as the service cuts: not from the beginning of a line.
    std::string take();

  private:
    std::string text_;
};

// What a REPORT line says.
struct CallReport {
    std::chrono::nanoseconds duration{0};
    std::optional<std::chrono::nanoseconds> init = {};  // of a cold start
    unsigned memory_mb = 128;                           // configured
    std::uint64_t peak_kb = 0;                          // of the process, so far; 0 is unknown
};

std::string start_line(std::string_view request_id, std::string_view version);
std::string end_line(std::string_view request_id);

// Billed is whole milliseconds, a cold start's time with them.
std::string report_line(std::string_view request_id, const CallReport& report);

// Both together, for the time of a call.
struct CallLog {
    LogTail tail;
    CallReport report;
};

}  // namespace millbeck::sinks
