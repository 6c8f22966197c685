// The past of a segment of the log. See segment.hpp.
#include "shardlog/log_files.hpp"
#include "shardlog/segment.hpp"

namespace millbeck::shardlog {

using base::Result;

namespace {

constexpr std::size_t kPastBytesMax = std::size_t{1} << 31;

PastExtent past_extent(SequenceNumber first, const SegmentExtent& extent) {
    return {.first = first, .last = extent.last, .used_bytes = extent.used_bytes};
}

}  // namespace

Result<std::shared_ptr<const PastIndex>> Segment::past() {
    {
        const base::MutexLock lock(mutex_);
        is_used_ = true;
        if (past_ != nullptr) {
            return past_;
        }
    }
    if (sealed()) {
        auto loaded = load_past(files_, past_path(folder_, first_), past_extent(first_, extent()));
        if (loaded) {
            const base::MutexLock lock(mutex_);
            past_ = *loaded;
            growing_past_.reset();
            return loaded;
        }
    }
    MB_TRY(auto grown, grown_past());
    return std::shared_ptr<const PastIndex>(std::move(grown));
}

Result<std::shared_ptr<GrowingPast>> Segment::grown_past() {
    std::shared_ptr<GrowingPast> grown;
    {
        const base::MutexLock lock(mutex_);
        if (growing_past_ == nullptr) {
            growing_past_ = std::make_shared<GrowingPast>(kSegmentHeaderBytes);
        }
        grown = growing_past_;
    }
    MB_TRY(const auto mapping, map());
    MB_TRY_STATUS(grown->extend(mapping->bytes(), extent().used_bytes, name()));
    return grown;
}

Result<FrameSpan> Segment::frames_at(std::uint64_t /*offset*/) {
    MB_TRY(auto mapping, map());
    const std::string_view bytes = mapping->bytes().substr(0, used_bytes());
    return FrameSpan{.bytes = bytes.substr(kSegmentHeaderBytes),
                     .begin = kSegmentHeaderBytes,
                     .memory = std::move(mapping)};
}

Result<std::string> Segment::encoded_past() {
    const PastExtent extent_now = past_extent(first_, extent());
    if (load_past(files_, past_path(folder_, first_), extent_now)) {
        return base::read_all(files_, past_path(folder_, first_), kPastBytesMax);
    }
    MB_TRY(const auto grown, grown_past());
    return grown->encode(extent_now);
}

Result<bool> Segment::settle_past() {
    if (is_past_settled_) {
        return false;
    }
    const PastExtent extent_now = past_extent(first_, extent());
    const base::Path path = past_path(folder_, first_);
    if (has_past(files_, path, extent_now)) {
        is_past_settled_ = true;
        return false;
    }
    MB_TRY(const std::string bytes, encoded_past());
    MB_TRY_STATUS(base::write_atomically(files_, path, bytes));
    is_past_settled_ = true;
    const base::MutexLock lock(mutex_);
    growing_past_.reset();
    return true;
}

}  // namespace millbeck::shardlog
