// Copies under random lives: whatever is written, split, lost, refused or restarted, the target
// ends with the table's rows, gets every key's versions in order, and is never told twice what it
// keeps.
#include <algorithm>
#include <future>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "base/mutex.hpp"
#include "runtime/trigger_manager.hpp"
#include "sinks/position_keeper.hpp"
#include "tests/support/seed.hpp"
#include "tests/support/store_fixture.hpp"

namespace millbeck::runtime {
namespace {

using base::Milliseconds;
using base::Result;
using base::Status;
using sinks::Batch;
using sinks::Content;
using sinks::Outcome;
using sinks::Positions;

// What survives a restart of the node: a target that keeps positions with its data.
struct Target {
    base::Mutex mutex;
    std::string generation MB_GUARDED_BY(mutex);
    Positions positions MB_GUARDED_BY(mutex);
    std::map<std::string, std::string> rows MB_GUARDED_BY(mutex);        // key -> image
    std::map<std::string, std::uint64_t> versions MB_GUARDED_BY(mutex);  // key -> newest
    std::vector<std::string> faults MB_GUARDED_BY(mutex);
    std::mt19937_64 chance MB_GUARDED_BY(mutex);
    int trouble MB_GUARDED_BY(mutex) = 0;  // percent of batches that are refused or half told
};

class TargetSink final : public sinks::Sink, public sinks::PositionKeeper {
  public:
    TargetSink(std::shared_ptr<Target> target, bool keeps)
        : target_(std::move(target)), keeps_(keeps) {}

    Outcome deliver(const Batch& batch, base::Instant /*deadline*/) override {
        Target& target = *target_;
        const base::MutexLock lock(target.mutex);
        const int luck = static_cast<int>(target.chance() % 100);
        if (keeps_ && target.generation != batch.generation) {
            return not_taken(Outcome::Kind::PositionLost, base::Code::NotFound, "lost");
        }
        const auto held = target.positions.find(batch.shard_id);
        if (keeps_ && held != target.positions.end() && held->second == batch.position) {
            return {};
        }
        if (luck < target.trouble / 2) {
            return not_taken(Outcome::Kind::Failed, base::Code::Io, "refused");
        }
        for (const sinks::Message& message : batch.messages) {
            take(target, batch, message);
        }
        if (keeps_) {
            target.positions[batch.shard_id] = batch.position;
        }
        // Taken, and the answer is lost: only one without positions may hear of it again.
        if (luck < target.trouble) {
            return not_taken(Outcome::Kind::Failed, base::Code::Io, "answer lost");
        }
        return {};
    }
    [[nodiscard]] unsigned concurrency() const override { return 4; }
    void stop(base::Instant /*deadline*/) override {}
    sinks::PositionKeeper* position_keeper() override { return keeps_ ? this : nullptr; }

    Result<std::optional<Positions>> positions(const std::string& generation,
                                               base::Instant /*deadline*/) override {
        const base::MutexLock lock(target_->mutex);
        if (target_->generation != generation) {
            return std::nullopt;
        }
        return std::optional(target_->positions);
    }
    Status begin(const std::string& generation, base::Instant /*deadline*/) override {
        const base::MutexLock lock(target_->mutex);
        target_->generation = generation;
        target_->positions.clear();
        target_->rows.clear();
        target_->versions.clear();
        return {};
    }

  private:
    static Outcome not_taken(Outcome::Kind kind, base::Code code, std::string why) {
        Outcome outcome;
        outcome.kind = kind;
        outcome.error = {code, std::move(why)};
        return outcome;
    }

    void take(Target& target, const Batch& batch, const sinks::Message& message) const
        MB_REQUIRES(target.mutex) {
        const std::string key(message.key);
        const std::uint64_t version = std::stoull(std::string(message.id.substr(1)));
        std::uint64_t& newest = target.versions[key];
        // Without positions a change may come again after a restart; a row is never an old one.
        if (version < newest && (keeps_ || batch.content == Content::Rows)) {
            target.faults.push_back("version " + std::to_string(version) + " of " + key +
                                    " after " + std::to_string(newest));
        }
        if (version >= newest) {
            newest = version;
            if (message.event == sinks::Event::Remove) {
                target.rows.erase(key);
            } else {
                target.rows[key] = message.new_image;
            }
        }
    }

    const std::shared_ptr<Target> target_;
    const bool keeps_;
};

enum class Keeps { Place, Nothing };

class CopyLives : public testing::TestWithParam<std::tuple<Keeps, std::uint64_t>> {
  protected:
    void SetUp() override {
        must(fixture.open());
        auto spec = tests::StoreFixture::spec("orders", shardlog::StreamViewType::NewAndOldImages);
        spec.shard_count = 2;
        ASSERT_TRUE(fixture.create(spec));
        checkpoints = std::move(*triggers::CheckpointStore::open(folder.path() / "triggers.db"));
    }
    void TearDown() override { stop_manager(); }

    static bool keeps() { return std::get<0>(GetParam()) == Keeps::Place; }
    static void must(const Status& status) { ASSERT_TRUE(status) << status.error().message; }

