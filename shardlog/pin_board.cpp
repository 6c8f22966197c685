#include "shardlog/pin_board.hpp"

#include <set>

namespace millbeck::shardlog {

struct PinBoard::State {
    base::Mutex mutex;
    std::multiset<SequenceNumber> positions MB_GUARDED_BY(mutex);
};

namespace {

class BoardPin final : public Pin {
  public:
    BoardPin(std::shared_ptr<PinBoard::State> state, SequenceNumber from)
        : state_(std::move(state)) {
        const base::MutexLock lock(state_->mutex);
        place_ = state_->positions.insert(from);
    }
    ~BoardPin() override {
        const base::MutexLock lock(state_->mutex);
        state_->positions.erase(place_);
    }
    BoardPin(const BoardPin&) = delete;
    BoardPin& operator=(const BoardPin&) = delete;

    void advance(SequenceNumber to) override {
        const base::MutexLock lock(state_->mutex);
        if (*place_ < to) {
            state_->positions.erase(place_);
            place_ = state_->positions.insert(to);
        }
    }

  private:
    std::shared_ptr<PinBoard::State> state_;
    std::multiset<SequenceNumber>::iterator place_;
};

}  // namespace

PinBoard::PinBoard() : state_(std::make_shared<State>()) {}
PinBoard::~PinBoard() = default;

std::unique_ptr<Pin> PinBoard::pin(SequenceNumber from) {
    return std::make_unique<BoardPin>(state_, from);
}

SequenceNumber PinBoard::oldest() const {
    const base::MutexLock lock(state_->mutex);
    return state_->positions.empty() ? SequenceNumber::max() : *state_->positions.begin();
}

}  // namespace millbeck::shardlog
