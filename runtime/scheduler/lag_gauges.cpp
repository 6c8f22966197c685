#include "runtime/scheduler/lag_gauges.hpp"

#include <utility>

namespace millbeck::runtime {

void LagGauges::refresh(const std::vector<std::shared_ptr<Subscription>>& subscriptions) {
    const base::MutexLock lock(mutex_);
    std::set<std::string> present;
    for (const auto& subscription : subscriptions) {
        const std::string& trigger = subscription->spec().name;
        set(trigger, subscription->lag());
        present.insert(trigger);
    }
    for (const std::string& trigger : known_) {
        if (!present.contains(trigger)) {
            set(trigger, {});
        }
    }
    known_.merge(std::move(present));
}

void LagGauges::set(const std::string& trigger, const Subscription::Lag& lag) {
    const base::Labels labels{{"trigger", trigger}};
    metrics_
        .gauge("millbeck_triggers_behind_seconds", "Age of the oldest undelivered change; 0: none",
               labels)
        .set(static_cast<double>(lag.time.count()) / 1000.0);
    metrics_
        .gauge("millbeck_triggers_behind_sequence",
               "From the oldest undelivered change to the newest of the log, in changes of all "
               "tables; 0: none",
               labels)
        .set(static_cast<double>(lag.changes));
}

}  // namespace millbeck::runtime
