// How a comparison mends what differs.
#include <algorithm>
#include <string>
#include <utility>

#include "runtime/sink_comparer.hpp"

namespace millbeck::runtime {

using base::Status;
using shardlog::ImagePage;
using shardlog::ImageRow;

namespace {
constexpr std::size_t kRepairedAtOnce = 500;
constexpr base::Milliseconds kRepairDeadline{60'000};
// The same position in other digits: a target takes no batch twice that it has the position of.
void respell(std::string& position) {
    if (position.starts_with('0')) {
        position.erase(0, 1);
    } else {
        position.insert(0, 1, '0');
    }
}

}  // namespace

// What is wrong goes first, whatever version it has; then the rows come as they are in the table.
Status Comparer::mend() {
    for (std::size_t begin = 0; begin < gone_.size(); begin += kRepairedAtOnce) {
        const auto first = gone_.begin() + static_cast<std::ptrdiff_t>(begin);
        const auto last = gone_.begin() + static_cast<std::ptrdiff_t>(
                                              std::min(begin + kRepairedAtOnce, gone_.size()));
        MB_TRY_STATUS(reader_.remove({first, last}, deadline()));
    }
    std::sort(to_mend_.begin(), to_mend_.end());
    for (const triggers::Checkpoint& checkpoint : context_.checkpoints) {
        const auto shard = context_.log.find_shard(checkpoint.shard.number());
        if (shard && !checkpoint.finished) {
            MB_TRY_STATUS(mend_shard(checkpoint, *shard));
        }
    }
    return {};
}

Status Comparer::mend_shard(const triggers::Checkpoint& checkpoint, const shardlog::Shard& shard) {
    triggers::BatchBuilder rows = builder(checkpoint.shard.to_string());
    for (const std::string& row_key : to_mend_) {
        const std::uint64_t hash = shardlog::partition_hash(row_key);
        if (hash < shard.hashes.first || hash > shard.hashes.last) {
            continue;
        }
        MB_TRY(const ImagePage page, context_.image.read({.first_hash = hash,
                                                          .last_hash = hash,
                                                          .from = row_key,
                                                          .begin = shardlog::ImageRange::Begin::At,
                                                          .rows_max = 1}));
        for (const ImageRow& row : page.rows) {
            if (row.row_key == row_key) {
                rows.add(record_of(row, context_.image.as_of(), context_.clock.wall()));
            }
        }
        if (rows.records().size() >= kRepairedAtOnce) {
            MB_TRY_STATUS(deliver(rows, checkpoint));
        }
    }
    return rows.records().empty() ? Status{} : deliver(rows, checkpoint);
}

Status Comparer::deliver(triggers::BatchBuilder& rows, const triggers::Checkpoint& checkpoint) {
    sinks::Batch batch = *rows.build("repair", {}, {}).batch;
    batch.content = sinks::Content::Rows;
    std::string& position = positions_[batch.shard_id];
    if (position.empty()) {
        position = checkpoint.told;
    }
    if (position.empty()) {
        position = triggers::position_text(checkpoint);
    }
    respell(position);
    batch.position = position;
    const auto outcome = context_.sink.deliver(batch, context_.clock.instant() + kRepairDeadline);
    return outcome.kind == sinks::Outcome::Kind::Delivered
               ? Status{}
               : Status(tl::unexpected<base::Error>(outcome.error));
}

}  // namespace millbeck::runtime
