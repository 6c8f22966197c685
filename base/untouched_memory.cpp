#include "base/untouched_memory.hpp"

#include <sys/mman.h>

#include "base/result.hpp"

namespace millbeck::base {

UntouchedMemory::UntouchedMemory(std::size_t bytes) {
    if (bytes == 0) {
        return;
    }
    void* const begin = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                               MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    MB_CHECK(begin != MAP_FAILED, "the system gives no memory");
    bytes_ = {static_cast<std::byte*>(begin), bytes};
}

UntouchedMemory::~UntouchedMemory() {
    if (!bytes_.empty()) {
        ::munmap(bytes_.data(), bytes_.size());
    }
}

}  // namespace millbeck::base
