#include "triggers/in_hand.hpp"

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

void InHand::bisect() {
    const BatchInHand whole = std::move(parts_.back());
    parts_.pop_back();
    retry_ = {};
    const std::size_t middle = (whole.records.size() + 1) / 2;
    parts_.push_back(slice(whole, middle, whole.records.size(), base::make_uuid(random_)));
    parts_.push_back(slice(whole, 0, middle, base::make_uuid(random_)));
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
