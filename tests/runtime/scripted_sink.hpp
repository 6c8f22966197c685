// A sink that does what a test says and remembers what it got; a place to wait for it.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sinks/sink.hpp"

namespace millbeck::tests {

// Threads: any. Waits end by a generous deadline only when something is broken.
class ScriptedSink final : public sinks::Sink {
  public:
    using Script = std::function<sinks::Outcome(const sinks::Batch&)>;

    explicit ScriptedSink(unsigned concurrency = 8) : concurrency_(concurrency) {}

    // What deliveries answer from now on; without a script they are delivered.
    void answer(Script script) {
        const std::lock_guard lock(mutex_);
        script_ = std::move(script);
    }

    // While held, deliveries wait inside the sink.
    void hold(bool held) {
        const std::lock_guard lock(mutex_);
        held_ = held;
        changed_.notify_all();
    }

    sinks::Outcome deliver(const sinks::Batch& batch, base::Instant /*deadline*/) override {
        std::unique_lock lock(mutex_);
        ++inside_;
        inside_most_ = std::max(inside_most_, inside_);
        for (const sinks::Message& message : batch.messages) {
            seen_.emplace_back(message.record);
        }
        batches_.push_back(batch.messages.size());
        changed_.notify_all();
        changed_.wait(lock, [this] { return !held_; });
        const Script script = script_;
        lock.unlock();
        sinks::Outcome outcome = script ? script(batch) : sinks::Outcome{};
        lock.lock();
        --inside_;
        changed_.notify_all();
        return outcome;
    }

    [[nodiscard]] unsigned concurrency() const override { return concurrency_; }
    void allow(unsigned concurrency) { concurrency_ = concurrency; }
    void stop(base::Instant /*deadline*/) override { hold(false); }

    // True once `count` records came in (again counts again).
    bool wait_for_records(std::size_t count) {
        return wait([&] { return seen_.size() >= count; });
    }
    bool wait_for_inside(unsigned count) {
        return wait([&] { return inside_ == count; });
    }

    [[nodiscard]] std::vector<std::string> records() const {
        const std::lock_guard lock(mutex_);
        return seen_;
    }
    [[nodiscard]] std::vector<std::size_t> batches() const {
        const std::lock_guard lock(mutex_);
        return batches_;
    }
    [[nodiscard]] unsigned inside_most() const {
        const std::lock_guard lock(mutex_);
        return inside_most_;
    }

  private:
    template <typename Condition>
    bool wait(Condition condition) {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, std::chrono::seconds(60), condition);
    }

    std::atomic<unsigned> concurrency_;
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    Script script_;
    bool held_ = false;
    unsigned inside_ = 0;
    unsigned inside_most_ = 0;
    std::vector<std::string> seen_;
    std::vector<std::size_t> batches_;
};

inline sinks::Outcome failed(std::string why) {
    sinks::Outcome outcome;
    outcome.kind = sinks::Outcome::Kind::Failed;
    outcome.error = {base::Code::Io, std::move(why)};
    return outcome;
}

// A promise that a call-back keeps, with a generous deadline.
template <typename T>
class Promised {
  public:
    [[nodiscard]] std::function<void(T)> keeper() {
        return [this](T value) {
            const std::lock_guard lock(mutex_);
            value_ = value_.value_or(value);  // the first one counts
            changed_.notify_all();
        };
    }
    [[nodiscard]] bool kept() const {
        const std::lock_guard lock(mutex_);
        return value_.has_value();
    }
    // nullopt when it was never kept.
    std::optional<T> wait() {
        std::unique_lock lock(mutex_);
        changed_.wait_for(lock, std::chrono::seconds(60), [this] { return value_.has_value(); });
        return value_;
    }

  private:
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::optional<T> value_;
};

}  // namespace millbeck::tests
