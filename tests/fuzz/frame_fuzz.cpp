// Frames of the log: no bytes, also with a checksum that matches, make the decoder read outside
// them, and what it hands out lies inside.
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <xxhash.h>

#include "base/result.hpp"
#include "shardlog/frame.hpp"
#include "tests/fuzz/fuzz_targets.hpp"

namespace millbeck::fuzz {
namespace {

using shardlog::FrameHeader;
using shardlog::FrameView;
using shardlog::RecordView;

void check_inside(std::string_view segment, std::string_view part) {
    MB_CHECK(part.data() >= segment.data() &&
                 part.data() + part.size() <= segment.data() + segment.size(),
             "a record borrows only bytes of its segment");
}

void check_record(std::string_view segment, const RecordView& record) {
    check_inside(segment, record.row_key);
    check_inside(segment, record.keys.text);
    check_inside(segment, record.new_image.text);
    check_inside(segment, record.old_image.text);
}

void decode(std::string_view segment) {
    for (std::uint64_t offset = 0; offset <= segment.size() + 8; offset += 8) {
        [[maybe_unused]] const auto record_header = shardlog::peek_record(segment, offset);
        const auto frame = FrameView::parse(segment, offset);
        if (!frame) {
            continue;
        }
        std::vector<RecordView> records;
        const bool whole = frame->decode(records);
        MB_CHECK(!whole || records.size() == frame->header().records, "as many as it says");
        for (const RecordView& record : records) {
            check_record(segment, record);
        }
        for (std::uint64_t at = 0; at <= frame->bytes(); ++at) {
            if (const auto record = frame->record_at(at)) {
                check_record(segment, *record);
                MB_CHECK(frame->after(at) > at, "the next record is further on");
            }
        }
    }
}

// The same bytes as a frame whose length and checksum are right: past the first gate.
void seal(std::string& bytes) {
    if (bytes.size() < sizeof(FrameHeader)) {
        return;
    }
    FrameHeader header;
    std::memcpy(&header, bytes.data(), sizeof header);
    header.payload_bytes = static_cast<std::uint32_t>(bytes.size() - sizeof header);
    std::memcpy(bytes.data(), &header, sizeof header);
    constexpr std::size_t kChecksumBytes = sizeof header.checksum;
    header.checksum = XXH3_64bits(bytes.data() + kChecksumBytes, bytes.size() - kChecksumBytes);
    std::memcpy(bytes.data(), &header, sizeof header);
}

// In memory of exactly its size, so that the sanitizer sees one byte too far.
void decode_exactly(std::string_view bytes) {
    const std::vector<char> copy(bytes.begin(), bytes.end());
    decode({copy.data(), copy.size()});
}

}  // namespace

int fuzz_frame(const std::uint8_t* data, std::size_t size) {
    constexpr std::size_t kBytesMax = 4096;  // the walk above is quadratic
    std::string bytes(reinterpret_cast<const char*>(data), std::min(size, kBytesMax));
    decode_exactly(bytes);
    seal(bytes);
    decode_exactly(bytes);
    return 0;
}

}  // namespace millbeck::fuzz
