// One segment of the log as readers know it: a run of whole frames in one file, and its index.
// File: header of 64 bytes (magic u64, version u16, flags u16 (1: the file held frames before),
//       epoch u32, first position u64, salt u32, zeros, checksum u64 (XXH3-64) of the 56 bytes
//       before it), then frames without gaps (see frame.hpp). Little-endian. Behind the last frame
//       is anything: zeros, a torn frame, or what a recycled file held before; a frame counts only
//       if it lies whole in the file, its checksum matches, its first position is the next one, its
//       epoch is not lower than the one before, and its link names the frame before it.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/file_system.hpp"
#include "base/mutex.hpp"
#include "base/result.hpp"
#include "shardlog/frame.hpp"
#include "shardlog/ids.hpp"
#include "shardlog/past_segment.hpp"
#include "shardlog/segment_index.hpp"

namespace millbeck::shardlog {

inline constexpr std::uint64_t kSegmentHeaderBytes = 64;

struct SegmentHeader {
    std::uint32_t epoch = 0;  // of the log when the segment began
    SequenceNumber first;
    std::uint32_t salt = 0;      // differs between segments of one epoch
    bool is_recycled = false;    // old frames lie behind the new ones
    std::uint64_t checksum = 0;  // of the bytes; set by encode and parse
};

// The 64 bytes. Sets header.checksum.
std::string encode_segment_header(SegmentHeader& header);

// Corrupt: not a header of ours, damaged, or of a newer version. `name` is for the message.
base::Result<SegmentHeader> parse_segment_header(std::string_view bytes, std::string_view name);

// Where a walk over a segment's frames ended.
struct SegmentEnd {
    std::uint64_t offset = kSegmentHeaderBytes;  // just behind the last whole frame
    SequenceNumber next;                         // position the next frame must carry
    std::uint32_t link = 0;                      // link the next frame must carry
    std::uint32_t epoch = 0;                     // of the last frame, or of the header
};

// The end of a segment without frames.
SegmentEnd segment_start(const SegmentHeader& header);

// The frame that may follow `end`, if one does, by the rule above. Advances `end` past it.
std::optional<FrameView> next_frame(std::string_view segment, SegmentEnd& end);

// Adds the frame's records to the index. `offset` is the frame's. Corrupt: malformed records.
base::Status index_frame(const FrameView& frame, std::uint64_t offset, std::string_view segment,
                         GrowingIndex& index);

// Corrupt, in words that name the segment and the offset and say what to do.
tl::unexpected<base::Error> damaged(std::string_view segment, std::uint64_t offset,
                                    std::string_view what);

// What is known of the frames that readers may see.
struct SegmentExtent {
    std::uint64_t used_bytes = kSegmentHeaderBytes;
    SequenceNumber last;  // first - 1 when empty
    std::int64_t first_time_ms = 0;
    std::int64_t newest_time_ms = 0;
};

// Invariants: bytes below the published extent never change; sealed never becomes unsealed.
// Threads:    publish() and seal() by the writer; settle() and rest() by maintain; others by any.
class Segment final : public PastSegment {
  public:
    // `index` is empty for a segment that grows from here on, filled for one that was read, null
    // for a sealed one whose index file is there.
    Segment(base::FileSystem& files, base::Path folder, SequenceNumber first,
            std::uint64_t file_bytes, std::shared_ptr<GrowingIndex> index);

    [[nodiscard]] SequenceNumber first() const override { return first_; }
    [[nodiscard]] base::Path path() const;
    [[nodiscard]] std::string name() const override;
    [[nodiscard]] SegmentExtent extent() const;
    [[nodiscard]] SequenceNumber last() const override { return SequenceNumber{last_.load()}; }
    [[nodiscard]] std::int64_t newest_time_ms() const override { return extent().newest_time_ms; }
    [[nodiscard]] std::uint64_t used_bytes() const override { return extent().used_bytes; }
    [[nodiscard]] bool empty() const { return last() < first_; }
    [[nodiscard]] bool sealed() const { return sealed_.load(); }
    [[nodiscard]] std::uint64_t file_bytes() const { return file_bytes_.load(); }

    // The writer's index of a growing segment.
    [[nodiscard]] GrowingIndex& growing() { return *growing_; }

    void publish(const SegmentExtent& extent);
    void seal() { sealed_.store(true); }

    // The index; loaded, or rebuilt by reading the whole segment, when a sealed segment's is not in
    // memory. Errors: Corrupt names the offset.
    base::Result<std::shared_ptr<const SegmentIndex>> index();

    // The other index, as of extent(): loaded, or made by reading what of the segment is new.
    base::Result<std::shared_ptr<const PastIndex>> past() override;
    base::Result<FrameSpan> frames_at(std::uint64_t offset) override;

    // Writes the file of that index if there is none that fits. True: it was written. Requires:
    // settled. By maintain.
    base::Result<bool> settle_past();

    // The bytes of that file.
    base::Result<std::string> encoded_past();

    // The file's bytes, kept mapped until rest(). NotFound: trimmed in the meantime.
    base::Result<std::shared_ptr<const base::Mapping>> map();

    // The same, kept by the caller alone.
    [[nodiscard]] base::Result<std::shared_ptr<const base::Mapping>> map_once() const;

    // The index file is written: let go of the index in memory. Requires: sealed.
    void settle();
    [[nodiscard]] bool settled() const;

    // Lets go of mappings that nobody asked for since the last call.
    void rest();

    // The file is shorter from now on; call before truncating it.
    void shorten(std::uint64_t bytes) { file_bytes_.store(bytes); }

    // Every frame in order. Corrupt names the offset where fewer than all published are readable.
    base::Status visit(
        std::string_view bytes,
        const std::function<base::Status(const FrameView&, std::uint64_t)>& see) const;

  private:
    base::Result<std::shared_ptr<const SegmentIndex>> rebuild_index() const;
    base::Result<std::shared_ptr<GrowingPast>> grown_past();

    base::FileSystem& files_;
    const base::Path folder_;
    const SequenceNumber first_;
    std::atomic<std::uint64_t> file_bytes_;
    std::atomic<std::uint64_t> last_;
    std::atomic<bool> sealed_{false};

    mutable base::Mutex mutex_;
    SegmentExtent extent_ MB_GUARDED_BY(mutex_);
    std::shared_ptr<GrowingIndex> growing_;  // the writer's; readers use index_
    std::shared_ptr<const SegmentIndex> index_ MB_GUARDED_BY(mutex_);
    std::shared_ptr<const base::Mapping> mapping_ MB_GUARDED_BY(mutex_);
    std::shared_ptr<const PastIndex> past_ MB_GUARDED_BY(mutex_);  // of the file
    std::shared_ptr<GrowingPast> growing_past_ MB_GUARDED_BY(mutex_);
    bool is_past_settled_ = false;  // maintain's
    bool is_settled_ MB_GUARDED_BY(mutex_) = false;
    bool is_used_ MB_GUARDED_BY(mutex_) = false;
};

// All segments, oldest first; the last one grows. Replaced as a whole, never changed.
using SegmentList = std::vector<std::shared_ptr<Segment>>;

}  // namespace millbeck::shardlog
