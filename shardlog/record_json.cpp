#include "shardlog/record_json.hpp"

#include <array>
#include <charconv>

#include <xxhash.h>

namespace millbeck::shardlog {
namespace {

// Everything append_record_json writes that is not borrowed text: names, numbers, punctuation.
constexpr std::size_t kFixedBytesMax = 640;

constexpr std::string_view kHex = "0123456789abcdef";

void append_integer(std::string& out, std::int64_t value) {
    std::array<char, 24> text{};
    const auto written = std::to_chars(text.data(), text.data() + text.size(), value);
    out.append(text.data(), static_cast<std::size_t>(written.ptr - text.data()));
}

char* append_hex(char* out, std::uint64_t value) {
    for (int shift = 60; shift >= 0; shift -= 4) {
        *out++ = kHex[(value >> shift) & 0x0F];
    }
    return out;
}

std::string_view event_text(EventName name) {
    switch (name) {
        case EventName::Insert:
            return R"(","eventName":"INSERT")";
        case EventName::Modify:
            return R"(","eventName":"MODIFY")";
        case EventName::Remove:
            break;
    }
    return R"(","eventName":"REMOVE")";
}

// Source: API_streams_Identity (the wire) and aws-lambda-go's sample events (the handler).
std::string_view user_identity_text(RecordFlavour flavour) {
    return flavour == RecordFlavour::Streams
               ? R"(,"userIdentity":{"PrincipalId":"dynamodb.amazonaws.com","Type":"Service"})"
               : R"(,"userIdentity":{"type":"Service","principalId":"dynamodb.amazonaws.com"})";
}

void append_envelope(std::string& out, const RecordView& record, const RecordContext& context) {
    out.append(R"({"eventID":")");
    append_event_id(out, context.stream_arn, record.sequence);
    out.append(event_text(record.event));
    out.append(R"(,"eventVersion":")").append(kEventVersion);
    out.append(R"(","eventSource":")").append(kEventSource);
    out.append(R"(","awsRegion":")");
    out.append(context.region);
    out.push_back('"');
    if (record.origin == Origin::TimeToLive) {
        out.append(user_identity_text(context.flavour));
    }
}

ImagePlaces append_change(std::string& out, const RecordView& record,
                          const RecordContext& context) {
    ImagePlaces places;
    out.append(R"(,"dynamodb":{"ApproximateCreationDateTime":)");
    append_integer(out, creation_seconds(record));
    if (context.flavour == RecordFlavour::Lambda) {
        out.append(".0");
    }
    out.append(R"(,"Keys":)");
    out.append(record.keys.text);
    if (shows_new_image(record, context.view_type)) {
        out.append(R"(,"NewImage":)");
        places.new_image = out.size();
        out.append(record.new_image.text);
    }
    if (shows_old_image(record, context.view_type)) {
        out.append(R"(,"OldImage":)");
        places.old_image = out.size();
        out.append(record.old_image.text);
    }
    out.append(R"(,"SequenceNumber":")");
    record.sequence.append_to(out);
    out.append(R"(","SizeBytes":)");
    append_integer(out, static_cast<std::int64_t>(shown_size_bytes(record, context.view_type)));
    out.append(R"(,"StreamViewType":")");
    out.append(to_string(context.view_type));
    out.append("\"}");
    return places;
}

}  // namespace

bool shows_new_image(const RecordView& record, StreamViewType view_type) {
    return record.new_image.present() &&
           (view_type == StreamViewType::NewImage || view_type == StreamViewType::NewAndOldImages);
}

bool shows_old_image(const RecordView& record, StreamViewType view_type) {
    return record.old_image.present() &&
           (view_type == StreamViewType::OldImage || view_type == StreamViewType::NewAndOldImages);
}

std::uint64_t shown_size_bytes(const RecordView& record, StreamViewType view_type) {
    std::uint64_t size_bytes = record.keys.size_bytes;
    size_bytes += shows_new_image(record, view_type) ? record.new_image.size_bytes : 0;
    size_bytes += shows_old_image(record, view_type) ? record.old_image.size_bytes : 0;
    return size_bytes;
}

std::int64_t creation_seconds(const RecordView& record) {
    return std::chrono::floor<std::chrono::seconds>(record.time).time_since_epoch().count();
}

void append_event_id(std::string& out, std::string_view stream_arn, SequenceNumber sequence) {
    const XXH128_hash_t stream = XXH3_128bits(stream_arn.data(), stream_arn.size());
    const std::array<std::uint64_t, 3> identified{stream.high64, stream.low64, sequence.position()};
    const XXH128_hash_t id = XXH3_128bits(identified.data(), sizeof identified);
    std::array<char, 32> text{};
    append_hex(append_hex(text.data(), id.high64), id.low64);
    out.append(text.data(), text.size());
}

ImagePlaces append_record_json(std::string& out, const RecordView& record,
                               const RecordContext& context) {
    const std::size_t begin = out.size();
    append_envelope(out, record, context);
    ImagePlaces places = append_change(out, record, context);
    places.new_image -= places.new_image == 0 ? 0 : begin;
    places.old_image -= places.old_image == 0 ? 0 : begin;
    if (context.flavour == RecordFlavour::Lambda) {
        out.append(R"(,"eventSourceARN":")");
        out.append(context.stream_arn);
        out.push_back('"');
    }
    out.push_back('}');
    return places;
}

std::size_t record_json_size_max(const RecordView& record, const RecordContext& context) {
    std::size_t size = kFixedBytesMax + context.region.size() + record.keys.text.size();
    if (shows_new_image(record, context.view_type)) {
        size += record.new_image.text.size();
    }
    if (shows_old_image(record, context.view_type)) {
        size += record.old_image.text.size();
    }
    return size + (context.flavour == RecordFlavour::Lambda ? context.stream_arn.size() : 0);
}

}  // namespace millbeck::shardlog
