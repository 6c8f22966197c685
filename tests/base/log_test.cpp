#include "base/log.hpp"

#include <algorithm>
#include <cctype>
#include <string>

#include <gtest/gtest.h>

namespace millbeck::base {
namespace {

// What `log` puts on stderr, the time stamp replaced by T.
std::string captured(LogLevel level, std::string_view message,
                     std::initializer_list<Field> fields) {
    testing::internal::CaptureStderr();
    log(level, "base", message, fields);
    const std::string line = testing::internal::GetCapturedStderr();
    const std::string form = "ts=0000-00-00T00:00:00.000Z";
    std::string stamp = line.substr(0, form.size());
    std::replace_if(
        stamp.begin(), stamp.end(), [](unsigned char c) { return std::isdigit(c) != 0; }, '0');
    return stamp == form ? "T" + line.substr(form.size()) : line;
}

TEST(Log, WritesOneLogfmtLine) {
    EXPECT_EQ(captured(LogLevel::Warn, "cut a torn tail", {{"bytes", std::int64_t{132}}}),
              "T level=warn room=base msg=\"cut a torn tail\" bytes=132\n");
}

// If it fails, a value with a newline forges a log line.
TEST(Log, QuotesWhatALogfmtReaderWouldMisread) {
    EXPECT_EQ(captured(LogLevel::Error, "x",
                       {{"a", "1=2"},
                        {"b", "say \"no\"\n"},
                        {"c", ""},
                        {"d", "C:\\x"},
                        {"e", std::string_view("\x01", 1)},
                        {"f", "grün"}}),
              "T level=error room=base msg=x a=\"1=2\" b=\"say \\\"no\\\"\\n\" c=\"\" "
              "d=\"C:\\\\x\" e=\"\\u0001\" f=grün\n");
}

TEST(Log, CutsLinesAtEightKilobytes) {
    const std::string line = captured(LogLevel::Error, std::string(20'000, 'a'), {});
    EXPECT_LE(line.size(), 8192u);
    EXPECT_GT(line.size(), 8000u);
    EXPECT_EQ(line.substr(line.size() - 4), "...\n");
}

TEST(Log, IsSilentBelowItsLevel) {
    EXPECT_EQ(captured(LogLevel::Debug, "x", {}), "");
    set_log_level(LogLevel::Debug);
    EXPECT_NE(captured(LogLevel::Debug, "x", {}), "");
    set_log_level(LogLevel::Error);
    EXPECT_EQ(captured(LogLevel::Warn, "x", {}), "");
    set_log_level(LogLevel::Info);
}

}  // namespace
}  // namespace millbeck::base
