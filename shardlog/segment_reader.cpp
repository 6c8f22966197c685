#include "shardlog/segment_reader.hpp"

#include <algorithm>
#include <string>

#include <fmt/format.h>

#include "shardlog/log_files.hpp"

namespace millbeck::shardlog {
namespace {

using base::Code;
using base::fail;
using base::Result;
using base::Status;

constexpr std::uint64_t kCopyBytes = 1u << 20;

// Bytes behind the last whole frame that look like a write cut short: up to the first 4 KB that
// hold only zeros; in a recycled file, which has no zeros, the frame that begins there if it is
// one.
std::uint64_t count_torn(std::string_view bytes, const SegmentEnd& end, bool is_recycled) {
    if (is_recycled) {
        const std::optional<FrameHeader> next = peek_frame(bytes, end.offset);
        const std::uint64_t rest = bytes.size() - end.offset;
        return next && next->first == end.next.position()
                   ? std::min(rest, sizeof(FrameHeader) + next->payload_bytes)
                   : 0;
    }
    constexpr std::size_t kBlockBytes = 4096;
    std::uint64_t torn = 0;
    for (std::uint64_t at = end.offset; at < bytes.size(); at += kBlockBytes) {
        const std::size_t last = bytes.substr(at, kBlockBytes).find_last_not_of('\0');
        if (last == std::string_view::npos) {
            break;
        }
        torn = at + last + 1 - end.offset;
    }
    return torn;
}

void extend(SegmentExtent& extent, const FrameView& frame, const SegmentEnd& end) {
    const std::int64_t time_ms = frame.header().time_ms;
    const bool is_first = extent.used_bytes == kSegmentHeaderBytes;
    extent.first_time_ms = is_first ? time_ms : extent.first_time_ms;
    extent.newest_time_ms = is_first ? time_ms : std::max(extent.newest_time_ms, time_ms);
    extent.last = frame.last();
    extent.used_bytes = end.offset;
}

}  // namespace

Result<SegmentHeader> read_segment_header(base::File& file, SequenceNumber first) {
    const std::string name = numbered_name(first.position(), kSegmentSuffix);
    std::string bytes(kSegmentHeaderBytes, '\0');
    MB_TRY(const std::size_t count, file.read_at(0, bytes));
    MB_TRY(const SegmentHeader header,
           parse_segment_header(std::string_view(bytes).substr(0, count), name));
    if (header.first != first) {
        return fail(Code::Corrupt,
                    fmt::format("segment {} carries the header of another: it starts at {}", name,
                                header.first.to_string()));
    }
    return header;
}

Result<ReadSegment> read_segment(base::FileSystem& files, const base::Path& folder,
                                 base::File& file, SequenceNumber first, SequenceNumber durable) {
    MB_TRY(const SegmentHeader header, read_segment_header(file, first));
    MB_TRY(const std::uint64_t size, file.size());
    MB_TRY(const auto mapping, file.map(size));
    const std::string_view bytes = mapping->bytes();
    auto index = std::make_shared<GrowingIndex>();
    ReadSegment read{.segment = std::make_shared<Segment>(files, folder, first, size, index),
                     .end = segment_start(header),
                     .unproven_offset = kSegmentHeaderBytes};
    SegmentExtent extent = read.segment->extent();
    for (;;) {
        const std::uint64_t offset = read.end.offset;
        const std::optional<FrameView> frame = next_frame(bytes, read.end);
        if (!frame) {
            break;
        }
        MB_TRY_STATUS(index_frame(*frame, offset, read.segment->name(), *index));
        extend(extent, *frame, read.end);
        if (frame->last() <= durable) {
            read.unproven_offset = read.end.offset;
        }
    }
    read.segment->publish(extent);
    read.torn_bytes = count_torn(bytes, read.end, header.is_recycled);
    return read;
}

Status make_durable(base::File& file, const ReadSegment& read) {
    for (std::uint64_t at = read.unproven_offset; at < read.end.offset;) {
        std::string copy(std::min(kCopyBytes, read.end.offset - at), '\0');
        MB_TRY(const std::size_t count, file.read_at(at, copy));
        if (count != copy.size()) {
            return fail(Code::Io, fmt::format("segment {}: read {} of {} bytes at offset {}",
                                              read.segment->name(), count, copy.size(), at));
        }
        MB_TRY_STATUS(file.write_at(at, copy));
        at += count;
    }
    return file.sync_data();
}

}  // namespace millbeck::shardlog
