// Which on-failure destination takes the batches of which trigger.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>

#include "triggers/failed_batch.hpp"

namespace millbeck::runtime {

// Threads: add() before the first take(); take() by any.
class FailureRoutes final : public triggers::FailureDestination {
  public:
    // `usual` takes what no other destination is told to take; outlives this.
    explicit FailureRoutes(triggers::FailureDestination& usual) : usual_(usual) {}

    void add(const std::string& trigger, std::unique_ptr<triggers::FailureDestination> to) {
        by_trigger_[trigger] = std::move(to);
    }

    base::Status take(const triggers::FailedBatch& failed) override {
        const auto own = by_trigger_.find(failed.trigger_name);
        return own == by_trigger_.end() ? usual_.take(failed) : own->second->take(failed);
    }

  private:
    triggers::FailureDestination& usual_;
    std::map<std::string, std::unique_ptr<triggers::FailureDestination>> by_trigger_;
};

}  // namespace millbeck::runtime
