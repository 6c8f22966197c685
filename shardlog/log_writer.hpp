// The one who appends: encodes frames, writes them with one sync a group, begins new segments.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "shardlog/log_metrics.hpp"
#include "shardlog/log_state.hpp"
#include "shardlog/segment_pool.hpp"
#include "shardlog/shard_map.hpp"
#include "shardlog/space_watch.hpp"

namespace millbeck::shardlog {

// Where the next frame goes.
struct WriteHead {
    std::shared_ptr<Segment> segment;
    std::shared_ptr<base::File> file;
    SegmentExtent extent;    // with everything appended
    SequenceNumber next{1};  // position of the next record
    std::uint32_t link = 0;  // of the frame before, or of the segment's header
};

// A group may span segments: it is a list of parts, one for each. Parts are written and synced in
// order, so a part is on disk only if all before it are.
// Threads: the writer's; wish_seal() by any.
class LogWriter {
  public:
    struct Parameters {
        std::uint64_t segment_bytes;  // of the segments to come
        std::uint64_t commit_bytes_max;
        std::uint32_t epoch;
    };

    // All references outlive the writer.
    LogWriter(base::FileSystem& files, base::Path folder, const base::Clock& clock,
              LogMetrics& metrics, LogState& state, SpaceWatch& space, SegmentPool& pool,
              const ShardMap& map, Parameters parameters, WriteHead head);

    base::Result<SequenceNumber> append(std::span<const RecordDraft> records);
    base::Status sync();
    void discard();

    // Shows what is synced. Returns the shards that grew, each once; valid until the next call.
    std::span<const std::uint32_t> publish();

    // Begins a new segment unless the present one is empty. Requires: idle().
    base::Status seal();

    // Asks for a new segment at the next append or seal_if_wished(): the present one is old.
    void wish_seal() { is_seal_wished_ = true; }
    base::Status seal_if_wished();

    [[nodiscard]] SequenceNumber next() const { return head_.next; }

    // Nothing is appended that is not published.
    [[nodiscard]] bool idle() const { return parts_.empty(); }

  private:
    // What a group puts into one segment.
    struct Part {
        WriteHead before;  // the head when the part began, in the part's own segment
        bool is_new_segment = false;
        SegmentExtent after;
        std::string bytes;
        std::vector<RecordPlace> places;
        bool is_written = false;  // partly at least
        bool is_synced = false;
    };

    base::Status route(std::span<const RecordDraft> records);
    base::Status roll();
    Part& begin_part(bool is_new_segment);
    base::Status write_part(Part& part);
    base::Status undo_on_disk();
    static base::Result<bool> begins_on_disk(const Part& part);
    void recycle_parts(std::size_t begin, std::size_t end);
    [[nodiscard]] std::size_t first_unsynced() const;

    base::FileSystem& files_;
    const base::Path folder_;
    const base::Clock& clock_;
    LogMetrics& metrics_;
    LogState& state_;
    SpaceWatch& space_;
    SegmentPool& pool_;
    const ShardMap& map_;
    const Parameters parameters_;
    std::uint32_t salt_ = 0;  // the segment this epoch began with has no other of its epoch

    WriteHead head_;
    WriteHead durable_head_;                         // at the last successful sync
    std::vector<std::unique_ptr<Part>> parts_;       // synced ones first
    std::vector<std::unique_ptr<Part>> free_parts_;  // their buffers are used again
    std::vector<ShardNumber> shards_;                // of the records being appended
    std::vector<std::uint32_t> grown_;
    std::atomic<bool> is_seal_wished_{false};
};

}  // namespace millbeck::shardlog
