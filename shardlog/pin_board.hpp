// Which positions somebody still needs, whatever retention says.
#pragma once

#include <memory>

#include "base/mutex.hpp"
#include "shardlog/shard_log.hpp"

namespace millbeck::shardlog {

// Threads: any. A pin may outlive the board.
class PinBoard {
  public:
    PinBoard();
    ~PinBoard();
    PinBoard(const PinBoard&) = delete;
    PinBoard& operator=(const PinBoard&) = delete;

    std::unique_ptr<Pin> pin(SequenceNumber from);

    // The oldest pinned position; SequenceNumber::max() without pins.
    [[nodiscard]] SequenceNumber oldest() const;

    struct State;

  private:
    std::shared_ptr<State> state_;
};

}  // namespace millbeck::shardlog
