#include "triggers/batch_builder.hpp"

#include <string_view>
#include <utility>

namespace millbeck::triggers {

using shardlog::SequenceNumber;

namespace {

sinks::Event event_of(shardlog::EventName event) {
    switch (event) {
        case shardlog::EventName::Insert:
            return sinks::Event::Insert;
        case shardlog::EventName::Modify:
            return sinks::Event::Modify;
        case shardlog::EventName::Remove:
            break;
    }
    return sinks::Event::Remove;
}

}  // namespace

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
    const auto parts = shardlog::append_record_json(text_, record, context());
    place.end = text_.size();
    place.new_image = parts.new_image;
    place.new_image_bytes = parts.new_image == 0 ? 0 : record.new_image.text.size();
    place.old_image = parts.old_image;
    place.old_image_bytes = parts.old_image == 0 ? 0 : record.old_image.text.size();
    place.milliseconds = base::to_millis(record.time);
    place.event = event_of(record.event);
    place.is_expiry = record.origin == shardlog::Origin::TimeToLive;
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
    batch->table = origin_.table;
    batch->generation = origin_.generation;
    batch->messages.reserve(places_.size());
    const std::string_view text = *memory;
    for (const Place& place : places_) {
        batch->messages.push_back(message_of(text, place));
        batch->payload_bytes += place.end - place.record_begin;
    }
    batch->memory = std::move(memory);
    places_.clear();
    text_ = std::string();
    return {std::move(batch), std::exchange(records_, {}), from, next};
}

sinks::Message BatchBuilder::message_of(std::string_view text, const Place& place) {
    sinks::Message message;
    message.id = text.substr(place.id_begin, place.key_begin - place.id_begin);
    message.key = text.substr(place.key_begin, place.record_begin - place.key_begin);
    message.record = text.substr(place.record_begin, place.end - place.record_begin);
    message.new_image = message.record.substr(place.new_image, place.new_image_bytes);
    message.old_image = message.record.substr(place.old_image, place.old_image_bytes);
    message.milliseconds = place.milliseconds;
    message.event = place.event;
    message.is_expiry = place.is_expiry;
    return message;
}

BatchInHand slice(const BatchInHand& whole, std::size_t begin, std::size_t end,
                  std::string request_id) {
    MB_CHECK(begin < end && end <= whole.records.size(), "a slice holds at least one record");
    auto batch = std::make_shared<sinks::Batch>();
    batch->request_id = std::move(request_id);
    batch->trigger = whole.batch->trigger;
    batch->shard_id = whole.batch->shard_id;
    batch->table = whole.batch->table;
    batch->generation = whole.batch->generation;
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
