#include "triggers/batch_builder.hpp"

#include <string_view>
#include <utility>

namespace millbeck::triggers {

using shardlog::SequenceNumber;

shardlog::RecordContext BatchBuilder::context() const {
    return {.region = origin_.region,
            .stream_arn = origin_.stream_arn,
            .view_type = origin_.view_type,
            .flavour = shardlog::RecordFlavour::Lambda};
}

std::string BatchBuilder::text_of(const shardlog::RecordView& record) const {
    std::string text;
    shardlog::append_record_json(text, record, context());
    return text;
}

std::size_t BatchBuilder::add(const shardlog::RecordView& record) {
    if (places_.empty()) {
        text_.reserve(bytes_hint_);
    }
    Place place{};
    place.id_begin = text_.size();
    record.sequence.append_to(text_);
    place.key_begin = text_.size();
    text_ += record.keys.text;
    place.record_begin = text_.size();
    shardlog::append_record_json(text_, record, context());
    place.end = text_.size();
    places_.push_back(place);
    const bool has_key = record.row_key.size() >= sizeof(std::uint64_t);
    records_.push_back(
        {record.sequence, record.time, has_key ? shardlog::partition_hash(record.row_key) : 0});
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

BatchInHand slice(const BatchInHand& whole, std::size_t begin, std::size_t end,
                  std::string request_id) {
    MB_CHECK(begin < end && end <= whole.records.size(), "a slice holds at least one record");
    auto batch = std::make_shared<sinks::Batch>();
    batch->request_id = std::move(request_id);
    batch->trigger = whole.batch->trigger;
    batch->shard_id = whole.batch->shard_id;
    const auto from = static_cast<std::ptrdiff_t>(begin);
    const auto to = static_cast<std::ptrdiff_t>(end);
    const auto& messages = whole.batch->messages;
    batch->messages.assign(messages.begin() + from, messages.begin() + to);
    batch->memory = whole.batch->memory;
    for (const sinks::Message& message : batch->messages) {
        batch->payload_bytes += message.record.size();
    }
    std::vector<RecordMark> records(whole.records.begin() + from, whole.records.begin() + to);
    const bool is_last = end == whole.records.size();
    return {.batch = std::move(batch),
            .records = std::move(records),
            .from = begin == 0 ? whole.from : whole.records[begin].sequence,
            .next = is_last ? whole.next : whole.records[end].sequence};
}

}  // namespace millbeck::triggers
