// A trigger manager that keeps what it is told and ends updates and removals when it is asked to.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "runtime/trigger_manager.hpp"

namespace millbeck::tests {

// Threads: one.
class ScriptedTriggers final : public runtime::TriggerManager {
  public:
    base::Status add(triggers::TriggerSpec spec, std::shared_ptr<sinks::Sink> /*sink*/) override {
        const std::string name = spec.name;
        specs_[name] = std::move(spec);
        return {};
    }
    base::Status update(triggers::TriggerSpec spec, std::shared_ptr<sinks::Sink> /*sink*/,
                        std::function<void()> done) override {
        const std::string name = spec.name;
        if (!specs_.contains(name)) {
            return base::fail(base::Code::NotFound, "no such trigger");
        }
        specs_[name] = std::move(spec);
        pending_.push_back(std::move(done));
        return {};
    }
    base::Status remove(const std::string& name, std::function<void()> done) override {
        if (specs_.erase(name) == 0) {
            return base::fail(base::Code::NotFound, "no such trigger");
        }
        pending_.push_back(std::move(done));
        return {};
    }
    base::Status begin_copy(const std::string& name) override {
        return base::fail(base::Code::NotFound, "there is no sink named " + name);
    }
    base::Status move(
        const std::string& name, runtime::TriggerMove /*move*/,
        std::function<void(base::Result<triggers::CheckpointChange>)> /*done*/) override {
        return base::fail(base::Code::NotFound, "there is no trigger named " + name);
    }
    [[nodiscard]] base::Result<std::vector<triggers::CheckpointChange>> changes(
        const std::string& name, std::size_t /*limit*/) const override {
        return base::fail(base::Code::NotFound, "there is no trigger named " + name);
    }
    [[nodiscard]] std::vector<runtime::TriggerPositions> positions() const override { return {}; }
    bool look_again(const triggers::TriggerId& /*trigger*/) override { return false; }
    void start() override {}
    void stop(base::Milliseconds /*deadline*/) override {}
    [[nodiscard]] std::vector<runtime::TriggerStatus> status() const override {
        return brief_status();
    }
    [[nodiscard]] std::vector<runtime::TriggerStatus> brief_status() const override {
        std::vector<runtime::TriggerStatus> all;
        for (const auto& [name, spec] : specs_) {
            runtime::TriggerStatus status;
            status.spec = spec;
            const auto stream = streams_.find(name);
            status.stream_arn = stream == streams_.end() ? spec.stream_arn : stream->second;
            status.last_result = last_result_;
            all.push_back(std::move(status));
        }
        return all;
    }
    void wait_drained(base::Milliseconds /*timeout*/, std::function<void(bool)> done) override {
        done(true);
    }
    [[nodiscard]] std::vector<runtime::Unhealthy> unhealthy() const override { return {}; }

    // ---- the script

    // A trigger of the configuration on this stream.
    void put(const triggers::TriggerSpec& spec, std::string stream_arn) {
        specs_[spec.name] = spec;
        streams_[spec.name] = std::move(stream_arn);
    }
    // What was begun has ended.
    void finish() {
        for (const auto& done : std::exchange(pending_, {})) {
            done();
        }
    }
    void set_last_result(runtime::LastResult result) { last_result_ = result; }
    [[nodiscard]] std::vector<triggers::TriggerSpec> specs() const {
        std::vector<triggers::TriggerSpec> all;
        for (const auto& [name, spec] : specs_) {
            all.push_back(spec);
        }
        return all;
    }

  private:
    std::map<std::string, triggers::TriggerSpec> specs_;
    std::map<std::string, std::string> streams_;
    std::vector<std::function<void()>> pending_;
    runtime::LastResult last_result_ = runtime::LastResult::None;
};

}  // namespace millbeck::tests
