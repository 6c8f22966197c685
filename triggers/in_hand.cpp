#include "triggers/in_hand.hpp"

#include <iterator>
#include <utility>

namespace millbeck::triggers {

void InHand::take(BatchInHand batch) {
    MB_CHECK(empty(), "one batch at a time is in hand");
    parts_.push_back(std::move(batch));
    retry_ = {};
}

shardlog::SequenceNumber InHand::drop_front(std::size_t count) {
    BatchInHand whole = std::move(parts_.back());
    parts_.pop_back();
    retry_ = {};
    if (count == whole.records.size()) {
        return whole.next;
    }
    parts_.push_back(slice(whole, count, whole.records.size(), base::make_uuid(random_)));
    return current().from;
}

void InHand::give_position(std::string position) {
    auto batch = std::make_shared<sinks::Batch>(*current().batch);
    batch->position = std::move(position);
    parts_.back().batch = std::move(batch);
}

void InHand::bisect() {
    const BatchInHand whole = std::move(parts_.back());
    parts_.pop_back();
    retry_ = {};
    const std::size_t middle = (whole.records.size() + 1) / 2;
    parts_.push_back(slice(whole, middle, whole.records.size(), base::make_uuid(random_)));
    parts_.push_back(slice(whole, 0, middle, base::make_uuid(random_)));
}

BatchInHand InHand::without(const BatchInHand& part, const std::string& key,
                            std::vector<ParkedRecord>& removed) {
    BatchInHand rest{.batch = part.batch, .records = {}, .from = part.from, .next = part.next};
    auto batch = std::make_shared<sinks::Batch>(*part.batch);
    batch->messages.clear();
    batch->payload_bytes = 0;
    for (std::size_t i = 0; i < part.records.size(); ++i) {
        const sinks::Message& message = part.batch->messages[i];
        if (message.key == key) {
            removed.push_back({.key = key,
                               .sequence = part.records[i].sequence,
                               .time = part.records[i].time,
                               .record = std::string(message.record)});
        } else {
            batch->messages.push_back(message);
            batch->payload_bytes += message.record.size();
            rest.records.push_back(part.records[i]);
        }
    }
    if (rest.records.size() < part.records.size()) {
        batch->request_id = base::make_uuid(random_);
        rest.batch = std::move(batch);
    }
    return rest;
}

// Parts lie in reverse: the next one last.
InHand::Removed InHand::remove_key(const std::string& key) {
    Removed removed{.records = {}, .to = parts_.back().from};
    std::vector<BatchInHand> kept;  // in order
    retry_ = {};
    for (auto part = parts_.rbegin(); part != parts_.rend(); ++part) {
        BatchInHand rest = without(*part, key, removed.records);
        if (!rest.records.empty()) {
            if (kept.empty()) {
                removed.to = rest.records.front().sequence;
                rest.from = removed.to;
            }
            kept.push_back(std::move(rest));
        } else if (kept.empty()) {
            removed.to = part->next;
        } else {
            kept.back().next = part->next;
        }
    }
    parts_.assign(std::make_move_iterator(kept.rbegin()), std::make_move_iterator(kept.rend()));
    return removed;
}

void InHand::give_members(std::string members) {
    BatchInHand& batch = parts_.back();
    if (batch.batch->members.empty()) {
        auto dressed = std::make_shared<sinks::Batch>(*batch.batch);
        dressed->members = std::move(members);
        batch.batch = std::move(dressed);
    }
}

BatchInHand InHand::front(std::size_t count) const {
    return count == size() ? current() : slice(current(), 0, count, current().batch->request_id);
}

}  // namespace millbeck::triggers
