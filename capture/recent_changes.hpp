// Whether an item may have changed since a position of the log: what makes it safe to read an item
// before the committer has its turn.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "shardlog/ids.hpp"

namespace millbeck::capture {

// The newest change of all items whose key hashes fall together: two that do are a false alarm,
// which costs a read; no change is ever missed. Starts with no change at all, so it may only be
// asked about positions that were taken after its making.
// Threads: one, the committer.
class RecentChanges {
  public:
    // Positions of one hash go back only where a group was discarded.
    void note(std::uint64_t hash, shardlog::SequenceNumber sequence) {
        newest_[hash % kSlots] = sequence.position();
    }
    [[nodiscard]] bool may_have_changed(std::uint64_t hash, shardlog::SequenceNumber since) const {
        return newest_[hash % kSlots] > since.position();
    }

  private:
    // A few thousand writes at most stand between a read and its use: about one alarm in ten is
    // false then, one in a hundred with a few hundred.
    static constexpr std::size_t kSlots = std::size_t{1} << 15U;

    std::array<std::uint64_t, kSlots> newest_{};
};

}  // namespace millbeck::capture
