// One worker on one shard of a log in memory, driven by hand.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/fake_shard_log.hpp"
#include "tests/support/temp_folder.hpp"
#include "triggers/checkpoint_store.hpp"
#include "triggers/shard_worker.hpp"

namespace millbeck::triggers {

// A real store whose writes fail while `error` is set.
class BreakableCheckpoints final : public CheckpointStore {
  public:
    explicit BreakableCheckpoints(std::unique_ptr<CheckpointStore> store)
        : store_(std::move(store)) {}

    std::optional<base::Error> error;
    int writes = 0;  // that were asked for

    [[nodiscard]] base::Result<std::vector<Checkpoint>> load(const TriggerId& id) override {
        return store_->load(id);
    }
    base::Status advance(const TriggerId& id, const Checkpoint& checkpoint) override {
        return guarded([&] { return store_->advance(id, checkpoint); });
    }
    base::Status advance_all(const TriggerId& id, const std::vector<Checkpoint>& all) override {
        return guarded([&] { return store_->advance_all(id, all); });
    }
    [[nodiscard]] base::Result<std::optional<std::string>> generation(
        const TriggerId& id) override {
        return store_->generation(id);
    }
    base::Status restart(const TriggerId& id, const std::string& generation,
                         const std::vector<Checkpoint>& all,
                         const std::optional<ChangeNote>& note) override {
        return guarded([&] { return store_->restart(id, generation, all, note); });
    }
    base::Result<CheckpointChange> replace_all(const TriggerId& id,
                                               const std::vector<Checkpoint>& all,
                                               const ChangeNote& note) override {
        return store_->replace_all(id, all, note);
    }
    [[nodiscard]] base::Result<std::vector<CheckpointChange>> changes(const TriggerId& id,
                                                                      std::size_t limit) override {
        return store_->changes(id, limit);
    }
    base::Status record_gap(const Gap& gap) override {
        return guarded([&] { return store_->record_gap(gap); });
    }
    [[nodiscard]] base::Result<std::vector<Gap>> gaps(const TriggerId& id) override {
        return store_->gaps(id);
    }
    base::Status forget(const TriggerId& id) override { return store_->forget(id); }
    base::Status forget_shard(const TriggerId& id, const shardlog::ShardId& shard) override {
        return store_->forget_shard(id, shard);
    }
    base::Result<TriggerId> id_for(const std::string& name, const std::string& arn) override {
        return store_->id_for(name, arn);
    }
    base::Status adopt(const TriggerId& id, const std::string& name,
                       const std::string& arn) override {
        return store_->adopt(id, name, arn);
    }

  private:
    template <typename Call>
    base::Status guarded(Call call) {
        ++writes;
        if (error) {
            return tl::unexpected<base::Error>(*error);
        }
        return call();
    }

    std::unique_ptr<CheckpointStore> store_;
};

// Keeps what it is given, and takes nothing while `error` is set.
class CollectedFailures final : public FailureDestination {
  public:
    std::optional<base::Error> error;
    std::vector<FailedBatch> taken;

    base::Status take(const FailedBatch& failed) override {
        if (error) {
            return tl::unexpected<base::Error>(*error);
        }
        taken.push_back(failed);
        return {};
    }
};

class WorkerTest : public testing::Test {
  protected:
    using Kind = sinks::Outcome::Kind;

    WorkerTest() {
        stream = log.add_stream("orders");
        shard = log.shards(stream.id).front();
        spec.id = TriggerId{"11111111-1111-4111-8111-111111111111"};
        spec.name = "notify";
        spec.table = stream.table_name;
        spec.function = "on-order";
        auto opened = CheckpointStore::open(folder.path() / "triggers.db", *random);
        EXPECT_TRUE(opened) << opened.error().message;
        checkpoints = std::make_unique<BreakableCheckpoints>(std::move(*opened));
    }

