// Which positions somebody still needs, whatever retention says.
#pragma once

#include <memory>
#include <string>
#include <vector>

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

    std::unique_ptr<Pin> pin(PinInfo pin);

    // The oldest pinned position, of all pins and of those for shards; SequenceNumber::max()
    // without pins.
    [[nodiscard]] SequenceNumber oldest() const;
    [[nodiscard]] SequenceNumber oldest_for_shards() const;

    // Oldest position first.
    [[nodiscard]] std::vector<PinInfo> pins() const;

    struct State;

  private:
    std::shared_ptr<State> state_;
};

}  // namespace millbeck::shardlog
