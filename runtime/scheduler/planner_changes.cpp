// Changes of triggers that run: their workers end, then what was asked for is done.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/log.hpp"
#include "runtime/scheduler/planner.hpp"

namespace millbeck::runtime {

using base::Code;
using base::Result;
using base::Status;

std::shared_ptr<SinkGate> Planner::gate_of(const std::shared_ptr<sinks::Sink>& sink) {
    std::erase_if(gates_, [](const auto& each) { return each.second.expired(); });
    auto gate = gates_[sink.get()].lock();
    if (!gate) {
        gate = std::make_shared<SinkGate>(sink);
        gates_[sink.get()] = gate;
    }
    return gate;
}

// A function's concurrency may have grown.
void Planner::look_at_gates() {
    std::vector<std::shared_ptr<SinkGate>> gates;
    {
        const base::MutexLock lock(mutex_);
        for (const auto& [sink, weak] : gates_) {
            if (auto gate = weak.lock()) {
                gates.push_back(std::move(gate));
            }
        }
    }
    for (const auto& gate : gates) {
        gate->look_again();
    }
}

Status Planner::update(triggers::TriggerSpec spec, std::shared_ptr<sinks::Sink> sink, Done done) {
    MB_TRY_STATUS(check_update(spec));
    const std::string name = spec.name;
    Delivery delivery{.spec = std::move(spec), .sink = std::move(sink), .gate = nullptr};
    {
        const base::MutexLock lock(mutex_);
        delivery.gate = gate_of(delivery.sink);
    }
    return ask(name, {.to = std::move(delivery), .move = {}, .done = std::move(done)});
}

Status Planner::remove(const std::string& name, Done done) {
    return ask(name, {.to = std::nullopt, .move = {}, .done = std::move(done)});
}

Status Planner::check_update(const triggers::TriggerSpec& spec) const {
    const auto known = find(spec.name);
    if (known && (known->delivery.spec.table != spec.table ||
                  known->delivery.spec.stream_arn != spec.stream_arn)) {
        return base::fail(
            Code::Invalid,
            fmt::format("trigger \"{}\": an update cannot change its table or stream", spec.name));
    }
    return {};
}

Status Planner::ask(const std::string& name, Change change) {
    {
        const base::MutexLock lock(mutex_);
        if (stopped_) {
            return base::fail(Code::Unavailable, "the node is stopping");
        }
        const auto found = triggers_.find(name);
        if (found == triggers_.end() ||
            (!found->second.changes.empty() && found->second.changes.back().is_removal())) {
            return base::fail(Code::NotFound,
                              fmt::format("there is no trigger named \"{}\"", name));
        }
        if (found->second.changes.size() >= kChangesMax) {
            return base::fail(
                Code::Unavailable,
                fmt::format("trigger \"{}\": {} changes wait already", name, kChangesMax));
        }
        found->second.changes.push_back(std::move(change));
        for (const auto& subscription : found->second.subscriptions) {
            subscription->begin_no_more();
        }
    }
    wake();
    return {};
}

std::string Planner::problem() const {
    const base::MutexLock lock(mutex_);
    return problem_;
}

// Otherwise it is not known yet which triggers will be enabled; the end of the changes wakes the
// strand again.
bool Planner::is_settled() const {
    const base::MutexLock lock(mutex_);
    return std::all_of(triggers_.begin(), triggers_.end(),
                       [](const auto& each) { return each.second.changes.empty(); });
}

std::vector<std::string> Planner::names() const {
    std::vector<std::string> all;
    const base::MutexLock lock(mutex_);
    for (const auto& [name, trigger] : triggers_) {
        all.push_back(name);
    }
    return all;
}

std::optional<Planner::Trigger> Planner::find(const std::string& name) const {
    const base::MutexLock lock(mutex_);
    const auto found = triggers_.find(name);
    return found == triggers_.end() ? std::nullopt : std::optional(found->second);
}

std::optional<Delivery> Planner::delivery_of(const std::string& name) const {
    const auto trigger = find(name);
    return trigger ? std::optional(trigger->delivery) : std::nullopt;
}

// False: a change is under way whose workers have not ended; their end leads to another turn.
Result<bool> Planner::change_trigger(const std::string& name) {
    for (;;) {
        const auto trigger = find(name);
        if (!trigger || trigger->changes.empty()) {
            return true;
        }
        bool at_rest = true;
        for (const auto& subscription : trigger->subscriptions) {
            subscription->retire();
            at_rest = subscription->at_rest() && at_rest;
        }
        if (!at_rest) {
            return false;
        }
        MB_TRY_STATUS(trigger->changes.front().is_removal() ? erase(name, *trigger)
                                                            : apply(name, *trigger));
    }
}

// An error leaves it to be done again: what has begun then is ended first.
Status Planner::apply(const std::string& name, const Trigger& trigger) {
    const Change& change = trigger.changes.front();
    const Delivery& delivery = change.to ? *change.to : trigger.delivery;
    if (change.move && !change.move->result) {
        change.move->result = carry_out(change.move->asked, trigger);
    }
    std::vector<std::shared_ptr<Subscription>> changed;
    for (const auto& subscription : trigger.subscriptions) {
        changed.push_back(subscription->changed_to(delivery));
    }
    {
        const base::MutexLock lock(mutex_);
        Trigger& kept = triggers_[name];
        kept.delivery = delivery;
        kept.subscriptions = changed;
    }
    for (const auto& subscription : changed) {
        MB_TRY_STATUS(subscription->plan());
    }
    for (const auto& subscription : changed) {
        drain_.replace(subscription->spec().id, subscription);
    }
    {
        const base::MutexLock lock(mutex_);
        triggers_[name].changes.pop_front();
    }
    trigger.changes.front().done();
    return {};
}

Status Planner::erase(const std::string& name, const Trigger& trigger) {
    MB_TRY_STATUS(forget(trigger));
    {
        const base::MutexLock lock(mutex_);
        triggers_.erase(name);
    }
    for (const auto& subscription : trigger.subscriptions) {
        drain_.replace(subscription->spec().id, nullptr);
    }
    trigger.changes.front().done();
    return {};
}

Status Planner::forget(const Trigger& trigger) {
    for (const auto& subscription : trigger.subscriptions) {
        MB_TRY_STATUS(forget(subscription->spec().id));
    }
    return {};
}

// The id last: by it the rest can be forgotten again.
Status Planner::forget(const triggers::TriggerId& trigger) {
    if (context_.options.parking != nullptr) {
        MB_TRY_STATUS(context_.options.parking->forget(trigger));
    }
    return context_.checkpoints.forget(trigger);
}

void Planner::stop() {
    std::vector<Change> owed;
    {
        const base::MutexLock lock(mutex_);
        stopped_ = true;
        for (auto& [name, trigger] : triggers_) {
            if (!trigger.changes.empty() && trigger.changes.back().is_removal()) {
                half_removed_.push_back(
                    {.delivery = {}, .subscriptions = trigger.subscriptions, .changes = {}});
            }
            for (Change& change : std::exchange(trigger.changes, {})) {
                owed.push_back(std::move(change));
            }
        }
    }
    for (const Change& change : owed) {
        change.done();
    }
}

void Planner::finish_removals() {
    std::vector<Trigger> removed;
    {
        const base::MutexLock lock(mutex_);
        removed.swap(half_removed_);
    }
    for (const Trigger& trigger : removed) {
        if (const Status forgotten = forget(trigger); !forgotten) {
            base::log(base::LogLevel::Error, "runtime", "a removed trigger cannot be forgotten",
                      {{"error", forgotten.error().message}});
        }
    }
}

}  // namespace millbeck::runtime
