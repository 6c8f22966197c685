// Which on-failure destination takes the batches of which trigger.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>

#include "base/mutex.hpp"
#include "triggers/failed_batch.hpp"

namespace millbeck::runtime {

// Threads: any.
class FailureRoutes final : public triggers::FailureDestination {
  public:
    // `usual` takes what no other destination is told to take; outlives this.
    explicit FailureRoutes(triggers::FailureDestination& usual) : usual_(usual) {}

    // From now on; what the one before is taking, it takes to the end.
    void set(const std::string& trigger, std::shared_ptr<triggers::FailureDestination> to) {
        const base::MutexLock lock(mutex_);
        by_trigger_[trigger] = std::move(to);
    }

    void remove(const std::string& trigger) {
        const base::MutexLock lock(mutex_);
        by_trigger_.erase(trigger);
    }

    base::Status take(const triggers::FailedBatch& failed) override {
        std::shared_ptr<triggers::FailureDestination> own;
        {
            const base::MutexLock lock(mutex_);
            if (const auto found = by_trigger_.find(failed.trigger_name);
                found != by_trigger_.end()) {
                own = found->second;
            }
        }
        return own ? own->take(failed) : usual_.take(failed);
    }

  private:
    triggers::FailureDestination& usual_;
    base::Mutex mutex_;
    std::map<std::string, std::shared_ptr<triggers::FailureDestination>> by_trigger_
        MB_GUARDED_BY(mutex_);
};

}  // namespace millbeck::runtime
