#include "runtime/log_admin.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "runtime/past_position.hpp"
#include "shardlog/log_survey.hpp"

namespace millbeck::runtime {

using base::Milliseconds;
using base::Result;
using base::WallTime;
using shardlog::SegmentFacts;
using shardlog::SequenceNumber;

namespace {

constexpr Milliseconds kDay{24 * 3'600'000};
constexpr Milliseconds kRateKnownAfter{60'000};

// By what was written within the last day, or since the log began.
std::optional<std::uint64_t> rate_of(const std::vector<SegmentFacts>& segments, WallTime now) {
    std::uint64_t bytes = 0;
    WallTime begin = now;
    for (const SegmentFacts& segment : segments) {
        if (segment.last >= segment.first && segment.newest_time > now - kDay) {
            bytes += segment.used_bytes;
            begin = std::min(begin, segment.first_time);
        }
    }
    const auto span = now - begin;
    if (bytes > 0 && span < kRateKnownAfter) {
        return std::nullopt;
    }
    // A quiet day costs nothing, whatever the first segment of the day before holds.
    const double days =
        std::max(1.0, static_cast<double>(span.count())) / static_cast<double>(kDay.count());
    return static_cast<std::uint64_t>(static_cast<double>(bytes) / days);
}

}  // namespace

Result<std::unique_ptr<LogAdmin>> LogAdmin::open(const LogCheckupContext& context,
                                                 const base::Clock& clock,
                                                 const base::Path& pins_file,
                                                 shardlog::ShardLog& log,
                                                 shardlog::LogOptions options) {
    std::unique_ptr<LogAdmin> admin(new LogAdmin(context, clock, log, std::move(options)));
    MB_TRY(admin->pins_, PinBook::open(pins_file, log));
    return admin;
}

Result<LogCosts> LogAdmin::costs() const {
    LogCosts costs;
    costs.stats = log_.stats();
    MB_TRY(const auto segments,
           shardlog::survey_log(context_.files, context_.folder, costs.stats.published));
    for (const SegmentFacts& segment : segments) {
        costs.used_bytes += segment.used_bytes;
        if (segment.last < segment.first) {
            continue;
        }
        costs.oldest_time =
            std::min(costs.oldest_time.value_or(segment.first_time), segment.first_time);
        costs.newest_time =
            std::max(costs.newest_time.value_or(segment.newest_time), segment.newest_time);
    }
    costs.bytes_per_day = rate_of(segments, clock_.wall());
    count_past(segments, costs);
    return costs;
}

// A pin keeps every segment from the one with its position on.
void LogAdmin::count_past(const std::vector<SegmentFacts>& segments, LogCosts& costs) const {
    for (const shardlog::PinInfo& pin : log_.pins()) {
        costs.holders.push_back({.owner = pin.owner, .from = pin.from});
    }
    const WallTime kept_from = clock_.wall() - options_.retention;
    for (const SegmentFacts& segment : segments) {
        if (!segment.is_sealed || segment.newest_time > kept_from) {
            continue;
        }
        ++costs.past_segments;
        costs.past_bytes += segment.file_bytes;
        bool is_held = false;
        for (LogHolder& holder : costs.holders) {
            if (holder.from <= segment.last) {
                ++holder.segments;
                holder.bytes += segment.file_bytes;
                is_held = true;
            }
        }
        costs.unheld_segments += is_held ? 0 : 1;
    }
}

Result<SequenceNumber> LogAdmin::position_of(std::string_view text) const {
    return position_from(text, log_.history(), clock_.wall());
}

}  // namespace millbeck::runtime
