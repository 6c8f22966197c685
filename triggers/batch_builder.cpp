#include "triggers/batch_builder.hpp"

#include <string_view>
#include <utility>

namespace millbeck::triggers {

using shardlog::SequenceNumber;

std::size_t BatchBuilder::add(const shardlog::RecordView& record) {
    const shardlog::RecordContext context{.region = origin_.region,
                                          .stream_arn = origin_.stream_arn,
                                          .view_type = origin_.view_type,
                                          .flavour = shardlog::RecordFlavour::Lambda};
    if (places_.empty()) {
        text_.reserve(bytes_hint_);
    }
    Place place{};
    place.id_begin = text_.size();
    record.sequence.append_to(text_);
    place.key_begin = text_.size();
    text_ += record.keys.text;
    place.record_begin = text_.size();
    shardlog::append_record_json(text_, record, context);
    place.end = text_.size();
    places_.push_back(place);
    records_.push_back({record.sequence, record.time});
    return place.end - place.record_begin;
}

void BatchBuilder::undo() {
    text_.resize(places_.back().id_begin);
    places_.pop_back();
    records_.pop_back();
}

BatchInHand BatchBuilder::build(std::string request_id, SequenceNumber from, SequenceNumber next) {
    MB_CHECK(!places_.empty(), "a batch holds at least one record");
    bytes_hint_ = text_.size();
    auto memory = std::make_shared<const std::string>(std::move(text_));
    auto batch = std::make_shared<sinks::Batch>();
    batch->request_id = std::move(request_id);
    batch->trigger = origin_.trigger;
    batch->shard_id = origin_.shard_id;
    batch->messages.reserve(places_.size());
    const std::string_view text = *memory;
    for (const Place& place : places_) {
        batch->messages.push_back(
            {.id = text.substr(place.id_begin, place.key_begin - place.id_begin),
             .key = text.substr(place.key_begin, place.record_begin - place.key_begin),
             .record = text.substr(place.record_begin, place.end - place.record_begin)});
        batch->payload_bytes += place.end - place.record_begin;
    }
    batch->memory = std::move(memory);
    places_.clear();
    text_ = std::string();
    return {std::move(batch), std::exchange(records_, {}), from, next};
}

BatchInHand without_front(const BatchInHand& whole, std::size_t count, std::string request_id) {
    MB_CHECK(count < whole.records.size(), "something must remain of the batch");
    auto batch = std::make_shared<sinks::Batch>();
    batch->request_id = std::move(request_id);
    batch->trigger = whole.batch->trigger;
    batch->shard_id = whole.batch->shard_id;
    const auto skip = static_cast<std::ptrdiff_t>(count);
    batch->messages.assign(whole.batch->messages.begin() + skip, whole.batch->messages.end());
    batch->memory = whole.batch->memory;
    for (const sinks::Message& message : batch->messages) {
        batch->payload_bytes += message.record.size();
    }
    std::vector<RecordMark> records(whole.records.begin() + skip, whole.records.end());
    const SequenceNumber from = records.front().sequence;
    return {std::move(batch), std::move(records), from, whole.next};
}

}  // namespace millbeck::triggers
