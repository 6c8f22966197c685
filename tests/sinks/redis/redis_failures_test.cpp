// A server that is down, restarts, loses its data, or stands still.
#include "tests/sinks/redis/redis_harness.hpp"

namespace millbeck::sinks {
namespace {

class RedisFailures : public testing::Test {
  protected:
    Outcome deliver(std::size_t first, const std::string& generation = "g") {
        Batch batch = make_batch(first, 3);
        batch.generation = generation;
        batch.position = std::to_string(first);
        return sink->deliver(batch, redis.soon());
    }
    void begin(const std::string& generation) {
        const auto begun = sink->position_keeper()->begin(generation, redis.soon());
        ASSERT_TRUE(begun) << begun.error().message;
    }

    RedisHarness redis;
    std::unique_ptr<Sink> sink = redis.open();
};

// If it fails, a node does not start while its cache is down.
TEST_F(RedisFailures, AServerThatIsDownWasNotAsked) {
    redis.server().kill();
    const Outcome outcome = deliver(1);
    EXPECT_EQ(outcome.kind, Outcome::Kind::NotInvoked);
    EXPECT_EQ(outcome.error.code, base::Code::Unavailable);
    EXPECT_NE(outcome.error.message.find("127.0.0.1:" + std::to_string(redis.server().port())),
              std::string::npos);
    const auto positions = sink->position_keeper()->positions("g", redis.soon());
    ASSERT_FALSE(positions);
    EXPECT_EQ(positions.error().code, base::Code::Unavailable);
    redis.server().start();
    begin("g");
    EXPECT_EQ(deliver(1).kind, Outcome::Kind::Delivered);
}

// If it fails, a cache that restarted empty serves half of a table for ever.
TEST_F(RedisFailures, ARestartWithoutDataIsNoticed) {
    begin("g");
    EXPECT_EQ(deliver(1).kind, Outcome::Kind::Delivered);
    redis.server().kill();
    redis.server().start();
    EXPECT_EQ(deliver(4).kind, Outcome::Kind::PositionLost);
    EXPECT_EQ(redis.keys("*"), std::vector<std::string>{});
    begin("g2");
    EXPECT_EQ(deliver(1, "g2").kind, Outcome::Kind::Delivered);
    for (const std::string key : {"millbeck:{cache}:positions", "millbeck:{cache}:rows"}) {
        redis.ask({"DEL", key});
        EXPECT_EQ(deliver(4, "g2").kind, Outcome::Kind::PositionLost) << key;
        begin("g2");
    }
}

// Idle connections of a restarted server are dead; nobody needs to hear of it.
TEST_F(RedisFailures, ARestartWithDataIsNotNoticed) {
    RedisHarness durable({"--appendonly", "yes", "--appendfsync", "always"});
    sink = durable.open();
    ASSERT_TRUE(sink->position_keeper()->begin("g", durable.soon()));
    EXPECT_EQ(deliver(1).kind, Outcome::Kind::Delivered);
    durable.server().kill();
    durable.server().start();
    const Outcome outcome = deliver(4);
    EXPECT_EQ(outcome.kind, Outcome::Kind::Delivered) << outcome.error.message;
    EXPECT_EQ(durable.keys("orders:*").size(), 6u);
}

TEST_F(RedisFailures, ABatchIsWrittenWholeOrNotAtAll) {
    begin("g");
    EXPECT_EQ(deliver(1).kind, Outcome::Kind::Delivered);
    redis.ask({"CONFIG", "SET", "maxmemory", "1"});
    const Outcome full = deliver(4);
    EXPECT_EQ(full.kind, Outcome::Kind::Failed);
    EXPECT_NE(full.error.message.find("OOM"), std::string::npos) << full.error.message;
    EXPECT_TRUE(base::retryable(full.error.code));
    redis.ask({"CONFIG", "SET", "maxmemory", "0"});
    EXPECT_EQ(redis.keys("orders:*").size(), 3u);
    EXPECT_EQ((**sink->position_keeper()->positions("g", redis.soon())).at("shard"), "1");
    EXPECT_EQ(deliver(4).kind, Outcome::Kind::Delivered);
}

TEST_F(RedisFailures, AReplicaThatTakesNoWritesRefuses) {
    begin("g");
    redis.ask({"REPLICAOF", "127.0.0.1", "1"});
    const Outcome outcome = deliver(1);
    EXPECT_NE(outcome.kind, Outcome::Kind::Delivered);
    EXPECT_NE(outcome.error.message, "");
    redis.ask({"REPLICAOF", "NO", "ONE"});
    EXPECT_EQ(deliver(1).kind, Outcome::Kind::Delivered);
}

TEST_F(RedisFailures, EveryDoorKeepsItsDeadline) {
    redis.server().signal(SIGSTOP);
    const auto positions = sink->position_keeper()->positions(
        "g", redis.clock().instant() + std::chrono::milliseconds{30});
    ASSERT_FALSE(positions);
    EXPECT_EQ(positions.error().code, base::Code::DeadlineExceeded);
    redis.server().signal(SIGCONT);
    const auto again = sink->position_keeper()->positions("g", redis.soon());
    ASSERT_TRUE(again) << again.error().message;
}

// Replies and commands are longer than any buffer.
TEST_F(RedisFailures, LargeItemsPass) {
    begin("g");
    const std::string large(400'000, 'x');
    std::vector<MadeMessage> messages;
    for (int i = 0; i < 20; ++i) {
        const std::string id = std::to_string(100 + i);
        messages.push_back(
            {.id = id,
             .key = key_of(id),
             .new_image = R"({"id":{"S":")" + id + R"("},"v":{"S":")" + large + R"("}})"});
    }
    const Outcome outcome =
        sink->deliver(batch_of({.messages = messages, .generation = "g"}), redis.soon());
    ASSERT_EQ(outcome.kind, Outcome::Kind::Delivered) << outcome.error.message;
    std::size_t rows = 0;
    const auto scanned = sink->copy_reader()->scan(
        [&](const CopiedRow& row) -> base::Status {
            rows += row.content.size() > large.size() ? 1U : 0U;
            return {};
        },
        redis.soon());
    ASSERT_TRUE(scanned) << scanned.error().message;
    EXPECT_EQ(rows, 20u);
}

}  // namespace
}  // namespace millbeck::sinks
