#include "triggers/progress.hpp"

#include <utility>

namespace millbeck::triggers {

void Progress::decide(Settlement settlement) {
    MB_CHECK(!decided_, "one settlement is stored before the next is decided");
    decided_ = std::move(settlement);
}

base::Status Progress::store_decided() {
    if (!decided_) {
        return {};
    }
    if (decided_->failed) {
        if (destination_ != nullptr) {
            if (auto taken = destination_->take(*decided_->failed); !taken) {
                return base::with_context("on-failure destination", std::move(taken).error());
            }
        }
        decided_->failed.reset();
    }
    MB_TRY_STATUS(store_parked());
    if (decided_->gap) {
        MB_TRY_STATUS(store_.record_gap(*decided_->gap));
        decided_->gap.reset();
    }
    MB_TRY_STATUS(store_.advance(trigger_, {shard_, decided_->to, decided_->finished,
                                            decided_->window, decided_->copy, decided_->told}));
    frontier_.acknowledge(frontier_.next(), decided_->to);
    finished_ = decided_->finished;
    decided_.reset();
    return {};
}

base::Status Progress::store_parked() {
    if (decided_->poisoned) {
        MB_TRY_STATUS(parking_->park(*decided_->poisoned, decided_->parked));
    } else if (!decided_->parked.empty()) {
        MB_TRY_STATUS(parking_->append(trigger_, decided_->parked));
    }
    decided_->poisoned.reset();
    decided_->parked.clear();
    return {};
}

void Progress::skip_empty(shardlog::SequenceNumber to) {
    MB_CHECK(!decided_, "what is decided comes first");
    frontier_.acknowledge(frontier_.next(), to);
}

}  // namespace millbeck::triggers
