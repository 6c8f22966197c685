#include "sinks/handler/call_log.hpp"

#include <utility>

#include <fmt/format.h>

namespace millbeck::sinks {

namespace {

double milliseconds(std::chrono::nanoseconds time) {
    return std::chrono::duration<double, std::milli>(time).count();
}

}  // namespace

// Cut when it has grown to twice what is kept, so that each byte is moved once at most.
void LogTail::add(std::string_view line) {
    if (line.size() >= kLogTailBytesMax) {
        line.remove_prefix(line.size() - kLogTailBytesMax);
    }
    text_.append(line).push_back('\n');
    if (text_.size() > 2 * kLogTailBytesMax) {
        text_.erase(0, text_.size() - kLogTailBytesMax);
    }
}

std::string LogTail::take() {
    if (text_.size() > kLogTailBytesMax) {
        text_.erase(0, text_.size() - kLogTailBytesMax);
    }
    return std::exchange(text_, {});
}

std::string start_line(std::string_view request_id, std::string_view version) {
    return fmt::format("START RequestId: {} Version: {}", request_id, version);
}

std::string end_line(std::string_view request_id) {
    return fmt::format("END RequestId: {}", request_id);
}

std::string report_line(std::string_view request_id, const CallReport& report) {
    using std::chrono::ceil;
    using std::chrono::milliseconds;
    const auto init = report.init.value_or(std::chrono::nanoseconds{0});
    std::string line = fmt::format(
        "REPORT RequestId: {}\tDuration: {:.2f} ms\tBilled Duration: {} ms\tMemory Size: {} MB\t"
        "Max Memory Used: {} MB\t",
        request_id, sinks::milliseconds(report.duration),
        ceil<milliseconds>(report.duration + init).count(), report.memory_mb,
        (report.peak_kb + 1023) / 1024);
    if (report.init) {
        line += fmt::format("Init Duration: {:.2f} ms\t", sinks::milliseconds(*report.init));
    }
    return line;
}

}  // namespace millbeck::sinks
