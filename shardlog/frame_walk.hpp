// A segment's frames in order, read with pread(2) through a window of a few megabytes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/file_system.hpp"
#include "base/result.hpp"
#include "shardlog/segment.hpp"

namespace millbeck::shardlog {

// Threads: one. Borrows the file.
class FrameWalk {
  public:
    // Corrupt: the header is damaged, or another segment's; Io.
    static base::Result<FrameWalk> begin(base::File& file, SequenceNumber first);

    // The next frame; valid until the next call. Corrupt, in words: what stands there is none that
    // can follow. Io.
    base::Result<FrameView> next();

    // Where the next frame begins, and which position it carries.
    [[nodiscard]] const SegmentEnd& end() const { return end_; }

  private:
    FrameWalk(base::File& file, std::uint64_t file_bytes, const SegmentHeader& header)
        : file_(&file), file_bytes_(file_bytes), end_(segment_start(header)) {}

    // These bytes of the file, or fewer where it ends.
    base::Result<std::string_view> window(std::uint64_t offset, std::uint64_t bytes);

    base::File* file_;
    std::uint64_t file_bytes_;
    SegmentEnd end_;
    std::string buffer_;
    std::uint64_t buffer_offset_ = 0;
};

}  // namespace millbeck::shardlog
