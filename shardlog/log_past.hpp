// The past as the files hold it: LogHistory over the archive's segments and
// the log's.
#pragma once

#include <memory>
#include <vector>

#include "shardlog/archive.hpp"
#include "shardlog/history.hpp"
#include "shardlog/log_state.hpp"
#include "shardlog/past_segment.hpp"

namespace millbeck::shardlog {

// Every frame's checksum is verified each time it is read.
// Threads: any.
class LogPast final : public LogHistory {
  public:
    // Both outlive it.
    LogPast(const LogState& state, const Archive& archive) : state_(state), archive_(archive) {}

    [[nodiscard]] SequenceNumber oldest() const override;
    [[nodiscard]] SequenceNumber newest() const override { return state_.published(); }
    [[nodiscard]] base::Result<SequenceNumber> position_at(base::WallTime time) const override;
    [[nodiscard]] base::Result<base::WallTime> time_of(SequenceNumber position) const override;
    base::Status versions(
        const ItemName& item, LogRange range, ReadOrder order,
        const std::function<base::Result<NextRecord>(const RecordView&)>& visit) const override;
    base::Status scan(LogRange range,
                      const std::function<base::Status(const CommitView&)>& visit) const override;

  private:
    using Segments = std::vector<std::shared_ptr<PastSegment>>;
    // Those with a position in the range, oldest first. Trimmed: it begins before oldest().
    [[nodiscard]] base::Result<Segments> segments_in(LogRange range) const;

    // All there are, oldest first; never empty.
    [[nodiscard]] Segments all() const;

    const LogState& state_;
    const Archive& archive_;
};

}  // namespace millbeck::shardlog
