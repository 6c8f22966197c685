// The door of the past: every commit of a stretch of the log, the versions of one item, and the
// position of a moment; wherever they are kept.
#pragma once

#include <functional>
#include <span>
#include <string_view>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "shardlog/ids.hpp"
#include "shardlog/record.hpp"

namespace millbeck::shardlog {

// One atomic commit during a scan.
struct CommitView {
    SequenceNumber first;
    base::WallTime time{};
    std::span<const RecordView> records;
};

// Positions [from, to], both inclusive; none when `to` is below `from`.
struct LogRange {
    SequenceNumber from;
    SequenceNumber to;
};

// An item as the log knows it.
struct ItemName {
    TableId table;
    std::string_view row_key;  // as in RecordView
};

enum class ReadOrder { OldestFirst, NewestFirst };
enum class NextRecord { Wanted, Unwanted };

// Invariants: what is told of a position never changes while it can be told. A caller that must not
//             lose what it reads holds a Pin at its oldest position.
// Threads:    any. Views that visitors are given live for the call.
// Errors:     Trimmed (a position below oldest() is asked for), Corrupt (names file and offset),
// Io.
class LogHistory {
  public:
    virtual ~LogHistory() = default;

    // The oldest position that can be told, and the newest; oldest() is newest().next() when there
    // is none.
    [[nodiscard]] virtual SequenceNumber oldest() const = 0;
    [[nodiscard]] virtual SequenceNumber newest() const = 0;

    // The last position of the last commit made at or before `time`: what the tables were then is
    // what they were there. Commits behind the first later one count as later, whatever a clock
    // that was set back says. When all commits are later: 0, or Trimmed if older ones are gone.
    [[nodiscard]] virtual base::Result<SequenceNumber> position_at(base::WallTime time) const = 0;

    // When the commit was made that holds this position.
    [[nodiscard]] virtual base::Result<base::WallTime> time_of(SequenceNumber position) const = 0;

    // The records of one item within `range`, in this order, until one is Unwanted.
    virtual base::Status versions(
        const ItemName& item, LogRange range, ReadOrder order,
        const std::function<base::Result<NextRecord>(const RecordView&)>& visit) const = 0;

    // Every commit with a record in `range`, whole and in order, of all tables. Memory is bounded
    // by one segment.
    virtual base::Status scan(
        LogRange range, const std::function<base::Status(const CommitView&)>& visit) const = 0;
};

}  // namespace millbeck::shardlog
