#include "shardlog/ids.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace millbeck::shardlog {
namespace {

// A sequence number on the wire is 10^20 + position: "1" and twenty digits.
constexpr std::size_t kPositionDigits = 20;
constexpr std::size_t kSequenceDigitsMax = 40;
constexpr std::string_view kShardPrefix = "shardId-";
constexpr std::size_t kShardMillisDigits = 20;
constexpr std::size_t kShardNumberDigits = 8;
constexpr std::size_t kShardIdSize =
    kShardPrefix.size() + kShardMillisDigits + 1 + kShardNumberDigits;

bool all_digits(std::string_view text) {
    return !text.empty() &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

void append_padded(std::string& out, std::uint64_t value, std::size_t digits, int base) {
    std::array<char, 20> text{};
    const auto written = std::to_chars(text.data(), text.data() + text.size(), value, base);
    const auto size = static_cast<std::size_t>(written.ptr - text.data());
    out.append(digits - size, '0');
    out.append(text.data(), size);
}

// False: not a number of that base alone, or above T's range.
template <typename T>
bool read_number(std::string_view text, T& value, int base) {
    const auto read = std::from_chars(text.data(), text.data() + text.size(), value, base);
    return read.ec == std::errc() && read.ptr == text.data() + text.size();
}

bool is_table_name(std::string_view name) {
    return name.size() >= 3 && name.size() <= 255 &&
           std::all_of(name.begin(), name.end(), [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '_' || c == '.' || c == '-';
           });
}

// Cuts `text` at the first `separator`; all of it when there is none.
std::string_view cut(std::string_view& text, std::string_view separator) {
    const std::size_t at = text.find(separator);
    const std::string_view part = text.substr(0, at);
    text = at == std::string_view::npos ? std::string_view() : text.substr(at + separator.size());
    return part;
}

tl::unexpected<base::Error> bad_arn(std::string_view arn) {
    return base::fail(base::Code::Invalid, std::string("Invalid StreamArn: '")
                                               .append(arn)
                                               .append("' is not the ARN of a DynamoDB stream"));
}

}  // namespace

base::Result<SequenceNumber> SequenceNumber::parse(std::string_view text) {
    if (!all_digits(text) || text.size() > kSequenceDigitsMax) {
        return base::fail(base::Code::Invalid,
                          std::string("Invalid SequenceNumber: '").append(text).append("'"));
    }
    text.remove_prefix(std::min(text.find_first_not_of('0'), text.size()));
    if (text.size() <= kPositionDigits) {
        return SequenceNumber{};
    }
    std::uint64_t position = 0;
    if (text.size() > kPositionDigits + 1 || text[0] != '1' ||
        !read_number(text.substr(1), position, 10)) {
        return max();
    }
    return SequenceNumber{position};
}

void SequenceNumber::append_to(std::string& out) const {
    out.push_back('1');
    append_padded(out, position_, kPositionDigits, 10);
}

std::string SequenceNumber::to_string() const {
    std::string text;
    append_to(text);
    return text;
}

base::Result<ShardId> ShardId::parse(std::string_view text) {
    const auto refuse = [&] {
        return base::fail(base::Code::Invalid,
                          std::string("Invalid ShardId: '").append(text).append("'"));
    };
    if (text.size() != kShardIdSize || text.substr(0, kShardPrefix.size()) != kShardPrefix) {
        return refuse();
    }
    const std::string_view millis = text.substr(kShardPrefix.size(), kShardMillisDigits);
    const std::string_view number = text.substr(kShardIdSize - kShardNumberDigits);
    const bool lower =
        std::none_of(number.begin(), number.end(), [](char c) { return c >= 'A' && c <= 'F'; });
    std::int64_t created = 0;
    std::uint32_t value = 0;
    if (!all_digits(millis) || !read_number(millis, created, 10) || !lower ||
        text[kShardIdSize - kShardNumberDigits - 1] != '-' || !read_number(number, value, 16)) {
        return refuse();
    }
    return ShardId(base::WallTime{base::Milliseconds{created}}, ShardNumber{value});
}

std::string ShardId::to_string() const {
    std::string text(kShardPrefix);
    const std::int64_t created = std::max<std::int64_t>(0, base::to_millis(created_));
    append_padded(text, static_cast<std::uint64_t>(created), kShardMillisDigits, 10);
    text.push_back('-');
    append_padded(text, number_.value(), kShardNumberDigits, 16);
    return text;
}

std::string table_arn(const Identity& identity, const TableName& table) {
    return "arn:aws:dynamodb:" + identity.region + ":" + identity.account_id + ":table/" +
           table.value();
}

std::string stream_arn(const Identity& identity, const TableName& table, std::string_view label) {
    return table_arn(identity, table).append("/stream/").append(label);
}

base::Result<StreamArnParts> parse_stream_arn(std::string_view arn) {
    std::string_view rest = arn;
    const bool is_arn = cut(rest, ":") == "arn";
    const bool of_aws = cut(rest, ":").substr(0, 3) == "aws";
    const bool of_dynamodb = cut(rest, ":") == "dynamodb";
    cut(rest, ":");  // region
    cut(rest, ":");  // account
    const bool of_table = cut(rest, "/") == "table";
    const std::string_view table = cut(rest, "/");
    const bool of_stream = cut(rest, "/") == "stream";
    const std::string_view label = rest;
    if (!is_arn || !of_aws || !of_dynamodb || !of_table || !of_stream || !is_table_name(table) ||
        label.empty() || label.find('/') != std::string_view::npos) {
        return bad_arn(arn);
    }
    return StreamArnParts{TableName{std::string(table)}, std::string(label)};
}

}  // namespace millbeck::shardlog
