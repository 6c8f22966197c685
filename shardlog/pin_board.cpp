#include "shardlog/pin_board.hpp"

#include <map>
#include <utility>

namespace millbeck::shardlog {

struct PinBoard::State {
    base::Mutex mutex;
    std::multimap<SequenceNumber, std::string> pins MB_GUARDED_BY(mutex);
};

namespace {

class BoardPin final : public Pin {
  public:
    BoardPin(std::shared_ptr<PinBoard::State> state, SequenceNumber from, std::string owner)
        : state_(std::move(state)) {
        const base::MutexLock lock(state_->mutex);
        place_ = state_->pins.emplace(from, std::move(owner));
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
            place_ = state_->pins.insert(std::move(pin));
        }
    }

  private:
    std::shared_ptr<PinBoard::State> state_;
    std::multimap<SequenceNumber, std::string>::iterator place_;
};

}  // namespace

PinBoard::PinBoard() : state_(std::make_shared<State>()) {}
PinBoard::~PinBoard() = default;

std::unique_ptr<Pin> PinBoard::pin(SequenceNumber from, std::string owner) {
    return std::make_unique<BoardPin>(state_, from, std::move(owner));
}

SequenceNumber PinBoard::oldest() const {
    const base::MutexLock lock(state_->mutex);
    return state_->pins.empty() ? SequenceNumber::max() : state_->pins.begin()->first;
}

std::vector<PinInfo> PinBoard::pins() const {
    const base::MutexLock lock(state_->mutex);
    std::vector<PinInfo> pins;
    for (const auto& [from, owner] : state_->pins) {
        pins.push_back({.owner = owner, .from = from});
    }
    return pins;
}

}  // namespace millbeck::shardlog
