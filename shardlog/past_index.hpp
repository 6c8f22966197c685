// What finds the past in one segment: the records of an item, the frame of a moment or a position.
// In memory while the segment grows, and only once somebody asks; beside it in a mapped file when
// it is sealed.
// File: magic u64, version u16, flags u16, mark count u32, record count u64, first position u64,
//       last position u64, segment bytes used u64, checksum u64 of the rest of the file, checksum
//       u64 of this header before it; then the marks (newest time before i64 (ms), position u64,
//       offset u64); then the hashes u64 of all records, sorted; then their offsets u32, records
//       of one hash in order. Little-endian; checksums are XXH3-64.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/file_system.hpp"
#include "base/mutex.hpp"
#include "base/result.hpp"
#include "shardlog/frame.hpp"
#include "shardlog/history.hpp"
#include "shardlog/ids.hpp"

namespace millbeck::shardlog {

// What an item is found by. Others may share it: a record found has to be looked at.
std::uint64_t hash_of(const ItemName& item);

// A frame to begin at. At least every kMarkBytes of a segment there is one.
inline constexpr std::uint64_t kMarkBytes = 64u << 10;
struct FrameMark {
    std::int64_t newest_before_ms = 0;  // of all frames before it in the segment; lowest: of none
    std::uint64_t position = 0;         // of its first record
    std::uint64_t offset = 0;           // in the segment
};

// Threads: any, also while the growing one grows.
class PastIndex {
  public:
    virtual ~PastIndex() = default;

    // Offsets of the records with this hash, oldest first.
    [[nodiscard]] virtual std::vector<std::uint32_t> offsets_of(std::uint64_t hash) const = 0;

    // The last mark before which every frame is of `time_ms` or older; the last at or before
    // `position`. Absent: the segment has no frame.
    [[nodiscard]] virtual std::optional<FrameMark> mark_of_time(std::int64_t time_ms) const = 0;
    [[nodiscard]] virtual std::optional<FrameMark> mark_of_position(
        std::uint64_t position) const = 0;
};

// Which bytes of which segment an index tells of.
struct PastExtent {
    SequenceNumber first;
    SequenceNumber last;
    std::uint64_t used_bytes = 0;
    friend bool operator==(const PastExtent&, const PastExtent&) = default;
};

// Invariants: knows every frame below covered_bytes().
// Threads:    any.
class GrowingPast final : public PastIndex {
  public:
    // `begin`: the offset of the first frame.
    explicit GrowingPast(std::uint64_t begin) : covered_bytes_(begin) {}

    // Reads the frames from covered_bytes() up to `used_bytes`. Corrupt names segment and offset.
    base::Status extend(std::string_view bytes, std::uint64_t used_bytes, std::string_view segment);

    [[nodiscard]] std::vector<std::uint32_t> offsets_of(std::uint64_t hash) const override;
    [[nodiscard]] std::optional<FrameMark> mark_of_time(std::int64_t time_ms) const override;
    [[nodiscard]] std::optional<FrameMark> mark_of_position(std::uint64_t position) const override;

    // The bytes of the file.
    [[nodiscard]] std::string encode(const PastExtent& extent);

  private:
    struct Entry {
        std::uint64_t hash;
        std::uint32_t offset;
        // NOLINTNEXTLINE(modernize-use-nullptr): the linter sees a 0 in what the compiler makes
        friend auto operator<=>(const Entry&, const Entry&) = default;
    };
    base::Status add(const FrameView& frame, std::uint64_t offset, std::string_view segment)
        MB_REQUIRES(mutex_);
    void sort() MB_REQUIRES(mutex_);

    mutable base::Mutex mutex_;
    std::uint64_t covered_bytes_ MB_GUARDED_BY(mutex_);
    std::int64_t newest_ms_ MB_GUARDED_BY(mutex_) = 0;
    std::vector<FrameMark> marks_ MB_GUARDED_BY(mutex_);
    std::vector<Entry> entries_ MB_GUARDED_BY(mutex_);  // sorted up to sorted_, then as they came
    std::size_t sorted_ MB_GUARDED_BY(mutex_) = 0;
};

// True: the file is there, whole in its header, and tells of just this extent. Reads 80 bytes.
bool has_past(base::FileSystem& files, const base::Path& path, const PastExtent& extent);

// The same from bytes that live as long as `memory`, at an address divisible by 8. Errors: Corrupt.
base::Result<std::shared_ptr<const PastIndex>> parse_past(std::string_view bytes,
                                                          std::shared_ptr<const void> memory,
                                                          const PastExtent& extent);

// The mapped file. Errors: NotFound, Corrupt (any byte of it, or another extent), Io.
base::Result<std::shared_ptr<const PastIndex>> load_past(base::FileSystem& files,
                                                         const base::Path& path,
                                                         const PastExtent& extent);

}  // namespace millbeck::shardlog
