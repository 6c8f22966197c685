// A node's replays beside its trigger manager: targets that do as they are told, a log to replay.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <thread>

#include <gtest/gtest.h>

#include "runtime/replay/replay_registry.hpp"
#include "tests/runtime/copy_harness.hpp"
#include "tests/runtime/trigger_manager_harness.hpp"
#include "triggers/dead_letter_store.hpp"

namespace millbeck::runtime {

using base::Code;
using shardlog::SequenceNumber;

class ReplayTest : public TriggerManagerTest {
  protected:
    ReplayTest() {
        dead_letters = must(triggers::DeadLetterStore::open(folder.path() / "dead-letters.db", {}));
    }
    ~ReplayTest() override {
        stop_manager();
        replays.reset();
    }

    // As a start of the node.
    void open(bool starts = true) {
        stop_manager();
        replays.reset();
        manager = TriggerManager::create(*log, *checkpoints, clock, *random, metrics,
                                         {.threads_max = threads});
        replays = must(ReplayRegistry::open(
            {.run = {.log = *log,
                     .checkpoints = *checkpoints,
                     .dead_letters = *dead_letters,
                     .clock = clock,
                     .random = *random,
                     .metrics = metrics,
                     .identity = {}},
             .triggers = *manager,
             .file = folder.path() / "replays.db",
             .delivery_threads = threads,
             .open_target =
                 [this](const ReplayTarget& target) -> base::Result<std::shared_ptr<sinks::Sink>> {
                 if (target.kind == ReplayTarget::Kind::Sink) {
                     return std::shared_ptr<sinks::Sink>(
                         std::make_shared<TargetSink>(copy, copy_keeps));
                 }
                 if (target.name == "old") {
                     return std::shared_ptr<sinks::Sink>(old);
                 }
                 if (!sink) {
                     return base::fail(Code::NotFound, "there is no function \"new\"");
                 }
                 return std::shared_ptr<sinks::Sink>(sink);
             },
             .is_function = [](const std::string& name) { return name == "new"; },
             .is_sink = [](const std::string&) { return false; }}));
        manager->start();
        if (starts) {
            replays->start();
        }
    }

    ReplaySpec spec_of(const Stream& of, const std::string& name = "again") {
        ReplaySpec made;
        made.name = name;
        made.table = of.table_name.value();
        made.choice.table = of.table;
        made.choice.range = {SequenceNumber{1}, log->history().newest()};
        made.target = {ReplayTarget::Kind::Function, "new"};
        made.batch_size = 3;
        made.retries = 0;
        made.lanes = replays->lanes();
        return made;
    }

    void fill(const Stream& to, int count) {
        for (int i = 0; i < count; ++i) {
            put(to, static_cast<std::uint64_t>(i) * 0x0fff'ffff'ffff'ffff, std::to_string(i));
        }
    }

    // A generous deadline that only a broken replay reaches.
    ReplayStatus await(ReplayState state, const std::string& name = "again") {
        const auto deadline = std::chrono::steady_clock::now() + kLong;
        while (std::chrono::steady_clock::now() < deadline) {
            const auto status = replays->find(name);
            if (status && status->record.state == state) {
                return *status;
            }
            std::this_thread::yield();
        }
        ADD_FAILURE() << "it is not " << to_string(state);
        return {};
    }

    unsigned threads = 8;
    std::shared_ptr<ScriptedSink> sink = std::make_shared<ScriptedSink>();
    std::shared_ptr<Target> copy = std::make_shared<Target>();
    bool copy_keeps = true;
    std::shared_ptr<ScriptedSink> old = std::make_shared<ScriptedSink>();
    std::unique_ptr<triggers::DeadLetterStore> dead_letters;
    std::unique_ptr<ReplayRegistry> replays;
};

}  // namespace millbeck::runtime
