#include "shardlog/segment.hpp"

#include <array>
#include <cstring>

#include <fmt/format.h>
#include <xxhash.h>

#include "shardlog/log_files.hpp"

namespace millbeck::shardlog {
namespace {

using base::Code;
using base::fail;
using base::Result;
using base::Status;

constexpr std::uint64_t kMagic = 0x474553'2d4b424d4dull;  // "MMBK-SEG"
constexpr std::uint16_t kVersion = 1;
constexpr std::uint16_t kFlagRecycled = 1;

struct FileHeader {
    std::uint64_t magic = kMagic;
    std::uint16_t version = kVersion;
    std::uint16_t flags = 0;
    std::uint32_t epoch = 0;
    std::uint64_t first = 0;
    std::uint32_t salt = 0;
    std::uint32_t zero = 0;
    std::array<std::uint64_t, 3> reserved{};
    std::uint64_t checksum = 0;
};
static_assert(sizeof(FileHeader) == kSegmentHeaderBytes);

std::uint64_t checksum_of(const FileHeader& header) {
    return XXH3_64bits(&header, sizeof(header) - sizeof(header.checksum));
}

}  // namespace

std::string encode_segment_header(SegmentHeader& header) {
    FileHeader bytes{.flags = header.is_recycled ? kFlagRecycled : std::uint16_t{0},
                     .epoch = header.epoch,
                     .first = header.first.position(),
                     .salt = header.salt};
    bytes.checksum = checksum_of(bytes);
    header.checksum = bytes.checksum;
    return {reinterpret_cast<const char*>(&bytes), sizeof(bytes)};
}

Result<SegmentHeader> parse_segment_header(std::string_view bytes, std::string_view name) {
    FileHeader header;
    if (bytes.size() < sizeof(header)) {
        return fail(Code::Corrupt, fmt::format("segment {} is shorter than its header", name));
    }
    std::memcpy(&header, bytes.data(), sizeof(header));
    if (header.magic != kMagic || header.checksum != checksum_of(header)) {
        return fail(Code::Corrupt, fmt::format("the header of segment {} is damaged", name));
    }
    if (header.version != kVersion || header.flags > kFlagRecycled) {
        return fail(Code::Corrupt,
                    fmt::format("segment {} has format {}.{}, made by a newer version of Millbeck",
                                name, header.version, header.flags));
    }
    return SegmentHeader{.epoch = header.epoch,
                         .first = SequenceNumber{header.first},
                         .salt = header.salt,
                         .is_recycled = header.flags == kFlagRecycled,
                         .checksum = header.checksum};
}

SegmentEnd segment_start(const SegmentHeader& header) {
    return {.next = header.first, .link = link_of(header.checksum), .epoch = header.epoch};
}

std::optional<FrameView> next_frame(std::string_view segment, SegmentEnd& end) {
    const std::optional<FrameHeader> header = peek_frame(segment, end.offset);
    if (!header || header->first != end.next.position() || header->link != end.link ||
        header->epoch < end.epoch) {
        return std::nullopt;
    }
    std::optional<FrameView> frame = FrameView::parse(segment, end.offset);
    if (frame) {
        end.offset += frame->bytes();
        end.next = frame->last().next();
        end.link = link_of(frame->header().checksum);
        end.epoch = frame->header().epoch;
    }
    return frame;
}

Segment::Segment(base::FileSystem& files, base::Path folder, SequenceNumber first,
                 std::uint64_t file_bytes, std::shared_ptr<GrowingIndex> index)
    : files_(files),
      folder_(std::move(folder)),
      first_(first),
      file_bytes_(file_bytes),
      last_(first.position() - 1),
      growing_(std::move(index)),
      index_(growing_),
      is_settled_(growing_ == nullptr) {
    extent_.last = last();
}

base::Path Segment::path() const {
    return segment_path(folder_, first_);
}

std::string Segment::name() const {
    return numbered_name(first_.position(), kSegmentSuffix);
}

SegmentExtent Segment::extent() const {
    const base::MutexLock lock(mutex_);
    return extent_;
}

void Segment::publish(const SegmentExtent& extent) {
    const base::MutexLock lock(mutex_);
    extent_ = extent;
    last_.store(extent.last.position());
}

Result<std::shared_ptr<const base::Mapping>> Segment::map_once() const {
    MB_TRY(const auto file, files_.open(path(), base::OpenMode::Read));
    for (;;) {
        const std::uint64_t bytes = file_bytes_.load();
        auto mapping = file->map(bytes);
        if (mapping || bytes == file_bytes_.load()) {
            return mapping;
        }
        // Shortened between the two lines: it will not be again.
    }
}

Result<std::shared_ptr<const base::Mapping>> Segment::map() {
    {
        const base::MutexLock lock(mutex_);
        is_used_ = true;
        if (mapping_ != nullptr) {
            return mapping_;
        }
    }
    MB_TRY(auto mapping, map_once());
    const base::MutexLock lock(mutex_);
    mapping_ = mapping;
    return mapping;
}

void Segment::rest() {
    std::shared_ptr<const base::Mapping> dropped;  // unmapped outside of the lock
    std::shared_ptr<const SegmentIndex> dropped_index;
    std::shared_ptr<const PastIndex> dropped_past;
    std::shared_ptr<GrowingPast> dropped_growing;
    const base::MutexLock lock(mutex_);
    if (!is_used_) {
        dropped.swap(mapping_);
        dropped_past.swap(past_);
        if (sealed()) {
            dropped_growing.swap(growing_past_);
        }
        if (is_settled_) {
            dropped_index.swap(index_);
        }
    }
    is_used_ = false;
}

void Segment::settle() {
    std::shared_ptr<const SegmentIndex> dropped;
    const base::MutexLock lock(mutex_);
    MB_CHECK(sealed(), "only a sealed segment's index goes to disk");
    is_settled_ = true;
    dropped.swap(index_);
    growing_.reset();
}

bool Segment::settled() const {
    const base::MutexLock lock(mutex_);
    return is_settled_;
}

Result<std::shared_ptr<const SegmentIndex>> Segment::index() {
    {
        const base::MutexLock lock(mutex_);
        is_used_ = true;
        if (index_ != nullptr) {
            return index_;
        }
    }
    auto loaded = load_index(files_, index_path(folder_, first_));
    const bool is_rebuilt = !loaded;
    if (is_rebuilt) {
        // Missing or damaged: the segment itself is the truth, and maintain writes the file anew.
        loaded = rebuild_index();
    }
    if (loaded) {
        const base::MutexLock lock(mutex_);
        index_ = *loaded;
        is_settled_ = is_settled_ && !is_rebuilt;
    }
    return loaded;
}

Result<std::shared_ptr<const SegmentIndex>> Segment::rebuild_index() const {
    MB_TRY(const auto mapping, map_once());
    auto index = std::make_shared<GrowingIndex>();
    MB_TRY_STATUS(visit(mapping->bytes(), [&](const FrameView& frame, std::uint64_t offset) {
        return index_frame(frame, offset, name(), *index);
    }));
    return index;
}

Status index_frame(const FrameView& frame, std::uint64_t offset, std::string_view segment,
                   GrowingIndex& index) {
    std::uint64_t at = sizeof(FrameHeader);
    for (std::uint32_t ordinal = 0; ordinal < frame.header().records; ++ordinal) {
        const std::optional<RecordView> record = frame.record_at(at);
        if (!record || record->sequence.position() != frame.first().position() + ordinal) {
            return damaged(segment, offset, "a record does not fit its frame");
        }
        if (record->shard.value() != 0) {
            index.add(record->shard, static_cast<std::uint32_t>(offset + at),
                      record->sequence.position());
        }
        at = frame.after(at);
    }
    return {};
}

tl::unexpected<base::Error> damaged(std::string_view segment, std::uint64_t offset,
                                    std::string_view what) {
    return fail(Code::Corrupt,
                fmt::format("segment {} is damaged at offset {}: {}; restore the file from a copy",
                            segment, offset, what));
}

Status Segment::visit(std::string_view bytes,
                      const std::function<Status(const FrameView&, std::uint64_t)>& see) const {
    const SequenceNumber last_wanted = last();
    MB_TRY(const SegmentHeader header, parse_segment_header(bytes, name()));
    if (header.first != first_) {
        return fail(Code::Corrupt, fmt::format("segment {} carries the header of another: it "
                                               "starts at {}",
                                               name(), header.first.to_string()));
    }
    SegmentEnd end = segment_start(header);
    while (end.next <= last_wanted) {
        const std::uint64_t offset = end.offset;
        const std::optional<FrameView> frame = next_frame(bytes, end);
        if (!frame) {
            return damaged(name(), offset, "a frame's checksum or position does not match");
        }
        MB_TRY_STATUS(see(*frame, offset));
    }
    return {};
}

}  // namespace millbeck::shardlog
