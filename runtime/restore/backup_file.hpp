// The rows of a backup as a file, and the file as the image of a table.
// File:    magic u64, version u32, zero u32; blocks; the index, as a block; the trailer.
// Block:   bytes u32, bytes uncompressed u32, checksum u64 (XXH3-64 of the two lengths and the
// bytes
//          behind it); then a zstd frame of rows.
// Row:     bytes of row key, keys and item 3 x u32, sizes of keys and item 2 x u32; then the three.
// Index:   per block: its offset u64, bytes of its first row key u32, the row key.
// Trailer: offset of the index u64, rows u64, position u64, zero u64, checksum u64 of these,
//          magic u64. Little-endian; rows in the order of their row keys.
#pragma once

#include <cstdint>
#include <memory>
#include <stop_token>

#include "base/file_system.hpp"
#include "base/result.hpp"
#include "shardlog/table_image.hpp"

namespace millbeck::runtime {

struct BackupTotals {
    std::int64_t rows = 0;
    std::int64_t bytes = 0;  // of the items, as the service counts them
};

// Writes all rows of the image to `path`.part, 0600, and gives it its name when all is on disk: a
// file that has its name is whole. Memory: a page and a block. An error leaves nothing behind, but
// for what a dead disk does not let go of. Errors: Cancelled, NoSpace, Io, those of the image.
base::Result<BackupTotals> write_backup_file(base::FileSystem& files, const base::Path& path,
                                             const shardlog::TableImage& image,
                                             const std::stop_token& stop);

// Reads trailer and index; every block is checked when it is read. Memory: the index, a row key for
// each MB of rows, and a block for each page. Errors: Corrupt, which names the file; Io.
base::Result<std::shared_ptr<const shardlog::TableImage>> open_backup_file(base::FileSystem& files,
                                                                           const base::Path& path);

}  // namespace millbeck::runtime
