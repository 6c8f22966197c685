// What only a real broker shows: transactions, fencing, topics made and lost.
#include <set>
#include <thread>

#include "sinks/copy_reader.hpp"
#include "sinks/position_keeper.hpp"
#include "tests/sinks/batches.hpp"
#include "tests/sinks/kafka/shared_broker.hpp"

namespace millbeck::sinks {
namespace {

using namespace std::chrono_literals;

class KafkaTransactions : public testing::Test {
  protected:
    void SetUp() override {
        MB_NEEDS_KAFKA();
        options.brokers = SharedBroker::get().brokers();
        options.mode = KafkaMode::Transactional;
        table = SharedBroker::new_table();
    }
    std::unique_ptr<Sink> open() { return world.open(options, table); }
    std::vector<Consumed> all() { return consume_all(options.brokers, table); }

    static Batch positioned(std::size_t first, std::size_t count, const std::string& position,
                            const std::string& shard = "shard") {
        Batch batch = make_batch(first, count);
        batch.shard_id = shard;
        batch.generation = "g-1";
        batch.position = position;
        return batch;
    }
    Positions positions(Sink& sink) {
        const auto found = sink.position_keeper()->positions("g-1", world.soon());
        EXPECT_TRUE(found && *found) << (found ? "none" : found.error().message);
        return found && *found ? **found : Positions{};
    }

