#include "shardlog/pin_board.hpp"

#include <map>
#include <utility>

namespace millbeck::shardlog {

struct PinBoard::State {
    base::Mutex mutex;
    std::multimap<SequenceNumber, PinInfo> pins MB_GUARDED_BY(mutex);
};

namespace {

class BoardPin final : public Pin {
  public:
    BoardPin(std::shared_ptr<PinBoard::State> state, PinInfo pin) : state_(std::move(state)) {
        const base::MutexLock lock(state_->mutex);
        const SequenceNumber from = pin.from;
        place_ = state_->pins.emplace(from, std::move(pin));
    }
    ~BoardPin() override {
        const base::MutexLock lock(state_->mutex);
        state_->pins.erase(place_);
    }
    BoardPin(const BoardPin&) = delete;
    BoardPin& operator=(const BoardPin&) = delete;

    void advance(SequenceNumber to) override {
        const base::MutexLock lock(state_->mutex);
        if (place_->first < to) {
            auto pin = state_->pins.extract(place_);
            pin.key() = to;
            pin.mapped().from = to;
            place_ = state_->pins.insert(std::move(pin));
        }
    }

  private:
    std::shared_ptr<PinBoard::State> state_;
    std::multimap<SequenceNumber, PinInfo>::iterator place_;
};

}  // namespace

PinBoard::PinBoard() : state_(std::make_shared<State>()) {}
PinBoard::~PinBoard() = default;

std::unique_ptr<Pin> PinBoard::pin(PinInfo pin) {
    return std::make_unique<BoardPin>(state_, std::move(pin));
}

SequenceNumber PinBoard::oldest() const {
    const base::MutexLock lock(state_->mutex);
    return state_->pins.empty() ? SequenceNumber::max() : state_->pins.begin()->first;
}

std::vector<PinInfo> PinBoard::pins() const {
    const base::MutexLock lock(state_->mutex);
    std::vector<PinInfo> pins;
    for (const auto& [from, pin] : state_->pins) {
        pins.push_back(pin);
    }
    return pins;
}

SequenceNumber PinBoard::oldest_for_shards() const {
    const base::MutexLock lock(state_->mutex);
    for (const auto& [from, pin] : state_->pins) {
        if (pin.what == PinFor::Shards) {
            return from;
        }
    }
    return SequenceNumber::max();
}

}  // namespace millbeck::shardlog
