// SIGKILL of the server at random moments under load. MILLBECK_KILL_ROUNDS: how often (5).
#include <atomic>
#include <cstdlib>
#include <random>
#include <thread>

#include "tests/sinks/redis/redis_harness.hpp"
#include "tests/support/seed.hpp"

namespace millbeck::sinks {
namespace {

constexpr std::size_t kShards = 3;
constexpr std::size_t kKeys = 60;  // of each shard
constexpr std::size_t kBatchesARound = 60;

int rounds() {
    const char* text = std::getenv("MILLBECK_KILL_ROUNDS");  // NOLINT(concurrency-mt-unsafe)
    return text == nullptr ? 5 : std::stoi(text);
}

// What a table's log is to a sink: batches of each shard, and what the table holds after them.
class Source {
  public:
    explicit Source(std::uint64_t seed) : random_(seed) {}

    void grow(std::size_t batches) {
        for (std::size_t i = 0; i < batches; ++i) {
            const std::size_t shard = pick(kShards);
            std::vector<MadeMessage> messages;
            const std::size_t count = 1 + pick(20);
            for (std::size_t j = 0; j < count; ++j) {
                messages.push_back(change(shard));
            }
            shards_[shard].push_back(std::move(messages));
        }
    }

    // Rows of the table as it is now, sent instead of all batches so far.
    [[nodiscard]] std::vector<MadeMessage> rows() const {
        std::vector<MadeMessage> rows;
        for (const auto& [key, image] : table_) {
            rows.push_back({.id = std::to_string(sequence_), .key = key, .new_image = image});
        }
        return rows;
    }

    [[nodiscard]] const auto& shard(std::size_t number) const { return shards_[number]; }

  private:
    MadeMessage change(std::size_t shard) {
        ++sequence_;
        const std::string id = std::to_string(shard) + "-" + std::to_string(pick(kKeys));
        MadeMessage message{.id = std::to_string(sequence_), .key = key_of(id), .new_image = ""};
        if (pick(4) == 0) {
            message.event = Event::Remove;
            table_.erase(message.key);
        } else {
            message.event = Event::Modify;
            message.new_image = R"({"id":{"S":")" + id + R"("},"f)" + std::to_string(pick(3)) +
                                R"(":{"N":")" + message.id + R"("}})";
            table_[message.key] = message.new_image;
        }
        return message;
    }
    std::size_t pick(std::size_t below) { return random_() % below; }

    std::mt19937_64 random_;
    std::size_t sequence_ = 1'000;
    std::array<std::vector<std::vector<MadeMessage>>, kShards> shards_;
    std::map<std::string, std::string> table_;  // key -> image
};

class RedisKill : public testing::Test {
  protected:
    void run(bool keeps_data) {
        const std::uint64_t seed = tests::test_seed(7);
        std::mt19937_64 random(seed);
        source = std::make_unique<Source>(seed);
        redis = keeps_data ? std::make_unique<RedisHarness>(std::vector<std::string>{
                                 "--appendonly", "yes", "--appendfsync", "always"})
                           : std::make_unique<RedisHarness>();
        sink = redis->open();
        source->grow(10);
        rebuild();
        for (int round = 0; round < rounds() && !HasFatalFailure(); ++round) {
            source->grow(kBatchesARound);
            kill_while_delivering(random() % kBatchesARound);
            redis->server().start();
            const int lives = generation;
            catch_up(nullptr);
            EXPECT_TRUE(!keeps_data || generation == lives) << "data was lost";
            compare();
        }
    }

    void kill_while_delivering(std::size_t after) {
        std::atomic<std::size_t> delivered = 0;
        std::jthread worker([&] { catch_up(&delivered); });
        while (delivered < after) {
            std::this_thread::yield();
        }
        redis->server().kill();
        worker.join();
    }

