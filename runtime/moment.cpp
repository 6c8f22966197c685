#include "runtime/moment.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

#include <fmt/format.h>

#include "runtime/config/quantity.hpp"

namespace millbeck::runtime {
namespace {

using base::Code;
using base::fail;
using base::Milliseconds;
using base::Result;
using base::WallTime;
using shardlog::LogHistory;
using shardlog::SequenceNumber;

constexpr std::size_t kSequenceDigitsMin = 21;

// Takes `digits` digits from the front, and then `behind`.
std::optional<int> take_number(std::string_view& text, std::size_t digits, std::string_view behind) {
    int number = 0;
    if (text.size() < digits) {
        return std::nullopt;
    }
    const auto [end, error] = std::from_chars(text.data(), text.data() + digits, number);
    if (error != std::errc() || end != text.data() + digits || number < 0 ||
        !text.substr(digits).starts_with(behind)) {
        return std::nullopt;
    }
    text.remove_prefix(digits + behind.size());
    return number;
}

std::optional<Milliseconds> take_date(std::string_view& text) {
    const auto year = take_number(text, 4, "-");
    const auto month = year ? take_number(text, 2, "-") : std::nullopt;
    const auto day = month ? take_number(text, 2, "") : std::nullopt;
    if (!day) {
        return std::nullopt;
    }
    const std::chrono::year_month_day date{std::chrono::year{*year},
                                           std::chrono::month{static_cast<unsigned>(*month)},
                                           std::chrono::day{static_cast<unsigned>(*day)}};
    if (!date.ok()) {
        return std::nullopt;
    }
    return std::chrono::sys_days{date}.time_since_epoch();
}

// hh:mm:ss, with a fraction of a second or without.
std::optional<Milliseconds> take_clock(std::string_view& text) {
    const auto hours = take_number(text, 2, ":");
    const auto minutes = hours ? take_number(text, 2, ":") : std::nullopt;
    const auto seconds = minutes ? take_number(text, 2, "") : std::nullopt;
    if (!seconds || *hours > 23 || *minutes > 59 || *seconds > 60) {
        return std::nullopt;
    }
    std::int64_t milliseconds = 0;
    if (text.starts_with(".")) {
        const std::size_t end = std::min(text.find_first_not_of("0123456789", 1), text.size());
        std::int64_t unit = 100;
        for (const char digit : text.substr(1, end - 1)) {
            milliseconds += unit * (digit - '0');
            unit /= 10;
        }
        if (end == 1) {
            return std::nullopt;
        }
        text.remove_prefix(end);
    }
    return std::chrono::hours{*hours} + std::chrono::minutes{*minutes} +
           std::chrono::seconds{*seconds} + Milliseconds{milliseconds};
}

// What the zone is ahead of UTC.
std::optional<Milliseconds> take_zone(std::string_view& text) {
    if (text == "Z" || text == "z") {
        text = {};
        return Milliseconds{0};
    }
    const int sign = text.starts_with("+") ? 1 : text.starts_with("-") ? -1 : 0;
    if (sign == 0) {
        return std::nullopt;
    }
    text.remove_prefix(1);
    const auto hours = take_number(text, 2, ":");
    const auto minutes = hours ? take_number(text, 2, "") : std::nullopt;
    if (!minutes || *hours > 23 || *minutes > 59) {
        return std::nullopt;
    }
    return sign * Milliseconds{std::chrono::hours{*hours} + std::chrono::minutes{*minutes}};
}

// Fewer digits are no sequence number of ours, and more likely a time without its unit.
bool is_number(std::string_view text) {
    return text.size() >= kSequenceDigitsMin && text.find_first_not_of("0123456789") == std::string_view::npos;
}

// The moment as a time; absent where it is none. Invalid: nothing that can be understood.
Result<WallTime> time_of(std::string_view moment, WallTime now) {
    if (const auto ago = parse_duration(moment)) {
        return now - *ago;
    }
    const auto time = parse_time(moment);
    if (!time) {
        return fail(Code::Invalid,
                    fmt::format("\"{}\" is no moment: say 2h (ago), 2026-01-31T14:00:00Z, a "
                                "sequence number, start or now",
                                moment));
    }
    return *time;
}

Result<SequenceNumber> sequence(std::string_view text, const LogHistory& history) {
    MB_TRY(const SequenceNumber position, SequenceNumber::parse(text));
    if (position > history.newest()) {
        return fail(Code::Invalid, fmt::format("nothing is written at {} yet; the newest change "
                                               "is {}",
                                               position.to_string(),
                                               history.newest().to_string()));
    }
    return position;
}

}  // namespace

Result<WallTime> parse_time(std::string_view text) {
    const auto wrong = fail(Code::Invalid, fmt::format("\"{}\" is no time as in "
                                                       "2026-01-31T14:00:00Z",
                                                       text));
    const auto date = take_date(text);
    if (!date) {
        return wrong;
    }
    if (text.empty()) {
        return WallTime{*date};
    }
    const char letter = text.front();
    text.remove_prefix(1);
    const auto clock = letter == 'T' || letter == 't' || letter == ' ' ? take_clock(text)
                                                                       : std::nullopt;
    const auto zone = clock ? take_zone(text) : std::nullopt;
    if (!zone || !text.empty()) {
        return wrong;
    }
    return WallTime{*date + *clock - *zone};
}

Result<SequenceNumber> position_through(std::string_view moment, const LogHistory& history,
                                        WallTime now) {
    if (moment == "now") {
        return history.newest();
    }
    if (moment == "start") {
        return SequenceNumber{history.oldest().position() - 1};
    }
    if (is_number(moment)) {
        return sequence(moment, history);
    }
    MB_TRY(const WallTime time, time_of(moment, now));
    return history.position_at(time);
}

Result<SequenceNumber> position_from(std::string_view moment, const LogHistory& history,
                                     WallTime now) {
    if (moment == "now") {
        return history.newest().next();
    }
    if (moment == "start") {
        return history.oldest();
    }
    if (is_number(moment)) {
        return sequence(moment, history);
    }
    MB_TRY(const WallTime time, time_of(moment, now));
    MB_TRY(const SequenceNumber before, history.position_at(time - Milliseconds{1}));
    return before.next();
}

}  // namespace millbeck::runtime
