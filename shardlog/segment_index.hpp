// Where each shard's records stand in one segment: in memory while the segment grows, beside it in
// a mapped file once it is sealed.
// File: magic u64, version u16, flags u16, shard count u32, first position u64, last position u64,
//       first time i64 (ms), newest time i64, segment bytes used u64, checksum u64 of the rest of
//       the file, checksum u64 of this header before it; then per shard, by number: shard u32,
//       record count u32, first position u64, last position u64, index of its first offset u64;
//       then the offsets u32 of the records, shard by shard. Little-endian; checksums are XXH3-64.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/file_system.hpp"
#include "base/mutex.hpp"
#include "base/result.hpp"
#include "shardlog/ids.hpp"
#include "shardlog/offset_list.hpp"

namespace millbeck::shardlog {

// The records of one shard in one segment, in order.
struct ShardOffsets {
    ShardNumber shard;
    std::uint32_t count = 0;
    std::uint64_t first_position = 0;  // 0 when count is
    std::uint64_t last_position = 0;   // may be newer than the last of `count`
    const OffsetList* growing = nullptr;
    const std::uint32_t* stored = nullptr;

    [[nodiscard]] std::uint32_t at(std::uint32_t index) const {
        return growing != nullptr ? growing->at(index) : stored[index];
    }
};

// Threads: any, also while the growing one grows.
class SegmentIndex {
  public:
    virtual ~SegmentIndex() = default;

    // Count 0 when the segment holds nothing of the shard. Borrows the index.
    [[nodiscard]] virtual ShardOffsets find(ShardNumber shard) const = 0;

    // Everything, by shard number.
    [[nodiscard]] virtual std::vector<ShardOffsets> all() const = 0;
};

// Threads: add() by one thread, the rest by any.
class GrowingIndex final : public SegmentIndex {
  public:
    void add(ShardNumber shard, std::uint32_t offset, std::uint64_t position);

    [[nodiscard]] ShardOffsets find(ShardNumber shard) const override;
    [[nodiscard]] std::vector<ShardOffsets> all() const override;

  private:
    OffsetList& list(ShardNumber shard);

    mutable base::Mutex mutex_;
    std::unordered_map<std::uint32_t, std::unique_ptr<OffsetList>> lists_ MB_GUARDED_BY(mutex_);
    // The writer's own way to the lists, so that it takes the lock only for a new shard.
    std::unordered_map<std::uint32_t, OffsetList*> writer_lists_;
};

// What a sealed segment's index file says about it.
struct IndexSummary {
    SequenceNumber first;
    SequenceNumber last;
    std::int64_t first_time_ms = 0;
    std::int64_t newest_time_ms = 0;
    std::uint64_t used_bytes = 0;

    friend bool operator==(const IndexSummary&, const IndexSummary&) = default;
};

// The bytes of the file.
std::string encode_index(const IndexSummary& summary, const SegmentIndex& index);

// The summary alone: reads 80 bytes. Absent: no such file, or its header is damaged or foreign.
std::optional<IndexSummary> load_summary(base::FileSystem& files, const base::Path& path);

// The mapped file. Errors: NotFound, Corrupt (any byte of it), Io.
base::Result<std::shared_ptr<const SegmentIndex>> load_index(base::FileSystem& files,
                                                             const base::Path& path);

}  // namespace millbeck::shardlog
