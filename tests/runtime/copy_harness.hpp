// A target that keeps a copy in memory, with its position or without, and a table store, a log and
// a trigger manager that copy to it.
#pragma once

#include <algorithm>
#include <atomic>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "base/mutex.hpp"
#include "runtime/trigger_manager.hpp"
#include "sinks/position_keeper.hpp"
#include "tests/support/store_fixture.hpp"

namespace millbeck::runtime {

// What a target that keeps positions with its data holds: what a backup of it would.
struct TargetState {
    std::string generation;
    sinks::Positions positions;
    std::map<std::string, std::string> rows;        // key -> image
    std::map<std::string, std::uint64_t> versions;  // key -> newest
};

// What survives a restart of the node.
struct Target {
    base::Mutex mutex;
    TargetState state MB_GUARDED_BY(mutex);
    std::vector<std::string> faults MB_GUARDED_BY(mutex);
    std::mt19937_64 chance MB_GUARDED_BY(mutex);
    int trouble MB_GUARDED_BY(mutex) = 0;  // percent of batches that are refused or half told
    int begun MB_GUARDED_BY(mutex) = 0;    // how often a copy was begun

    // Set before a manager starts; called before the target does anything, by its threads.
    std::function<void(const sinks::Batch&)> on_batch;
    std::function<void()> on_positions;

    [[nodiscard]] TargetState snapshot() {
        const base::MutexLock lock(mutex);
        return state;
    }
    void restore(TargetState to) {
        const base::MutexLock lock(mutex);
        state = std::move(to);
    }
    [[nodiscard]] int times_begun() {
        const base::MutexLock lock(mutex);
        return begun;
    }
};

class TargetSink final : public sinks::Sink, public sinks::PositionKeeper {
  public:
    TargetSink(std::shared_ptr<Target> target, bool keeps)
        : target_(std::move(target)), keeps_(keeps) {}

    sinks::Outcome deliver(const sinks::Batch& batch, base::Instant /*deadline*/) override {
        Target& target = *target_;
        if (target.on_batch) {
            target.on_batch(batch);
        }
        const base::MutexLock lock(target.mutex);
        TargetState& state = target.state;
        const int luck = static_cast<int>(target.chance() % 100);
        if (keeps_ && state.generation != batch.generation) {
            return not_taken(sinks::Outcome::Kind::PositionLost, base::Code::NotFound, "lost");
        }
        const auto held = state.positions.find(batch.shard_id);
        if (keeps_ && held != state.positions.end() && held->second == batch.position) {
            return {};
        }
        if (luck < target.trouble / 2) {
            return not_taken(sinks::Outcome::Kind::Failed, base::Code::Io, "refused");
        }
        for (const sinks::Message& message : batch.messages) {
            take(target, batch, message);
        }
        if (keeps_) {
            state.positions[batch.shard_id] = batch.position;
        }
        // Taken, and the answer is lost: only one without positions may hear of it again.
        if (luck < target.trouble) {
            return not_taken(sinks::Outcome::Kind::Failed, base::Code::Io, "answer lost");
        }
        return {};
    }
    [[nodiscard]] unsigned concurrency() const override { return 4; }
    void stop(base::Instant /*deadline*/) override {}
    sinks::PositionKeeper* position_keeper() override { return keeps_ ? this : nullptr; }

    base::Result<std::optional<sinks::Positions>> positions(const std::string& generation,
                                                            base::Instant /*deadline*/) override {
        if (target_->on_positions) {
            target_->on_positions();
        }
        const base::MutexLock lock(target_->mutex);
        if (target_->state.generation != generation) {
            return std::nullopt;
        }
        return std::optional(target_->state.positions);
    }
    base::Status begin(const std::string& generation, base::Instant /*deadline*/) override {
        const base::MutexLock lock(target_->mutex);
        target_->state = {};
        target_->state.generation = generation;
        ++target_->begun;
        return {};
    }

  private:
    static sinks::Outcome not_taken(sinks::Outcome::Kind kind, base::Code code, std::string why) {
        sinks::Outcome outcome;
        outcome.kind = kind;
        outcome.error = {code, std::move(why)};
        return outcome;
    }

    void take(Target& target, const sinks::Batch& batch, const sinks::Message& message) const
        MB_REQUIRES(target.mutex) {
        const std::string key(message.key);
        const std::uint64_t version = std::stoull(std::string(message.id.substr(1)));
        std::uint64_t& newest = target.state.versions[key];
        // Without positions a change may come again after a restart; a row is never an old one.
        if (version < newest && (keeps_ || batch.content == sinks::Content::Rows)) {
            target.faults.push_back("version " + std::to_string(version) + " of " + key +
                                    " after " + std::to_string(newest));
        }
        if (version >= newest) {
            newest = version;
            if (message.event == sinks::Event::Remove) {
                target.state.rows.erase(key);
            } else {
                target.state.rows[key] = message.new_image;
            }
        }
    }