    void start_manager() {
        manager = TriggerManager::create(
            fixture.log(), *checkpoints, clock, *random, metrics,
            {.threads_max = 4, .images = [this](const shardlog::TableName& table) {
                 return fixture.store().image(table);
             }});
        triggers::TriggerSpec spec;
        spec.name = "copy";
        spec.sink = "memory";
        spec.table = tests::StoreFixture::table_name("orders");
        spec.batch_size = 7;
        spec.copy.emplace();
        spec.retry.first = Milliseconds{1};
        spec.retry.longest = Milliseconds{2};
        must(manager->add(spec, std::make_shared<TargetSink>(target, keeps())));
        manager->start();
    }
    void stop_manager() {
        if (manager) {
            manager->stop(Milliseconds{60'000});
            manager.reset();
        }
    }

    void write(std::mt19937_64& chance, int keys) {
        const std::string key =
            R"({"pk":{"S":"k)" + std::to_string(chance() % static_cast<unsigned>(keys)) + R"("}})";
        if (chance() % 4 == 0) {
            EXPECT_TRUE(fixture.remove("orders", key));
        } else {
            const std::string item = key.substr(0, key.size() - 1) + R"(,"v":{"N":")" +
                                     std::to_string(++value) + R"("}})";
            EXPECT_TRUE(fixture.put("orders", item));
        }
    }

    void change_shards(std::mt19937_64& chance) {
        const auto streams = fixture.log().streams();
        std::vector<shardlog::Shard> open;
        for (const auto& shard : fixture.log().shards(streams.front().id)) {
            if (!shard.ending) {
                open.push_back(shard);
            }
        }
        std::sort(open.begin(), open.end(),
                  [](const auto& a, const auto& b) { return a.hashes.first < b.hashes.first; });
        const std::size_t at = chance() % open.size();
        if (chance() % 2 == 0 && open.size() < 5) {
            static_cast<void>(
                fixture.log().split_shard(open[at].id.number(), std::nullopt).has_value());
        } else if (at + 1 < open.size()) {
            static_cast<void>(fixture.log()
                                  .merge_shards(open[at].id.number(), open[at + 1].id.number())
                                  .has_value());
        } else {
            static_cast<void>(fixture.log().roll_shard(open[at].id.number()).has_value());
        }
    }

    bool drained() {
        std::promise<bool> answered;
        manager->wait_drained(Milliseconds{60'000},
                              [&](bool is_drained) { answered.set_value(is_drained); });
        return answered.get_future().get();
    }

    void expect_equal() {
        std::map<std::string, std::string> table;
        for (const std::string& item : fixture.all("orders")) {
            table[item.substr(0, item.find(",\"v\"")) + "}"] = item;
        }
        const base::MutexLock lock(target->mutex);
        EXPECT_EQ(target->rows, table);
        EXPECT_EQ(target->faults, std::vector<std::string>{});
    }

    tests::StoreFixture fixture;
    tests::TempFolder folder;
    base::SystemClock clock;
    std::unique_ptr<base::Random> random = base::system_random();
    base::Metrics metrics;
    std::unique_ptr<triggers::CheckpointStore> checkpoints;
    std::shared_ptr<Target> target = std::make_shared<Target>();
    std::unique_ptr<TriggerManager> manager;
    std::uint64_t value = 0;
};

// If it fails, a cache, a topic or a table somewhere else is not what the table is.
TEST_P(CopyLives, TheTargetEndsWithTheTablesRows) {
    const std::uint64_t seed = tests::test_seed(std::get<1>(GetParam()));
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937_64 chance(seed);
    {
        const base::MutexLock lock(target->mutex);
        target->chance.seed(seed);
        target->trouble = 20;
    }
    const int keys = 5 + static_cast<int>(chance() % 60);
    for (int i = 0; i < 100; ++i) {
        write(chance, keys);
    }
    start_manager();
    for (int i = 0; i < 400; ++i) {
        write(chance, keys);
        switch (chance() % 40) {
            case 0:
                change_shards(chance);
                break;
            case 1:
                stop_manager();
                start_manager();
                break;
            case 2:
                if (keeps()) {  // the target is flushed
                    const base::MutexLock lock(target->mutex);
                    target->generation.clear();
                    target->rows.clear();
                    target->versions.clear();
                }
                break;
            case 3:
                EXPECT_TRUE(drained());
                break;
            default:
                break;
        }
    }
    ASSERT_TRUE(drained());
    // A loss that nothing was delivered after is seen with the next change.
    write(chance, keys);
    ASSERT_TRUE(drained());
    stop_manager();
    start_manager();
    ASSERT_TRUE(drained());
    expect_equal();
}

INSTANTIATE_TEST_SUITE_P(Seeds, CopyLives,
                         testing::Combine(testing::Values(Keeps::Place, Keeps::Nothing),
                                          testing::Range<std::uint64_t>(1, 9)));

}  // namespace
}  // namespace millbeck::runtime
