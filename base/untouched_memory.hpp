// Memory of a fixed size that takes room only where it has been written: for caches that may grow
// large and are mostly small.
#pragma once

#include <cstddef>
#include <span>

namespace millbeck::base {

// Zeros until written. Memory the system will not give ends the process, as `new` does.
// Source: mmap(2), MAP_ANONYMOUS, MAP_NORESERVE
class UntouchedMemory {
  public:
    explicit UntouchedMemory(std::size_t bytes);
    ~UntouchedMemory();
    UntouchedMemory(const UntouchedMemory&) = delete;
    UntouchedMemory& operator=(const UntouchedMemory&) = delete;

    // Begins at a page; stays where it is.
    [[nodiscard]] std::span<std::byte> bytes() const { return bytes_; }

  private:
    std::span<std::byte> bytes_;
};

}  // namespace millbeck::base
