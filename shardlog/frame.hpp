// One atomic commit in a segment; the only code that knows a frame's bytes. Little-endian.
// Frame:  checksum u64 (XXH3-64 of every byte after it), payload bytes u32, epoch u32, first
//         position u64, time i64 (ms), record count u32, link u32; then the payload: the records.
// Record: bytes u32 (all of it, a multiple of 8), distance back to its frame u32, ordinal in the
//         frame u32, table u32, stream u32, shard u32, text bytes of keys / new / old 3 x u32,
//         sizes of keys / new / old 3 x u32, row key bytes u16, event u8, origin u8; then row key,
//         keys, new, old, and zeros up to a multiple of 8.
// The link is the low half of the checksum of the frame before it in the segment (of the segment's
// header for the first frame): a frame counts only behind the very frame it was written behind.
#pragma once

#include <bit>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "shardlog/ids.hpp"
#include "shardlog/record.hpp"

namespace millbeck::shardlog {

static_assert(std::endian::native == std::endian::little, "the log is read without conversion");

struct FrameHeader {
    std::uint64_t checksum = 0;
    std::uint32_t payload_bytes = 0;
    std::uint32_t epoch = 0;
    std::uint64_t first = 0;
    std::int64_t time_ms = 0;
    std::uint32_t records = 0;
    std::uint32_t link = 0;
};
static_assert(sizeof(FrameHeader) == 40);

struct RecordHeader {
    std::uint32_t bytes = 0;
    std::uint32_t frame_distance = 0;
    std::uint32_t ordinal = 0;
    std::uint32_t table = 0;
    std::uint32_t stream = 0;
    std::uint32_t shard = 0;
    std::uint32_t keys_bytes = 0;
    std::uint32_t new_bytes = 0;
    std::uint32_t old_bytes = 0;
    std::uint32_t keys_size = 0;
    std::uint32_t new_size = 0;
    std::uint32_t old_size = 0;
    std::uint16_t row_key_bytes = 0;
    std::uint8_t event = 0;
    std::uint8_t origin = 0;
};
static_assert(sizeof(RecordHeader) == 52);

inline constexpr std::size_t kRowKeyBytesMin = 9;
inline constexpr std::size_t kRowKeyBytesMax = 4096;

// Low half of a checksum: what the next frame carries as its link.
inline std::uint32_t link_of(std::uint64_t checksum) {
    return static_cast<std::uint32_t>(checksum);
}

// What the writer knows about a frame besides its records.
struct FrameStamp {
    std::uint32_t epoch = 0;
    std::uint32_t link = 0;
    SequenceNumber first;
    base::WallTime time{};
};

// Where a record of a shard starts, from the start of its segment.
struct RecordPlace {
    std::uint32_t shard = 0;
    std::uint32_t offset = 0;
    std::uint64_t position = 0;
};

// Bytes of the frame that holds these records.
std::uint64_t frame_bytes(std::span<const RecordDraft> records);

// Appends the frame to `out`; returns its checksum. shards[i] is the shard of records[i], 0 for
// none; the places of those that have one are appended to `places`. `frame_offset` is where the
// frame will start in its segment. Requires: records not empty, frame_bytes() below 4 GB.
std::uint64_t encode_frame(std::string& out, std::span<const RecordDraft> records,
                           std::span<const ShardNumber> shards, const FrameStamp& stamp,
                           std::uint64_t frame_offset, std::vector<RecordPlace>& places);

// A whole frame with a matching checksum, borrowed from the bytes of its segment. Every length in
// it is checked against the frame's end, so bytes made by an attacker are safe to decode too.
class FrameView {
  public:
    // Absent: the frame does not lie within `segment`, or its checksum does not match.
    static std::optional<FrameView> parse(std::string_view segment, std::uint64_t offset);

    [[nodiscard]] const FrameHeader& header() const { return header_; }
    [[nodiscard]] std::uint64_t bytes() const { return bytes_.size(); }
    [[nodiscard]] SequenceNumber first() const { return SequenceNumber{header_.first}; }
    [[nodiscard]] SequenceNumber last() const {
        return SequenceNumber{header_.first + header_.records - 1};
    }

    // The record that starts `offset` bytes after the start of the frame. Absent: malformed.
    [[nodiscard]] std::optional<RecordView> record_at(std::uint64_t offset) const;

    // Where the record after the one at `offset` starts. Requires: record_at(offset) is present.
    [[nodiscard]] std::uint64_t after(std::uint64_t offset) const;

    // Replaces `out` with all records, in order. False: malformed.
    [[nodiscard]] bool decode(std::vector<RecordView>& out) const;

  private:
    FrameView(const FrameHeader& header, std::string_view bytes) : header_(header), bytes_(bytes) {}

    FrameHeader header_;
    std::string_view bytes_;
};

// The header of the record at `offset` of a segment, unchecked but for bounds. Absent: outside.
std::optional<RecordHeader> peek_record(std::string_view segment, std::uint64_t offset);

// The header of the frame at `offset` of a segment, unchecked but for bounds. Absent: outside.
std::optional<FrameHeader> peek_frame(std::string_view segment, std::uint64_t offset);

}  // namespace millbeck::shardlog
