// How far triggers are behind, for monitoring: asked for when metrics are printed.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/metrics.hpp"
#include "base/mutex.hpp"
#include "runtime/scheduler/subscription.hpp"

namespace millbeck::runtime {

// Threads: any.
class LagGauges {
  public:
    // `metrics` outlives it.
    explicit LagGauges(base::Metrics& metrics) : metrics_(metrics) {}

    // Triggers that are gone are behind by nothing.
    void refresh(const std::vector<std::shared_ptr<Subscription>>& subscriptions);

  private:
    void set(const std::string& trigger, const Subscription::Lag& lag);

    base::Metrics& metrics_;
    base::Mutex mutex_;
    std::set<std::string> known_ MB_GUARDED_BY(mutex_);
};

}  // namespace millbeck::runtime
