#include "runtime/config/moment.hpp"

#include <algorithm>
#include <chrono>
#include <optional>

#include <fmt/format.h>

#include "runtime/config/quantity.hpp"

namespace millbeck::runtime {

using base::Code;
using base::Milliseconds;
using base::Result;
using base::WallTime;

namespace {

// Fewer mean a number that no log gives; the nearest position would be a surprise.
constexpr std::size_t kSequenceDigits = 21;

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

// Takes a text apart from its front; what does not fit makes all that follows fail.
class Reader {
  public:
    explicit Reader(std::string_view text) : rest_(text) {}

    int number(std::size_t digits, int least, int most) {
        int value = 0;
        for (std::size_t i = 0; i < digits && ok_; ++i) {
            ok_ = i < rest_.size() && is_digit(rest_[i]);
            value = ok_ ? value * 10 + (rest_[i] - '0') : value;
        }
        ok_ = ok_ && value >= least && value <= most;
        rest_.remove_prefix(ok_ ? digits : rest_.size());
        return value;
    }

    // The next character, if it is one of these.
    std::optional<char> one_of(std::string_view allowed) {
        if (rest_.empty() || allowed.find(rest_.front()) == std::string_view::npos) {
            return std::nullopt;
        }
        const char c = rest_.front();
        rest_.remove_prefix(1);
        return c;
    }
    void expect(std::string_view allowed) { ok_ = one_of(allowed).has_value() && ok_; }

    // Digits behind the point, as milliseconds.
    int fraction() {
        int millis = 0;
        int worth = 100;
        ok_ = ok_ && !rest_.empty() && is_digit(rest_.front());
        while (!rest_.empty() && is_digit(rest_.front())) {
            millis += (rest_.front() - '0') * worth;
            worth /= 10;
            rest_.remove_prefix(1);
        }
        return millis;
    }

    [[nodiscard]] bool is_done() const { return ok_ && rest_.empty(); }

  private:
    std::string_view rest_;
    bool ok_ = true;
};

std::optional<WallTime> read_instant(std::string_view text) {
    using std::chrono::hours;
    using std::chrono::minutes;
    using std::chrono::seconds;
    Reader reader(text);
    const std::chrono::year year{reader.number(4, 1, 9999)};
    reader.expect("-");
    const std::chrono::month month{static_cast<unsigned>(reader.number(2, 1, 12))};
    reader.expect("-");
    const std::chrono::day day{static_cast<unsigned>(reader.number(2, 1, 31))};
    reader.expect("Tt ");
    Milliseconds clock = hours{reader.number(2, 0, 23)};
    reader.expect(":");
    clock += minutes{reader.number(2, 0, 59)};
    reader.expect(":");
    clock += seconds{reader.number(2, 0, 60)};
    if (reader.one_of(".")) {
        clock += Milliseconds{reader.fraction()};
    }
    if (const auto sign = reader.one_of("+-")) {
        Milliseconds offset = hours{reader.number(2, 0, 23)};
        reader.expect(":");
        offset += minutes{reader.number(2, 0, 59)};
        clock -= *sign == '+' ? offset : -offset;
    } else {
        reader.expect("Zz");
    }
    const std::chrono::year_month_day date{year, month, day};
    if (!reader.is_done() || !date.ok()) {
        return std::nullopt;
    }
    return WallTime{std::chrono::sys_days{date}} + clock;
}

}  // namespace

Result<WallTime> parse_instant(std::string_view text) {
    if (const auto instant = read_instant(text)) {
        return *instant;
    }
    return base::fail(Code::Invalid,
                      fmt::format("\"{}\" is not an instant like 2026-02-28T13:45:10Z", text));
}

Result<Moment> parse_moment(std::string_view text, WallTime now) {
    if (text.size() >= kSequenceDigits && std::all_of(text.begin(), text.end(), is_digit)) {
        MB_TRY(const auto sequence, shardlog::SequenceNumber::parse(text));
        return Moment{sequence};
    }
    constexpr std::string_view kAgo = " ago";
    std::optional<WallTime> instant = read_instant(text);
    if (!instant) {
        const std::string_view amount =
            text.ends_with(kAgo) ? text.substr(0, text.size() - kAgo.size()) : text;
        if (const auto duration = parse_duration(amount);
            duration && *duration <= now.time_since_epoch()) {
            instant = now - *duration;
        }
    }
    if (!instant || *instant < WallTime{}) {
        return base::fail(
            Code::Invalid,
            fmt::format("\"{}\" is neither a sequence number of 21 digits, nor a duration like 2h, "
                        "nor an instant like 2026-02-28T13:45:10Z",
                        text));
    }
    return Moment{*instant};
}

}  // namespace millbeck::runtime
