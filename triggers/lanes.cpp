#include "triggers/lanes.hpp"

#include <algorithm>

namespace millbeck::triggers {

base::Status LaneFrontier::advance(std::uint32_t number, const TriggerId& trigger,
                                   const Checkpoint& checkpoint) {
    const base::MutexLock lock(mutex_);
    Position& mine = lanes_.at(number);
    const Position before = mine;
    mine = {checkpoint.next, checkpoint.finished};
    const auto slowest =
        std::min_element(lanes_.begin(), lanes_.end(),
                         [](const Position& a, const Position& b) { return a.next < b.next; });
    const bool finished = std::all_of(lanes_.begin(), lanes_.end(),
                                      [](const Position& lane) { return lane.finished; });
    if (slowest->next == stored_ && !finished) {
        return {};
    }
    // The lock is held: a checkpoint that is stored later must not be an earlier one.
    auto stored = store_.advance(trigger, {checkpoint.shard, slowest->next, finished});
    if (!stored) {
        mine = before;  // the lane believes it is still there
        return stored;
    }
    stored_ = slowest->next;
    return {};
}

}  // namespace millbeck::triggers