    const std::shared_ptr<Target> target_;
    const bool keeps_;
};

// The table "orders" with two shards, a copy of it at `target`; every start of the manager is a
// restart of the node for the copy.
class CopyFixture {
  public:
    explicit CopyFixture(bool keeps, tests::StoreFixtureOptions options = {})
        : store(std::move(options)), keeps_(keeps) {
        EXPECT_TRUE(store.open());
        auto spec = tests::StoreFixture::spec("orders", shardlog::StreamViewType::NewAndOldImages);
        spec.shard_count = 2;
        EXPECT_TRUE(store.create(spec));
        checkpoints_ = std::move(*triggers::CheckpointStore::open(folder_.path() / "triggers.db"));
    }
    CopyFixture(const CopyFixture&) = delete;
    CopyFixture& operator=(const CopyFixture&) = delete;
    ~CopyFixture() {
        stop_manager();
        held_images.clear();
    }

    void start_manager() {
        manager_ = TriggerManager::create(
            store.log(), *checkpoints_, clock_, *random_, metrics_,
            {.threads_max = 4, .images = [this](const shardlog::TableName& table) {
                 ++images;
                 auto image = store.store().image(table);
                 if (image && holds_images) {
                     held_images.push_back(*image);
                 }
                 return image;
             }});
        triggers::TriggerSpec spec;
        spec.name = "copy";
        spec.sink = "memory";
        spec.table = tests::StoreFixture::table_name("orders");
        spec.batch_size = batch_size;
        spec.copy.emplace();
        spec.copy->from = from;
        spec.retry.first = base::Milliseconds{1};
        spec.retry.longest = base::Milliseconds{2};
        const base::Status added =
            manager_->add(spec, std::make_shared<TargetSink>(target, keeps_));
        ASSERT_TRUE(added) << added.error().message;
        manager_->start();
    }
    void stop_manager() {
        if (manager_) {
            manager_->stop(base::Milliseconds{60'000});
            manager_.reset();
        }
    }
    [[nodiscard]] bool drained(base::Milliseconds timeout = base::Milliseconds{60'000}) {
        std::promise<bool> answered;
        manager_->wait_drained(timeout, [&](bool is_drained) { answered.set_value(is_drained); });
        return answered.get_future().get();
    }

    // `padding`: so many bytes more.
    void put(const std::string& key, std::size_t padding = 0) {
        const std::string keys = key_of(key);
        EXPECT_TRUE(store.put("orders", keys.substr(0, keys.size() - 1) + R"(,"v":{"N":")" +
                                            std::to_string(++value_) + R"("},"x":{"S":")" +
                                            std::string(padding, 'x') + "\"}}"));
    }
    void remove(const std::string& key) { EXPECT_TRUE(store.remove("orders", key_of(key))); }

    void expect_equal() {
        std::map<std::string, std::string> table;
        for (const std::string& item : store.all("orders")) {
            table[item.substr(0, item.find(",\"v\"")) + "}"] = item;
        }
        EXPECT_EQ(target->snapshot().rows, table);
        const base::MutexLock lock(target->mutex);
        EXPECT_EQ(target->faults, std::vector<std::string>{});
    }

    [[nodiscard]] std::vector<shardlog::Shard> open_shards() {
        std::vector<shardlog::Shard> open;
        for (const auto& shard : store.log().shards(store.log().streams().front().id)) {
            if (!shard.ending) {
                open.push_back(shard);
            }
        }
        std::sort(open.begin(), open.end(),
                  [](const auto& a, const auto& b) { return a.hashes.first < b.hashes.first; });
        return open;
    }

    tests::StoreFixture store;
    std::shared_ptr<Target> target = std::make_shared<Target>();
    triggers::CopyFrom from = triggers::CopyFrom::Rows;  // of the next start
    std::uint32_t batch_size = 7;
    std::atomic<int> images{0};  // how many were asked for
    bool holds_images = false;   // as a thread that is late to leave a worker does
    std::vector<std::shared_ptr<const shardlog::TableImage>> held_images;

  private:
    static std::string key_of(const std::string& key) { return R"({"pk":{"S":")" + key + R"("}})"; }

    const bool keeps_;
    tests::TempFolder folder_;
    base::SystemClock clock_;
    std::unique_ptr<base::Random> random_ = base::system_random();
    base::Metrics metrics_;
    std::unique_ptr<triggers::CheckpointStore> checkpoints_;
    std::unique_ptr<TriggerManager> manager_;
    std::uint64_t value_ = 0;
};

}  // namespace millbeck::runtime
