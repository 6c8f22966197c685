#include "shardlog/frame_walk.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "shardlog/segment_reader.hpp"

namespace millbeck::shardlog {

using base::Code;
using base::Result;

namespace {

constexpr std::uint64_t kWindowBytes = 4U << 20U;

}  // namespace

Result<FrameWalk> FrameWalk::begin(base::File& file, SequenceNumber first) {
    MB_TRY(const SegmentHeader header, read_segment_header(file, first));
    MB_TRY(const std::uint64_t bytes, file.size());
    return FrameWalk(file, bytes, header);
}

Result<std::string_view> FrameWalk::window(std::uint64_t offset, std::uint64_t bytes) {
    const std::uint64_t wanted = std::min(bytes, file_bytes_ - std::min(offset, file_bytes_));
    const bool is_there =
        offset >= buffer_offset_ && offset + wanted <= buffer_offset_ + buffer_.size();
    if (!is_there) {
        buffer_.resize(std::min(std::max(wanted, kWindowBytes), file_bytes_ - offset));
        buffer_offset_ = offset;
        auto read = file_->read_at(offset, buffer_);
        buffer_.resize(read.value_or(std::size_t{0}));
        if (!read) {
            return tl::unexpected<base::Error>(std::move(read).error());
        }
    }
    return std::string_view(buffer_).substr(offset - buffer_offset_, wanted);
}

Result<FrameView> FrameWalk::next() {
    MB_TRY(const std::string_view head, window(end_.offset, sizeof(FrameHeader)));
    const std::optional<FrameHeader> header = peek_frame(head, 0);
    if (!header) {
        return base::fail(Code::Corrupt, fmt::format("the file ends where position {} is expected",
                                                     end_.next.to_string()));
    }
    if (header->first != end_.next.position()) {
        return base::fail(Code::Corrupt, fmt::format("position {} is expected, {} stands there",
                                                     end_.next.to_string(),
                                                     SequenceNumber{header->first}.to_string()));
    }
    if (header->link != end_.link || header->epoch < end_.epoch) {
        return base::fail(Code::Corrupt, "the frame was written behind another one");
    }
    MB_TRY(const std::string_view bytes,
           window(end_.offset, sizeof(FrameHeader) + header->payload_bytes));
    const std::optional<FrameView> frame = FrameView::parse(bytes, 0);
    if (!frame) {
        return base::fail(Code::Corrupt, "the frame's checksum does not match");
    }
    end_.offset += frame->bytes();
    end_.next = frame->last().next();
    end_.link = link_of(frame->header().checksum);
    end_.epoch = frame->header().epoch;
    return *frame;
}

}  // namespace millbeck::shardlog
