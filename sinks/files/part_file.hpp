// One file while it is being written, under a name that no reader looks at.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "base/file_system.hpp"

namespace millbeck::sinks {

// Invariant: after each sync() the bytes up to size() and close_bytes() behind them are a whole
// file. So what was synced last can always be completed without what was in memory.
// Errors: those of base/file_system.hpp; the object is of no use then.
class PartFile {
  public:
    struct Zstd {
        bool is_on = false;
        int level = 1;
    };
    // A new file; one of the same name that a crash left is replaced.
    static base::Result<std::unique_ptr<PartFile>> create(base::FileSystem& files,
                                                          const base::Path& path, Zstd zstd);
    virtual ~PartFile() = default;

    virtual base::Status append(std::string_view text) = 0;
    virtual base::Status sync() = 0;
    [[nodiscard]] virtual std::uint64_t size() const = 0;

    // What makes a synced file whole: for zstd, an empty last block.
    static std::string_view close_bytes(bool is_zstd);
};

}  // namespace millbeck::sinks
