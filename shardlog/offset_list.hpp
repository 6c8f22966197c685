// The offsets of one shard's records in one segment while it grows: one writer, any readers, no
// lock, and no element ever moves.
#pragma once

#include <array>
#include <atomic>
#include <bit>
#include <cstdint>
#include <memory>

#include "base/result.hpp"

namespace millbeck::shardlog {

// Invariants: element i < size() never changes. Chunk k holds 64 << k elements.
// Threads:    push() by one thread; size() and at(i < size()) by any.
class OffsetList {
  public:
    OffsetList() = default;
    ~OffsetList() = default;
    OffsetList(const OffsetList&) = delete;
    OffsetList& operator=(const OffsetList&) = delete;

    // `position` is the record's: positions and offsets both increase.
    void push(std::uint32_t offset, std::uint64_t position) {
        const std::uint32_t index = size_.load(std::memory_order_relaxed);
        MB_CHECK(index < kElementsMax, "an offset list holds 2^31 records");
        const Place place = place_of(index);
        auto& chunk = chunks_[place.chunk];
        if (!chunk) {
            const std::size_t elements = std::size_t{kFirst} << place.chunk;
            chunk = std::make_unique<std::uint32_t[]>(elements);  // NOLINT(*-avoid-c-arrays)
        }
        chunk[place.slot] = offset;
        if (index == 0) {
            first_position_.store(position, std::memory_order_relaxed);
        }
        last_position_.store(position, std::memory_order_relaxed);
        size_.store(index + 1, std::memory_order_release);
    }

    [[nodiscard]] std::uint32_t size() const { return size_.load(std::memory_order_acquire); }

    // Requires: index < a size() seen by this thread.
    [[nodiscard]] std::uint32_t at(std::uint32_t index) const {
        const Place place = place_of(index);
        return chunks_[place.chunk][place.slot];
    }

    // Positions of the first and the newest element. Requires: size() > 0.
    [[nodiscard]] std::uint64_t first_position() const {
        return first_position_.load(std::memory_order_relaxed);
    }
    [[nodiscard]] std::uint64_t last_position() const {
        return last_position_.load(std::memory_order_relaxed);
    }

  private:
    static constexpr std::uint32_t kFirst = 64;
    static constexpr std::uint32_t kChunks = 26;
    static constexpr std::uint32_t kElementsMax = 1u << 31;

    struct Place {
        std::uint32_t chunk;
        std::uint32_t slot;
    };
    static Place place_of(std::uint32_t index) {
        // Chunk k begins at element 64 * (2^k - 1).
        const std::uint64_t block = std::uint64_t{index} / kFirst + 1;
        const auto chunk = static_cast<std::uint32_t>(std::bit_width(block) - 1) % kChunks;
        const std::uint64_t begin = ((std::uint64_t{1} << chunk) - 1) * kFirst;
        return {chunk, static_cast<std::uint32_t>(index - begin)};
    }

    // A chunk is written before the size that covers it is released, and never again.
    // NOLINTNEXTLINE(*-avoid-c-arrays): a chunk's length is known at run time only.
    std::array<std::unique_ptr<std::uint32_t[]>, kChunks> chunks_;
    std::atomic<std::uint32_t> size_{0};
    std::atomic<std::uint64_t> first_position_{0};
    std::atomic<std::uint64_t> last_position_{0};
};

}  // namespace millbeck::shardlog