    // A worker that knows nothing but what is stored.
    void start() {
        const auto stored = stored_checkpoint();
        const auto from = stored ? stored->next : shard.starting;
        worker = ShardWorker::create({.log = log,
                                      .checkpoints = *checkpoints,
                                      .on_failure = &on_failure,
                                      .parking = parking,
                                      .window = stored ? stored->window : std::nullopt,
                                      .clock = clock,
                                      .random = *random,
                                      .metrics = metrics,
                                      .identity = {},
                                      .retention = retention,
                                      .copy = copy(stored)},
                                     spec, stream, shard.id, from);
    }

    // What a worker of a copy is told, where spec.copy says so.
    std::optional<CopyContext> copy(const std::optional<Checkpoint>& stored) {
        if (!spec.copy) {
            return std::nullopt;
        }
        return CopyContext{.generation = "life-1",
                           .state = stored ? stored->copy : CopyState(),
                           .told = stored ? stored->told : "",
                           .images = images,
                           .pace = std::make_shared<Pace>(spec.copy->rows_per_second)};
    }

    shardlog::SequenceNumber put(const std::string& key, const std::string& value = "x") {
        return log.put(shard.id.number(), key, value);
    }

    std::optional<Checkpoint> stored_checkpoint() {
        const auto stored = checkpoints->load(spec.id);
        EXPECT_TRUE(stored) << stored.error().message;
        for (const Checkpoint& each : stored.value_or(std::vector<Checkpoint>{})) {
            if (each.shard == shard.id) {
                return each;
            }
        }
        return std::nullopt;
    }

    std::shared_ptr<const sinks::Batch> expect_batch() {
        const NextMove move = worker->step();
        const auto* deliver = std::get_if<Deliver>(&move);
        EXPECT_NE(deliver, nullptr) << "no batch: " << worker->status().last_error;
        return deliver != nullptr ? deliver->batch : std::make_shared<const sinks::Batch>();
    }

    // The wait's length; nullopt when only the bell can help.
    std::optional<base::Milliseconds> expect_wait() {
        const NextMove move = worker->step();
        const auto* wait = std::get_if<Wait>(&move);
        EXPECT_NE(wait, nullptr) << "no wait";
        if (wait == nullptr || !wait->until) {
            return std::nullopt;
        }
        return std::chrono::duration_cast<base::Milliseconds>(*wait->until - clock.instant());
    }

    void expect_finished() { EXPECT_TRUE(std::holds_alternative<Finished>(worker->step())); }

    void answer(Kind kind, std::vector<std::string> failed = {}) {
        sinks::Outcome outcome;
        outcome.kind = kind;
        outcome.failed = std::move(failed);
        if (kind == Kind::Failed || kind == Kind::NotInvoked) {
            outcome.error = {base::Code::Io, "handler says no"};
        }
        worker->delivered(outcome);
    }

    // The function took the batch and replied this.
    void reply(std::string text) {
        sinks::Outcome outcome;
        outcome.reply = std::move(text);
        worker->delivered(std::move(outcome));
    }

    // The keys of a batch: `a b c`.
    static std::string keys(const sinks::Batch& batch) {
        std::string out;
        for (const sinks::Message& message : batch.messages) {
            const auto begin = message.key.find(R"({"S":")") + 6;
            out += out.empty() ? "" : " ";
            out += message.key.substr(begin, message.key.find('"', begin) - begin);
        }
        return out;
    }

    base::VirtualClock clock;
    tests::FakeShardLog log{clock};
    tests::TempFolder folder;
    std::unique_ptr<base::Random> random = base::seeded_random(3);
    base::Metrics metrics;
    CollectedFailures on_failure;
    ParkingLot* parking = nullptr;
    base::Milliseconds retention{24 * 3'600'000};
    TableImages images;  // of the rows, for copies
    TriggerSpec spec;
    shardlog::Stream stream;
    shardlog::Shard shard;
    std::unique_ptr<BreakableCheckpoints> checkpoints;
    std::unique_ptr<ShardWorker> worker;
};

}  // namespace millbeck::triggers
