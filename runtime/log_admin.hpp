// What people ask of the log besides its records: what it costs and what holds it, pins, a check.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/file_system.hpp"
#include "base/result.hpp"
#include "runtime/log_checkup.hpp"
#include "runtime/pin_book.hpp"
#include "shardlog/shard_log.hpp"

namespace millbeck::runtime {

// One that keeps segments which retention would take, or an expectation of it.
struct LogHolder {
    std::string owner;  // for people
    shardlog::SequenceNumber from;
    std::uint64_t segments = 0;  // past retention that it keeps; others may keep them too
    std::uint64_t bytes = 0;
};

// What the log costs at one moment. Bytes are those of files.
struct LogCosts {
    shardlog::LogStats stats;
    std::optional<base::WallTime> oldest_time{};  // of a record; none: the log is empty
    std::optional<base::WallTime> newest_time{};
    std::uint64_t used_bytes = 0;                  // of segments, by records
    std::optional<std::uint64_t> bytes_per_day{};  // by the last 24 h; none within the first minute
    std::uint64_t past_segments = 0;               // whose newest record is past retention
    std::uint64_t past_bytes = 0;
    std::uint64_t unheld_segments = 0;  // of those, what no pin keeps
    std::vector<LogHolder> holders{};   // every pin, oldest position first
};

// Threads: any; costs() and the pins wait for a disk.
class LogAdmin {
  public:
    // Before the log's first maintain(): the pins of last time hold from here on. All outlive it.
    static base::Result<std::unique_ptr<LogAdmin>> open(const LogCheckupContext& context,
                                                        const base::Clock& clock,
                                                        const base::Path& pins_file,
                                                        shardlog::ShardLog& log,
                                                        shardlog::LogOptions options);

    [[nodiscard]] PinBook& pins() { return *pins_; }
    [[nodiscard]] LogCheckup& checkup() { return checkup_; }
    [[nodiscard]] const shardlog::LogOptions& options() const { return options_; }

    // Reads the headers of all index files, and the growing segment. Errors: Io, Corrupt.
    [[nodiscard]] base::Result<LogCosts> costs() const;

    // As position_from() reads it. Invalid, Trimmed.
    [[nodiscard]] base::Result<shardlog::SequenceNumber> position_of(std::string_view text) const;

  private:
    LogAdmin(const LogCheckupContext& context, const base::Clock& clock, shardlog::ShardLog& log,
             shardlog::LogOptions options)
        : context_(context),
          clock_(clock),
          log_(log),
          options_(std::move(options)),
          checkup_(context) {}
    void count_past(const std::vector<shardlog::SegmentFacts>& segments, LogCosts& costs) const;

    const LogCheckupContext context_;
    const base::Clock& clock_;
    shardlog::ShardLog& log_;
    const shardlog::LogOptions options_;
    std::unique_ptr<PinBook> pins_;
    LogCheckup checkup_;
};

}  // namespace millbeck::runtime
