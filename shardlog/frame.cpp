#include "shardlog/frame.hpp"

#include <cstring>

#include <xxhash.h>

#include "base/result.hpp"

namespace millbeck::shardlog {
namespace {

constexpr std::uint64_t padded(std::uint64_t bytes) {
    return (bytes + 7) & ~std::uint64_t{7};
}

std::uint64_t record_bytes(const RecordDraft& record) {
    return padded(sizeof(RecordHeader) + record.row_key.size() + record.keys.text.size() +
                  record.new_image.text.size() + record.old_image.text.size());
}

std::uint32_t u32(std::uint64_t value) {
    return static_cast<std::uint32_t>(value);
}

std::uint64_t checksum_of(std::string_view frame) {
    constexpr std::size_t kAfterChecksum = sizeof(std::uint64_t);
    return XXH3_64bits(frame.data() + kAfterChecksum, frame.size() - kAfterChecksum);
}

// Copies a header out of mapped bytes, which need not be aligned for it.
template <typename Header>
std::optional<Header> load(std::string_view bytes, std::uint64_t offset) {
    if (offset > bytes.size() || bytes.size() - offset < sizeof(Header)) {
        return std::nullopt;
    }
    Header header;
    std::memcpy(&header, bytes.data() + offset, sizeof(Header));
    return header;
}

template <typename Header>
std::string_view bytes_of(const Header& header) {
    return {reinterpret_cast<const char*>(&header), sizeof(Header)};
}

RecordHeader make_header(const RecordDraft& record, ShardNumber shard) {
    return RecordHeader{.bytes = u32(record_bytes(record)),
                        .table = record.table.value(),
                        .stream = record.stream.value(),
                        .shard = shard.value(),
                        .keys_bytes = u32(record.keys.text.size()),
                        .new_bytes = u32(record.new_image.text.size()),
                        .old_bytes = u32(record.old_image.text.size()),
                        .keys_size = record.keys.size_bytes,
                        .new_size = record.new_image.size_bytes,
                        .old_size = record.old_image.size_bytes,
                        .row_key_bytes = static_cast<std::uint16_t>(record.row_key.size()),
                        .event = static_cast<std::uint8_t>(record.event),
                        .origin = static_cast<std::uint8_t>(record.origin)};
}

}  // namespace

std::uint64_t frame_bytes(std::span<const RecordDraft> records) {
    std::uint64_t bytes = sizeof(FrameHeader);
    for (const RecordDraft& record : records) {
        bytes += record_bytes(record);
    }
    return bytes;
}

std::uint64_t encode_frame(std::string& out, std::span<const RecordDraft> records,
                           std::span<const ShardNumber> shards, const FrameStamp& stamp,
                           std::uint64_t frame_offset, std::vector<RecordPlace>& places) {
    MB_CHECK(!records.empty() && records.size() == shards.size(), "a frame needs its records");
    const std::size_t start = out.size();
    FrameHeader header{.epoch = stamp.epoch,
                       .first = stamp.first.position(),
                       .time_ms = base::to_millis(stamp.time),
                       .records = u32(records.size()),
                       .link = stamp.link};
    out.append(bytes_of(header));
    for (std::size_t i = 0; i < records.size(); ++i) {
        const RecordDraft& record = records[i];
        MB_CHECK(
            record.row_key.size() >= kRowKeyBytesMin && record.row_key.size() <= kRowKeyBytesMax,
            "a row key has 9 to 4096 bytes");
        const std::size_t distance = out.size() - start;
        RecordHeader own = make_header(record, shards[i]);
        own.frame_distance = u32(distance);
        own.ordinal = u32(i);
        out.append(bytes_of(own)).append(record.row_key).append(record.keys.text);
        out.append(record.new_image.text).append(record.old_image.text);
        out.append(start + distance + own.bytes - out.size(), '\0');
        if (shards[i].value() != 0) {
            places.push_back({shards[i].value(), u32(frame_offset + distance), header.first + i});
        }
    }
    header.payload_bytes = u32(out.size() - start - sizeof(FrameHeader));
    std::memcpy(out.data() + start, &header, sizeof(header));
    header.checksum = checksum_of(std::string_view(out).substr(start));
    std::memcpy(out.data() + start, &header.checksum, sizeof(header.checksum));
    return header.checksum;
}

std::optional<FrameView> FrameView::parse(std::string_view segment, std::uint64_t offset) {
    const std::optional<FrameHeader> header = peek_frame(segment, offset);
    if (!header || header->records == 0) {
        return std::nullopt;
    }
    const std::string_view rest = segment.substr(offset);
    if (rest.size() - sizeof(FrameHeader) < header->payload_bytes ||
        header->payload_bytes / sizeof(RecordHeader) < header->records) {
        return std::nullopt;
    }
    const std::string_view bytes = rest.substr(0, sizeof(FrameHeader) + header->payload_bytes);
    if (checksum_of(bytes) != header->checksum) {
        return std::nullopt;
    }
    return FrameView(*header, bytes);
}

std::optional<RecordView> FrameView::record_at(std::uint64_t offset) const {
    const std::optional<RecordHeader> header = load<RecordHeader>(bytes_, offset);
    if (!header || offset < sizeof(FrameHeader) || header->bytes > bytes_.size() - offset ||
        header->frame_distance != offset || header->ordinal >= header_.records) {
        return std::nullopt;
    }
    const std::uint64_t needed = std::uint64_t{header->row_key_bytes} + header->keys_bytes +
                                 header->new_bytes + header->old_bytes + sizeof(RecordHeader);
    if (header->bytes != padded(needed) || header->event < 1 || header->event > 3 ||
        header->origin > 1) {
        return std::nullopt;
    }
    const char* at = bytes_.data() + offset + sizeof(RecordHeader);
    const auto take = [&at](std::uint32_t bytes) {
        const std::string_view text(at, bytes);
        at += bytes;
        return text;
    };
    RecordView view;
    view.sequence = SequenceNumber{header_.first + header->ordinal};
    view.time = base::WallTime{base::Milliseconds{header_.time_ms}};
    view.table = TableId{header->table};
    view.stream = StreamId{header->stream};
    view.shard = ShardNumber{header->shard};
    view.event = static_cast<EventName>(header->event);
    view.origin = static_cast<Origin>(header->origin);
    view.row_key = take(header->row_key_bytes);
    view.keys = {take(header->keys_bytes), header->keys_size};
    view.new_image = {take(header->new_bytes), header->new_size};
    view.old_image = {take(header->old_bytes), header->old_size};
    return view;
}

std::uint64_t FrameView::after(std::uint64_t offset) const {
    return offset + load<RecordHeader>(bytes_, offset)->bytes;
}

bool FrameView::decode(std::vector<RecordView>& out) const {
    out.clear();
    std::uint64_t offset = sizeof(FrameHeader);
    for (std::uint32_t ordinal = 0; ordinal < header_.records; ++ordinal) {
        const std::optional<RecordView> record = record_at(offset);
        if (!record || record->sequence.position() != header_.first + ordinal) {
            return false;
        }
        out.push_back(*record);
        offset = after(offset);
    }
    return offset == bytes_.size();
}

std::optional<RecordHeader> peek_record(std::string_view segment, std::uint64_t offset) {
    return load<RecordHeader>(segment, offset);
}

std::optional<FrameHeader> peek_frame(std::string_view segment, std::uint64_t offset) {
    return load<FrameHeader>(segment, offset);
}

}  // namespace millbeck::shardlog
