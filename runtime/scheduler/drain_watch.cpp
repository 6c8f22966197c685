#include "runtime/scheduler/drain_watch.hpp"

#include <algorithm>
#include <chrono>
#include <set>
#include <utility>

namespace millbeck::runtime {

using shardlog::SequenceNumber;
using shardlog::ShardId;
using triggers::TriggerId;

void DrainWatch::add(SequenceNumber target, base::Milliseconds timeout, Done done) {
    std::uint64_t number = 0;
    {
        const base::MutexLock lock(mutex_);
        if (!stopped_) {
            number = ++last_number_;
            Wait& wait = waits_.emplace_back();
            wait.number = number;
            wait.target = target;
            wait.done.swap(done);
            ++waiting_;
        }
    }
    if (number == 0) {
        done(false);
        return;
    }
    const auto timer = timekeeper_.at(std::chrono::steady_clock::now() + timeout,
                                      [this, number] { finish(number, false); });
    const base::MutexLock lock(mutex_);
    for (Wait& wait : waits_) {
        if (wait.number == number) {
            wait.timer = timer;
        }
    }
}

std::uint64_t DrainWatch::newest() const {
    const base::MutexLock lock(mutex_);
    return last_number_;
}

void DrainWatch::begin(const std::vector<std::shared_ptr<Subscription>>& subscriptions,
                       std::uint64_t newest) {
    struct New {
        std::uint64_t number;
        SequenceNumber target;
    };
    std::vector<New> fresh;
    {
        const base::MutexLock lock(mutex_);
        for (const Wait& wait : waits_) {
            if (!wait.begun && wait.number <= newest) {
                fresh.push_back({wait.number, wait.target});
            }
        }
    }
    for (const New& each : fresh) {
        // Listed first and looked at afterwards: progress between the two is then not missed.
        std::vector<Goal> goals;
        for (const auto& subscription : subscriptions) {
            if (!subscription->spec().enabled) {
                continue;
            }
            for (const auto& position : subscription->positions()) {
                goals.push_back({subscription, position.shard.id});
            }
        }
        const std::vector<Goal> listed = goals;
        {
            const base::MutexLock lock(mutex_);
            for (Wait& wait : waits_) {
                if (wait.number == each.number) {
                    wait.begun = true;
                    wait.goals = std::move(goals);
                    break;
                }
            }
        }
        for (const Goal& goal : listed) {
            progress(goal.subscription->spec().id, goal.shard);
        }
        if (listed.empty()) {
            finish(each.number, true);
        }
    }
}

void DrainWatch::progress(const TriggerId& trigger, const ShardId& shard) {
    if (nobody_waits()) {
        return;
    }
    const auto same = [&](const Goal& goal) {
        return goal.shard == shard && goal.subscription->spec().id == trigger;
    };
    struct Question {
        std::uint64_t number;
        SequenceNumber target;
        std::shared_ptr<Subscription> subscription;
    };
    std::vector<Question> questions;
    {
        const base::MutexLock lock(mutex_);
        for (const Wait& wait : waits_) {
            const auto goal = std::find_if(wait.goals.begin(), wait.goals.end(), same);
            if (goal != wait.goals.end()) {
                questions.push_back({wait.number, wait.target, goal->subscription});
            }
        }
    }
    for (const Question& question : questions) {
        if (!question.subscription->drained(shard, question.target)) {
            continue;
        }
        bool all = false;
        {
            const base::MutexLock lock(mutex_);
            for (Wait& wait : waits_) {
                if (wait.number == question.number) {
                    std::erase_if(wait.goals, same);
                    all = wait.goals.empty();
                }
            }
        }
        if (all) {
            finish(question.number, true);
        }
    }
}

void DrainWatch::replace(const TriggerId& trigger, const std::shared_ptr<Subscription>& by) {
    std::set<ShardId> shards;
    std::vector<std::uint64_t> emptied;
    {
        const base::MutexLock lock(mutex_);
        for (Wait& wait : waits_) {
            const std::size_t before = wait.goals.size();
            std::erase_if(wait.goals, [&](Goal& goal) {
                if (goal.subscription->spec().id != trigger) {
                    return false;
                }
                goal.subscription = by;
                shards.insert(goal.shard);
                return by == nullptr || !by->spec().enabled;
            });
            if (wait.goals.empty() && before > 0) {
                emptied.push_back(wait.number);
            }
        }
    }
    for (const std::uint64_t number : emptied) {
        finish(number, true);
    }
    for (const ShardId& shard : shards) {
        progress(trigger, shard);
    }
}

void DrainWatch::finish(std::uint64_t number, bool drained) {
    std::list<Wait> ended;
    {
        const base::MutexLock lock(mutex_);
        const auto found = std::find_if(waits_.begin(), waits_.end(),
                                        [&](const Wait& wait) { return wait.number == number; });
        if (found == waits_.end()) {
            return;
        }
        ended.splice(ended.begin(), waits_, found);
        --waiting_;
    }
    timekeeper_.cancel(ended.front().timer);
    ended.front().done(drained);
}

void DrainWatch::stop() {
    std::vector<std::uint64_t> numbers;
    {
        const base::MutexLock lock(mutex_);
        stopped_ = true;
        for (const Wait& wait : waits_) {
            numbers.push_back(wait.number);
        }
    }
    for (const std::uint64_t number : numbers) {
        finish(number, false);
    }
}

}  // namespace millbeck::runtime
