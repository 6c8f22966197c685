// The names on the wall: tables, streams, shards, positions. Text enters through parse() and is
// valid for ever after.
#pragma once

#include <compare>
#include <cstdint>
#include <limits>
#include <ostream>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/strong_type.hpp"

namespace millbeck::shardlog {

// 3..255 characters of [a-zA-Z0-9_.-]. Validity is checked where a request is parsed.
using TableName = base::StrongType<std::string, struct TableNameTag>;

// Given to a table at creation, never used again, also not for a table of the same name. From 1.
using TableId = base::StrongType<std::uint32_t, struct TableIdTag>;

// Given to a stream when it is enabled, never used again. 0 means "no stream".
using StreamId = base::StrongType<std::uint32_t, struct StreamIdTag>;
inline const StreamId kNoStream{0};

// Given to a shard when it opens, never used again, over all streams. 0 means "no shard".
using ShardNumber = base::StrongType<std::uint32_t, struct ShardNumberTag>;

// The position of a record in the log, and its order: one counter for the node, strictly
// increasing. On the wire: 21 digits, "1" and the counter in 20 digits, so text order is number
// order too. Source: DynamoDB API_StreamRecord SequenceNumber (21..40 digits, increasing in a
// shard).
class SequenceNumber {
  public:
    constexpr SequenceNumber() = default;  // before the first record
    constexpr explicit SequenceNumber(std::uint64_t position) : position_(position) {}

    // Accepts 1..40 digits; numbers below or above what a log can hold become the nearest position
    // (so an iterator AFTER a number nobody gave still has a place). Invalid: anything else.
    static base::Result<SequenceNumber> parse(std::string_view text);

    static constexpr SequenceNumber max() {
        return SequenceNumber{std::numeric_limits<std::uint64_t>::max()};
    }

    [[nodiscard]] constexpr std::uint64_t position() const { return position_; }
    [[nodiscard]] constexpr SequenceNumber next() const { return SequenceNumber{position_ + 1}; }
    [[nodiscard]] std::string to_string() const;  // 21 digits
    void append_to(std::string& out) const;
    // NOLINTNEXTLINE(modernize-use-nullptr): the check takes the comparison's own zero for one.
    friend constexpr auto operator<=>(SequenceNumber, SequenceNumber) = default;
    friend std::ostream& operator<<(std::ostream& out, SequenceNumber sequence) {
        return out << sequence.to_string();
    }

  private:
    std::uint64_t position_ = 0;
};

// `shardId-00000001573689847184-864758bb`: creation time in milliseconds (clients parse it as
// that), then the shard number in hexadecimal. Text order is creation order.
class ShardId {
  public:
    ShardId() = default;
    ShardId(base::WallTime created, ShardNumber number) : created_(created), number_(number) {}

    // Invalid: not this form.
    static base::Result<ShardId> parse(std::string_view text);

    [[nodiscard]] base::WallTime created() const { return created_; }
    [[nodiscard]] ShardNumber number() const { return number_; }
    [[nodiscard]] std::string to_string() const;

    // NOLINTNEXTLINE(modernize-use-nullptr): clang-tidy 14 sees a zero in the defaulted operator.
    friend auto operator<=>(const ShardId&, const ShardId&) = default;
    friend std::ostream& operator<<(std::ostream& out, const ShardId& id) {
        return out << id.to_string();
    }

  private:
    base::WallTime created_{};
    ShardNumber number_{};
};

// Whose names ARNs carry: settings of the node.
struct Identity {
    std::string region = "us-east-1";
    std::string account_id = "000000000000";  // 12 digits
};

// `arn:aws:dynamodb:<region>:<account>:table/<table>`
std::string table_arn(const Identity& identity, const TableName& table);

// `<table arn>/stream/<label>`; the label is the creation instant, see base::to_iso8601.
std::string stream_arn(const Identity& identity, const TableName& table, std::string_view label);

struct StreamArnParts {
    TableName table;
    std::string label;
};
// Region and account are not compared: any are accepted. Invalid: not a stream ARN.
base::Result<StreamArnParts> parse_stream_arn(std::string_view arn);

}  // namespace millbeck::shardlog

template <>
struct std::hash<millbeck::shardlog::SequenceNumber> {
    std::size_t operator()(millbeck::shardlog::SequenceNumber sequence) const {
        return std::hash<std::uint64_t>{}(sequence.position());
    }
};
