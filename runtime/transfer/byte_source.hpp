// Where the bytes of an import come from: a file or standard input, unzipped where they are gzip.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "base/file_system.hpp"
#include "base/result.hpp"

namespace millbeck::runtime {

// Threads: one.
// Errors:  Io; Corrupt: gzip that is damaged or ends too early.
class ByteSource {
  public:
    virtual ~ByteSource() = default;

    // Bytes put into `into`; 0 only at the end. Requires: `into` is not empty.
    virtual base::Result<std::size_t> read(std::span<char> into) = 0;

    // How far it is in what is stored, which is less than was given out if it was zipped; bytes.
    [[nodiscard]] virtual std::uint64_t position() const = 0;
};

// `-` is standard input. Whether it is zipped is told by its first bytes, not by its name.
// Errors: NotFound, Io.
base::Result<std::unique_ptr<ByteSource>> open_source(base::FileSystem& files,
                                                      const std::string& path);

}  // namespace millbeck::runtime
