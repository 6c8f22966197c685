// Where the bytes of an export go: a file that is there only when it is whole, or a stream.
#pragma once

#include <cstdint>
#include <memory>
#include <ostream>
#include <string>
#include <string_view>

#include "base/file_system.hpp"
#include "base/result.hpp"

namespace millbeck::runtime {

enum class Packing : std::uint8_t { None, Gzip };

// What became of a file.
struct WrittenFile {
    std::uint64_t bytes = 0;  // stored
    std::string md5;          // of these bytes, 16 bytes; "" of a stream
};

// Dropped before finish(), it leaves nothing behind.
// Threads: one.
// Errors:  NoSpace, Io.
class ByteOutput {
  public:
    virtual ~ByteOutput() = default;
    virtual base::Status write(std::string_view bytes) = 0;
    // Once, after the last write: all is on disk and the file has its name.
    virtual base::Result<WrittenFile> finish() = 0;
};

// Writes to `path`.part (0600) until finish(); a file of an earlier attempt is written over.
// Gzip: a file of many members, which every reader of gzip takes for one.
base::Result<std::unique_ptr<ByteOutput>> open_file_output(base::FileSystem& files,
                                                           const base::Path& path, Packing packing);

// Borrows `out`.
std::unique_ptr<ByteOutput> stream_output(std::ostream& out);

}  // namespace millbeck::runtime
