#include "triggers/shard_gatherer.hpp"

#include <algorithm>
#include <utility>

namespace millbeck::triggers {

namespace {
constexpr std::size_t kPageBytesMax = 1u << 20;  // a batch may take several pages
}

base::Status ShardGatherer::gather(base::Instant now) {
    while (!batcher_.full() && !ended_) {
        const std::size_t bytes = std::clamp<std::size_t>(batcher_.bytes_left(), 1, kPageBytesMax);
        MB_TRY(const auto page,
               log_.read(shard_, position_,
                         {.records_max = batcher_.records_left(), .bytes_max = bytes}));
        if (!add_page(page, now)) {
            break;
        }
    }
    return {};
}

// Adds the records as far as they fit. False when there is no more to read now.
bool ShardGatherer::add_page(const shardlog::ReadPage& page, base::Instant now) {
    for (const shardlog::RecordView& record : page.records) {
        if (!batcher_.add(builder_.add(record), now)) {
            builder_.undo();
            position_ = record.sequence;
            return false;
        }
    }
    position_ = page.next;
    ended_ = page.end_of_shard;
    return !page.records.empty();
}

void ShardGatherer::resume_at(shardlog::SequenceNumber position) {
    MB_CHECK(empty(), "what was read before a gap goes first");
    position_ = position;
}

BatchInHand ShardGatherer::take(std::string request_id, shardlog::SequenceNumber from,
                                base::Instant now) {
    batcher_.taken(now);
    return builder_.build(std::move(request_id), from, position_);
}

}  // namespace millbeck::triggers