    KafkaWorld world;
    KafkaOptions options;
    std::string table;
};

TEST_F(KafkaTransactions, MessagesCarryHeadersTimesAndKeys) {
    options.topic_settings["cleanup.policy"] = "compact";
    options.partitions = 3;
    options.compression = "lz4";
    const auto sink = open();
    Batch batch = positioned(7, 1, "p", "shardId-0001");
    batch.messages[0].milliseconds = 1'700'000'000'000;
    batch.messages[0].event = Event::Modify;
    ASSERT_TRUE(sink->position_keeper()->begin("g-1", world.soon()));
    ASSERT_EQ(sink->deliver(batch, world.soon()).kind, Outcome::Kind::Delivered);
    batch.content = Content::Rows;
    batch.position = "q";
    ASSERT_EQ(sink->deliver(batch, world.soon()).kind, Outcome::Kind::Delivered);
    const auto messages = all();
    ASSERT_EQ(messages.size(), 2u);
    EXPECT_EQ(messages[0].key, key_of("7"));
    EXPECT_EQ(messages[0].value, R"({"seq":"7","pad":""})");
    EXPECT_EQ(messages[0].milliseconds, 1'700'000'000'000);
    EXPECT_EQ(messages[0].headers,
              (std::map<std::string, std::string>{
                  {"sequence", "7"}, {"event", "MODIFY"}, {"shard", "shardId-0001"}}));
    EXPECT_EQ(messages[1].headers.at("snapshot"), "true");
    EXPECT_EQ(messages[0].partition, messages[1].partition);
}

// If it fails, a node that was thought dead doubles what the new one sends.
TEST_F(KafkaTransactions, AZombieIsFencedForGood) {
    const auto old = open();
    ASSERT_TRUE(old->position_keeper()->begin("g-1", world.soon()));
    ASSERT_EQ(old->deliver(positioned(1, 2, "p"), world.soon()).kind, Outcome::Kind::Delivered);
    const auto fresh = open();
    EXPECT_EQ(positions(*fresh), (Positions{{"shard", "p"}}));
    for (int attempt = 0; attempt < 3; ++attempt) {
        const Outcome outcome = old->deliver(positioned(3, 2, "q"), world.soon());
        EXPECT_EQ(outcome.kind, Outcome::Kind::NotInvoked);
        EXPECT_EQ(outcome.error.code, base::Code::InUse) << outcome.error.message;
    }
    EXPECT_FALSE(old->position_keeper()->begin("g-9", world.soon()));
    ASSERT_EQ(fresh->deliver(positioned(3, 2, "q"), world.soon()).kind, Outcome::Kind::Delivered);
    EXPECT_EQ(sequences_in(all()).size(), 4u);
    EXPECT_EQ(positions(*fresh), (Positions{{"shard", "q"}}));
}

// If it fails, many shards make many transactions, or one shard's failure is everybody's.
TEST_F(KafkaTransactions, ShardsGoTogetherAndFailAlone) {
    options.topic_settings["max.message.bytes"] = "20000";
    options.partitions = 1;
    const auto sink = open();
    ASSERT_TRUE(sink->position_keeper()->begin("g-1", world.soon()));
    std::vector<Outcome> outcomes(4);
    {
        std::vector<std::jthread> threads;
        for (std::size_t shard = 0; shard < 4; ++shard) {
            threads.emplace_back([&, shard] {
                for (std::size_t i = 0; i < 4; ++i) {
                    Batch batch = positioned(1000 * shard + 10 * i, 10, std::to_string(i),
                                             "shard-" + std::to_string(shard));
                    std::string large;
                    if (shard == 3) {
                        large = "{\"seq\":\"bad\",\"pad\":\"" + std::string(100'000, 'p') + "\"}";
                        batch.messages[0].record = large;
                    }
                    outcomes[shard] = sink->deliver(batch, world.soon());
                }
            });
        }
    }
    for (std::size_t shard = 0; shard < 3; ++shard) {
        EXPECT_EQ(outcomes[shard].kind, Outcome::Kind::Delivered) << outcomes[shard].error.message;
    }
    EXPECT_EQ(outcomes[3].kind, Outcome::Kind::Failed);
    EXPECT_EQ(outcomes[3].error.code, base::Code::LimitExceeded) << outcomes[3].error.message;
    const auto sequences = sequences_in(all());
    EXPECT_EQ(sequences.size(), 120u);
    EXPECT_EQ(std::set(sequences.begin(), sequences.end()).size(), 120u);
    EXPECT_EQ(positions(*sink), (Positions{{"shard-0", "3"}, {"shard-1", "3"}, {"shard-2", "3"}}));
}

// If it fails, a broker that answers late doubles a batch.
TEST_F(KafkaTransactions, ALateCommitIsFoundOut) {
    const auto sink = open();
    ASSERT_TRUE(sink->position_keeper()->begin("g-1", world.soon()));
    ASSERT_EQ(sink->deliver(positioned(1, 2, "p"), world.soon()).kind, Outcome::Kind::Delivered);
    auto& server = SharedBroker::get().server();
    std::size_t next = 3;
    for (int round = 0; round < 8; ++round) {
        // Stopped somewhere on its way.
        std::jthread stopper([&, round] {
            constexpr int kYields = 20;
            for (int i = 0; i < round * kYields; ++i) {
                std::this_thread::yield();
            }
            server.signal(SIGSTOP);
        });
        const std::string position = std::to_string(next);
        Outcome outcome = sink->deliver(positioned(next, 2, position), world.in(100ms));
        stopper.join();
        server.signal(SIGCONT);
        for (int attempt = 0; attempt < 10 && outcome.kind != Outcome::Kind::Delivered; ++attempt) {
            outcome = sink->deliver(positioned(next, 2, position), world.soon());
        }
        ASSERT_EQ(outcome.kind, Outcome::Kind::Delivered) << outcome.error.message;
        next += 2;
    }
    const auto sequences = sequences_in(all());
    EXPECT_EQ(sequences.size(), next - 1);
    EXPECT_EQ(std::set(sequences.begin(), sequences.end()).size(), next - 1);
}

// If it fails, a copy without its topic goes on as if nothing was missing.
TEST_F(KafkaTransactions, ATopicThatWasDeletedIsPositionLost) {
    auto sink = open();
    ASSERT_TRUE(sink->position_keeper()->begin("g-1", world.soon()));
    ASSERT_EQ(sink->deliver(positioned(1, 2, "p"), world.soon()).kind, Outcome::Kind::Delivered);
    delete_topics(options.brokers, {table});
    EXPECT_EQ(sink->deliver(positioned(3, 2, "q"), world.soon()).kind, Outcome::Kind::PositionLost);
    sink->stop(world.soon());
    sink = open();
    const auto found = sink->position_keeper()->positions("g-1", world.soon());
    ASSERT_TRUE(found) << found.error().message;
    EXPECT_EQ(*found, std::nullopt);
}

// If it fails, a large table cannot be verified, or takes all memory.
TEST_F(KafkaTransactions, ManyKeysAreReadInSlices) {
    options.mode = KafkaMode::Idempotent;
    options.format = KafkaFormat::Plain;
    options.partitions = 1;
    options.reading_bytes_max = 1u << 20;
    const auto sink = open();
    constexpr std::size_t kKeys = 40'000;
    for (int again = 0; again < 2; ++again) {
        const Outcome outcome = sink->deliver(make_batch(0, kKeys), world.soon());
        ASSERT_EQ(outcome.kind, Outcome::Kind::Delivered) << outcome.error.message;
    }
    std::set<std::string> keys;
    const auto done = sink->copy_reader()->scan(
        [&](const CopiedRow& row) -> base::Status {
            EXPECT_TRUE(keys.insert(row.key).second);
            return {};
        },
        world.soon());
    ASSERT_TRUE(done) << done.error().message;
    EXPECT_EQ(keys.size(), kKeys);
}

TEST_F(KafkaTransactions, AMissingTopicIsSaidSoWhereItMayNotBeMade) {
    options.create_topic = false;
    options.mode = KafkaMode::Idempotent;
    const auto sink = open();
    const Outcome outcome = sink->deliver(make_batch(1, 1), world.soon());
    EXPECT_EQ(outcome.kind, Outcome::Kind::Failed);
    EXPECT_TRUE(outcome.error.message.starts_with("topic " + table + " is not there: create it"))
        << outcome.error.message;
}

}  // namespace
}  // namespace millbeck::sinks
