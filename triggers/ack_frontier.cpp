#include "triggers/ack_frontier.hpp"

#include <algorithm>

namespace millbeck::triggers {

using shardlog::SequenceNumber;

SequenceNumber AckFrontier::acknowledge(SequenceNumber from, SequenceNumber to) {
    if (to <= next_) {
        return next_;
    }
    if (from > next_) {
        SequenceNumber& end = above_[from];
        end = std::max(end, to);
        return next_;
    }
    next_ = to;
    while (!above_.empty() && above_.begin()->first <= next_) {
        next_ = std::max(next_, above_.begin()->second);
        above_.erase(above_.begin());
    }
    return next_;
}

}  // namespace millbeck::triggers
