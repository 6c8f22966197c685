#include "triggers/parked_delivery.hpp"

#include <utility>
#include <vector>

#include "triggers/retry_policy.hpp"

namespace millbeck::triggers {

namespace {

struct Texts {
    std::vector<ParkedRecord> records;
    std::vector<std::string> ids;
};

std::shared_ptr<const sinks::Batch> batch_of(WishedFor wished, const std::string& trigger,
                                             std::string shard, std::string request_id) {
    auto texts = std::make_shared<Texts>();
    texts->records = std::move(wished.records);
    texts->ids.reserve(texts->records.size());
    auto batch = std::make_shared<sinks::Batch>();
    batch->request_id = std::move(request_id);
    batch->trigger = trigger;
    batch->shard_id = std::move(shard);
    for (const ParkedRecord& record : texts->records) {
        texts->ids.push_back(record.sequence.to_string());
        batch->messages.push_back(
            {.id = texts->ids.back(), .key = record.key, .record = record.record});
        batch->payload_bytes += record.record.size();
    }
    batch->memory = std::move(texts);
    return batch;
}

}  // namespace

ParkedDelivery::ParkedDelivery(ParkingLot* lot, base::Random& random, const TriggerSpec& spec,
                               std::optional<shardlog::Shard> shard, Lane lane)
    : lot_(lot),
      random_(random),
      trigger_id_(spec.id),
      trigger_(spec.name),
      records_max_(spec.batch_size),
      bytes_max_(spec.batch_bytes_max),
      shard_(std::move(shard)),
      lane_(lane),
      keys_(lot != nullptr ? lot->keys_of(spec.id) : nullptr) {}

bool ParkedDelivery::is_ours(std::uint64_t hash) const {
    return shard_ && shard_->hashes.first <= hash && hash <= shard_->hashes.last &&
           hash % lane_.count == lane_.number;
}

base::Result<std::shared_ptr<const sinks::Batch>> ParkedDelivery::next() {
    for (;;) {
        MB_TRY(auto wished, lot_->next_wish(
                                trigger_id_, [this](std::uint64_t hash) { return is_ours(hash); },
                                records_max_, bytes_max_));
        if (!wished) {
            return std::shared_ptr<const sinks::Batch>{};
        }
        if (wished->records.empty()) {
            MB_TRY_STATUS(lot_->settled(wished->key, shardlog::SequenceNumber::max()));
            continue;
        }
        Out out{.key = wished->key, .through = wished->records.back().sequence, .batch = nullptr};
        out.batch = batch_of(std::move(*wished), trigger_, shard_->id.to_string(),
                             base::make_uuid(random_));
        out_ = std::move(out);
        return out_->batch;
    }
}

base::Status ParkedDelivery::answered(const sinks::Outcome& outcome) {
    using Kind = sinks::Outcome::Kind;
    const Out out = std::move(*out_);
    out_.reset();
    if (outcome.kind == Kind::NotInvoked) {
        return {};
    }
    if (outcome.kind == Kind::Delivered) {
        return lot_->settled(out.key, out.through);
    }
    const auto accepted =
        outcome.kind == Kind::PartlyFailed ? delivered_prefix(*out.batch, outcome) : std::nullopt;
    if (accepted.value_or(0) > 0) {
        MB_TRY(const auto last,
               shardlog::SequenceNumber::parse(std::string(out.batch->messages[*accepted - 1].id)));
        MB_TRY_STATUS(lot_->settled(out.key, last));
    }
    return lot_->failed(out.key, outcome.error.message.empty() ? "the target did not take it"
                                                               : outcome.error.message);
}

}  // namespace millbeck::triggers
