#include "triggers/row_copier.hpp"

#include <algorithm>
#include <utility>

#include "triggers/checkpoint_store.hpp"

namespace millbeck::triggers {

using base::Result;
using shardlog::ImagePage;
using shardlog::ImageRow;
using shardlog::RecordView;
using shardlog::SequenceNumber;

namespace {

// So many pages without a row that the filter lets through are read in one go.
constexpr int kPagesAtOnce = 10;
// What stands around an item in its record, besides its keys.
constexpr std::size_t kRecordOverhead = 2'048;

}  // namespace

RowCopier::RowCopier(TableImages images, shardlog::Shard shard, CopyState state, BatchOrigin origin,
                     const BatchLimits& limits,
                     std::shared_ptr<const filter::FilterCriteria> criteria, base::Random& random)
    : images_(std::move(images)),
      shard_(std::move(shard)),
      state_(std::move(state)),
      builder_(origin),
      limits_(limits),
      random_(random) {
    if (criteria) {
        filter_.emplace(std::move(criteria),
                        filter::RecordOrigin{.region = std::move(origin.region),
                                             .stream_arn = std::move(origin.stream_arn),
                                             .view_type = origin.view_type});
    }
}

Result<std::shared_ptr<const sinks::Batch>> RowCopier::next(base::WallTime now) {
    if (batch_ || state_.rows_done()) {
        return batch_;
    }
    if (!image_) {
        MB_TRY(image_, images_());
        if (state_.to_text().size() > kCopyTextBytesMax) {
            state_ = {};
        }
    }
    MB_TRY(CopyState ahead, read_rows(now));
    if (builder_.records().empty()) {
        state_ = std::move(ahead);
        return nullptr;
    }
    BatchInHand built = builder_.build(base::make_uuid(random_), {}, {});
    auto batch = std::make_shared<sinks::Batch>(*built.batch);
    batch->content = sinks::Content::Rows;
    batch->position = position_after(ahead);
    after_batch_ = std::move(ahead);
    batch_ = std::move(batch);
    return batch_;
}

// The state behind the rows that were added.
Result<CopyState> RowCopier::read_rows(base::WallTime now) {
    CopyState ahead = state_;
    const std::size_t overhead = kRecordOverhead * limits_.records_max;
    for (int page = 0; page < kPagesAtOnce && !ahead.rows_done(); ++page) {
        const std::string after(ahead.after());
        MB_TRY(const ImagePage rows,
               image_->read(
                   {.first_hash = shard_.hashes.first,
                    .last_hash = shard_.hashes.last,
                    .from = after,
                    .rows_max = limits_.records_max,
                    .bytes_max = limits_.bytes_max - std::min(overhead, limits_.bytes_max / 2)}));
        add_rows(rows, now);
        ahead.advance(image_->as_of(),
                      rows.is_last ? std::string_view() : rows.rows.back().row_key);
        if (!builder_.records().empty()) {
            break;
        }
    }
    return ahead;
}

void RowCopier::add_rows(const ImagePage& page, base::WallTime now) {
    for (const ImageRow& row : page.rows) {
        const RecordView record = record_of(row, image_->as_of(), now);
        if (!filter_ || filter_->matches(record)) {
            builder_.add(record);
        }
    }
}

std::uint64_t RowCopier::accept() {
    state_ = std::exchange(after_batch_, {});
    if (state_.rows_done()) {
        image_.reset();
    }
    return std::exchange(batch_, nullptr)->messages.size();
}

// A shard that opened after the image was read has no older change of its own.
SequenceNumber RowCopier::first_change() const {
    return std::max(state_.first_change(), shard_.starting);
}

std::string RowCopier::position_after(const CopyState& state) const {
    const SequenceNumber next = std::max(state.first_change(), shard_.starting);
    return position_text({.shard = shard_.id, .next = next, .copy = state});
}

}  // namespace millbeck::triggers
