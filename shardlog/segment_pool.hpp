// Where the next segment's file comes from: one prepared off the writer's thread, or one made on
// the spot.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/file_system.hpp"
#include "base/mutex.hpp"
#include "base/result.hpp"
#include "shardlog/segment.hpp"

namespace millbeck::shardlog {

// A spare is a file of the full length whose content does not matter: prezeroed, or a trimmed
// segment. Invariant: at most one spare is kept.
// Threads: take() and give_back() by the writer, prepare(), prove_room() and recycle() by maintain.
// Errors:  NoSpace, Io; after either no segment has appeared and nothing is left behind.
class SegmentPool {
  public:
    SegmentPool(base::FileSystem& files, base::Path folder, std::uint64_t segment_bytes);

    // Keeps a spare of an earlier run if it has the right length; removes every other spare and
    // every unfinished file. `names` is the listing of the folder.
    base::Status adopt(const std::vector<std::string>& names);

    // A file of full length under the segment's name, its header durable and its name too. Sets
    // header.is_recycled and header.checksum.
    base::Result<std::unique_ptr<base::File>> take(SegmentHeader& header);

    // A segment that take() made and that was never used: its name disappears, durably.
    base::Status give_back(SequenceNumber first);

    // Makes the spare, of real zeros, if there is none. Writes a whole segment.
    base::Status prepare();

    // Whether a whole segment can be written now: NoSpace when not. Makes the spare if there is
    // none; otherwise what it writes goes again.
    base::Status prove_room();

    // The segment's file becomes the spare if there is none and its length fits; otherwise it is
    // removed. Requires: nobody maps the file, nor will.
    base::Status recycle(SequenceNumber first, std::uint64_t file_bytes);

    [[nodiscard]] bool has_spare() const;

  private:
    struct Spare {
        base::Path path;
        bool held_frames = true;
    };

    [[nodiscard]] base::Path next_path(std::string_view suffix);
    base::Status keep(const Spare& spare);
    base::Status finish(base::File& file, const base::Path& from, SegmentHeader& header);
    base::Status write_zeros(base::File& file) const;
    base::Status make_zeroed(const base::Path& path);

    base::FileSystem& files_;
    const base::Path folder_;
    const std::uint64_t segment_bytes_;

    mutable base::Mutex mutex_;
    std::optional<Spare> spare_ MB_GUARDED_BY(mutex_);
    std::uint64_t next_number_ MB_GUARDED_BY(mutex_) = 1;
};

}  // namespace millbeck::shardlog
