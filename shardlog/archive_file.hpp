// The bytes of an archived segment: the frames it had, compressed in blocks, and its index of the
// past. Little-endian.
// File: header (magic u64, version u16, flags u16, block count u32, first position u64, last
//       position u64, newest time i64 (ms), bytes used by the segment u64, dictionary bytes u64,
//       blocks' bytes u64, index bytes u64, checksum u64 of table and dictionary, checksum u64 of
//       this header before it); the table (per block: offset in the segment u64, offset among the
//       blocks u64, bytes u32, bytes uncompressed u32); the dictionary; the blocks, a zstd frame
//       each, of whole frames of the log; zeros up to a multiple of 8; the index, as in
//       past_index.hpp. Checksums are XXH3-64; the log's frames have their own.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/file_system.hpp"
#include "base/result.hpp"
#include "shardlog/past_segment.hpp"

namespace millbeck::shardlog {

// A block closes with the frame that makes it this long: what is uncompressed to read one record.
inline constexpr std::size_t kArchiveBlockBytes = 64u << 10;

// How much time a segment is worth: half a second for one of 64 MB when it leaves the log, ten
// times that where somebody asked for it.
enum class Compression { Quick, Small };

struct ArchiveHeader {
    PastExtent extent;
    std::int64_t newest_time_ms = 0;
    Compression compression = Compression::Quick;
};

// The whole file. `frames` are those of the segment, `begin` the first one's offset in it, `index`
// what GrowingPast::encode() made of it. Corrupt: a frame is damaged; `name` is for the message.
base::Result<std::string> encode_archive(const ArchiveHeader& header, std::string_view frames,
                                         std::uint64_t begin, std::string_view index,
                                         std::string_view name);

// Threads: any.
class ArchivedSegment : public PastSegment {
  public:
    // Reads the header only. Errors: Corrupt, Io.
    static base::Result<std::shared_ptr<ArchivedSegment>> open(base::FileSystem& files,
                                                               const base::Path& path);

    [[nodiscard]] virtual std::uint64_t file_bytes() const = 0;
    [[nodiscard]] virtual Compression compression() const = 0;

    // The whole file, compressed again. Errors: Corrupt, Io.
    [[nodiscard]] virtual base::Result<std::string> encoded(Compression compression) = 0;

    // Lets go of what nobody asked for since the last call.
    virtual void rest() = 0;
};

}  // namespace millbeck::shardlog