    // Until all is delivered; with a counter: or until the server is gone.
    void catch_up(std::atomic<std::size_t>* counter) {
        bool is_known = false;
        for (bool has_more = true; has_more;) {
            if (!is_known && !learn()) {
                break;
            }
            is_known = true;
            has_more = false;
            for (std::size_t shard = 0; shard < kShards && is_known; ++shard) {
                if (next[shard] == source->shard(shard).size()) {
                    continue;
                }
                const Outcome outcome = deliver(shard);
                has_more = true;
                is_known = outcome.kind == Outcome::Kind::Delivered;
                next[shard] += is_known ? 1 : 0;
                if (outcome.kind == Outcome::Kind::PositionLost) {
                    rebuild();
                } else if (counter == nullptr) {
                    EXPECT_TRUE(is_known) << outcome.error.message;
                } else if (!is_known) {
                    *counter = kBatchesARound;
                    return;
                }
                if (counter != nullptr) {
                    ++*counter;
                }
            }
        }
        if (counter != nullptr) {
            *counter = kBatchesARound;
        }
    }

    Outcome deliver(std::size_t shard) {
        return sink->deliver(batch_of({.messages = source->shard(shard)[next[shard]],
                                       .shard_id = "shard-" + std::to_string(shard),
                                       .generation = name(),
                                       .position = std::to_string(next[shard] + 1)}),
                             redis->soon());
    }

    // What the target says wins; what it once acknowledged it has.
    bool learn() {
        const auto found = sink->position_keeper()->positions(name(), redis->soon());
        if (!found) {
            return false;
        }
        if (!*found) {
            rebuild();
            return true;
        }
        for (std::size_t shard = 0; shard < kShards; ++shard) {
            const auto position = (*found)->find("shard-" + std::to_string(shard));
            if (position != (*found)->end()) {
                EXPECT_GE(std::stoul(position->second), next[shard]);
                next[shard] = std::stoul(position->second);
            }
        }
        return true;
    }

    void rebuild() {
        ++generation;
        if (!sink->position_keeper()->begin(name(), redis->soon())) {
            return;
        }
        const auto rows = source->rows();
        if (!rows.empty()) {
            const Outcome outcome = sink->deliver(batch_of({.messages = rows,
                                                            .content = Content::Rows,
                                                            .shard_id = "rows",
                                                            .generation = name()}),
                                                  redis->soon());
            if (outcome.kind != Outcome::Kind::Delivered) {
                ++generation;  // not begun: the next look finds nothing
                return;
            }
        }
        for (std::size_t shard = 0; shard < kShards; ++shard) {
            next[shard] = source->shard(shard).size();
        }
    }

    void compare() {
        std::map<std::string, std::string> expected;
        const Batch rows = batch_of({.messages = source->rows()});
        for (const Message& row : rows.messages) {
            const auto copied = sink->copy_reader()->expected(row);
            ASSERT_TRUE(copied && *copied);
            expected.emplace((*copied)->key, (*copied)->content);
        }
        std::map<std::string, std::string> found;
        const auto scanned = sink->copy_reader()->scan(
            [&](CopiedRow row) -> base::Status {
                found.emplace(std::move(row.key), std::move(row.content));
                return {};
            },
            redis->soon());
        ASSERT_TRUE(scanned) << scanned.error().message;
        ASSERT_EQ(found, expected);
    }

    [[nodiscard]] std::string name() const { return "g-" + std::to_string(generation); }

    std::unique_ptr<Source> source;
    std::unique_ptr<RedisHarness> redis;
    std::unique_ptr<Sink> sink;
    int generation = 0;
    std::array<std::size_t, kShards> next{};
};

// If it fails, a crash of the cache loses or repeats changes.
TEST_F(RedisKill, ADurableServerLosesNothing) {
    run(true);
}

// If it fails, a cache that comes back empty stays wrong.
TEST_F(RedisKill, AForgetfulServerIsRebuilt) {
    run(false);
}

}  // namespace
}  // namespace millbeck::sinks
