#include "sinks/files/partition.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <chrono>

#include <fmt/format.h>

namespace millbeck::sinks {

namespace {

using base::Code;

constexpr std::array<std::string_view, 4> kNames{"date", "hour", "table", "shard"};
constexpr std::int64_t kHourMs = 3'600'000;

bool is_plain(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
           std::string_view("=-_./").find(c) != std::string_view::npos;
}

bool is_skipped(std::string_view part) {
    return part.empty() || part.front() == '_' || part.front() == '.';
}

// The template with its braces replaced by what `value` says of each name.
template <typename ValueOf>
std::string filled(std::string_view text, ValueOf value_of) {
    std::string out;
    while (!text.empty()) {
        const std::size_t open = std::min(text.find('{'), text.size());
        out += text.substr(0, open);
        text.remove_prefix(open);
        if (!text.empty()) {
            const std::size_t close = text.find('}');
            out += value_of(text.substr(1, close - 1));
            text.remove_prefix(close + 1);
        }
    }
    return out;
}

base::Status check_names(std::string_view text) {
    for (std::size_t at = text.find('{'); at != std::string_view::npos; at = text.find('{', at)) {
        const std::size_t close = text.find('}', at);
        const std::string_view name =
            close == std::string_view::npos ? "" : text.substr(at + 1, close - at - 1);
        if (std::find(kNames.begin(), kNames.end(), name) == kNames.end()) {
            return base::fail(Code::Invalid,
                              fmt::format("the partition \"{}\" may use {{date}}, {{hour}}, "
                                          "{{table}} and {{shard}} only",
                                          text));
        }
        at = close;
    }
    return {};
}

}  // namespace

base::Result<Partition> Partition::parse(std::string_view text) {
    MB_TRY_STATUS(check_names(text));
    const std::string sample = filled(text, [](std::string_view) { return "x"; });
    bool is_good = std::all_of(sample.begin(), sample.end(), is_plain);
    for (std::size_t begin = 0; is_good && !sample.empty() && begin <= sample.size();) {
        const std::size_t end = std::min(sample.find('/', begin), sample.size());
        is_good = !is_skipped(std::string_view(sample).substr(begin, end - begin));
        begin = end + 1;
    }
    if (!is_good) {
        return base::fail(Code::Invalid,
                          fmt::format("the partition \"{}\" is no relative path of letters, digits "
                                      "and `=-_.` whose parts begin with neither _ nor .",
                                      text));
    }
    Partition partition;
    partition.text_ = text;
    return partition;
}

std::string Partition::folder(const Of& change) const {
    using namespace std::chrono;
    const sys_time<milliseconds> time{milliseconds{change.milliseconds}};
    const auto day = floor<days>(time);
    const year_month_day date{day};
    const auto of_day = floor<hours>(time - day);
    return filled(text_, [&](std::string_view name) -> std::string {
        if (name == "date") {
            return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()),
                               static_cast<unsigned>(date.month()),
                               static_cast<unsigned>(date.day()));
        }
        if (name == "hour") {
            return fmt::format("{:02}", of_day.count());
        }
        return std::string(name == "table" ? change.table : change.shard);
    });
}

std::int64_t Partition::hour(std::int64_t milliseconds) {
    return milliseconds / kHourMs - (milliseconds % kHourMs < 0 ? 1 : 0);
}

}  // namespace millbeck::sinks
