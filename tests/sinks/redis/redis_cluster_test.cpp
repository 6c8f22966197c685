// A cluster: all keys of a sink in one slot, and redirections followed.
#include "tests/sinks/redis/redis_harness.hpp"

namespace millbeck::sinks {
namespace {

const std::vector<std::string> kCluster{"--cluster-enabled", "yes", "--cluster-node-timeout",
                                        "5000"};

Outcome deliver(Sink& sink, RedisHarness& redis) {
    Batch batch = make_batch(1, 20);
    batch.generation = "g";
    return sink.deliver(batch, redis.soon());
}

// Asks again and again until the node says that the cluster is complete.
void wait_until_ready(RedisHarness& redis) {
    while (redis.text({"CLUSTER", "INFO"}).find("cluster_state:ok") == std::string::npos) {
    }
}

TEST(RedisCluster, NeedsKeyTags) {
    RedisHarness redis(kCluster);
    redis.ask({"CLUSTER", "ADDSLOTSRANGE", "0", "16383"});
    wait_until_ready(redis);
    const auto plain = redis.open();
    ASSERT_TRUE(plain->position_keeper()->begin("g", redis.soon()));
    const Outcome refused = deliver(*plain, redis);
    EXPECT_EQ(refused.kind, Outcome::Kind::Failed);
    EXPECT_NE(refused.error.message.find("key_tag: true"), std::string::npos)
        << refused.error.message;
    RedisOptions options = redis.options();
    options.key_tag = true;
    const auto tagged = redis.open(options);
    ASSERT_TRUE(tagged->position_keeper()->begin("g", redis.soon()));
    const Outcome outcome = deliver(*tagged, redis);
    EXPECT_EQ(outcome.kind, Outcome::Kind::Delivered) << outcome.error.message;
    EXPECT_EQ(redis.keys("{cache}orders:*").size(), 20u);
}

TEST(RedisCluster, FollowsRedirections) {
    RedisHarness first(kCluster);
    RedisHarness second(kCluster);
    // The slot of {cache} is known to the server only: one of two nodes has it.
    first.ask({"CLUSTER", "ADDSLOTSRANGE", "0", "8191"});
    second.ask({"CLUSTER", "ADDSLOTSRANGE", "8192", "16383"});
    first.ask({"CONFIG", "SET", "cluster-allow-reads-when-down", "yes"});
    second.ask({"CLUSTER", "MEET", "127.0.0.1", std::to_string(first.server().port())});
    wait_until_ready(first);
    wait_until_ready(second);
    for (RedisHarness* door : {&first, &second}) {
        RedisOptions options = door->options();
        options.key_tag = true;
        const auto sink = door->open(options);
        const auto begun = sink->position_keeper()->begin("g", door->soon());
        ASSERT_TRUE(begun) << begun.error().message;
        const Outcome outcome = deliver(*sink, *door);
        ASSERT_EQ(outcome.kind, Outcome::Kind::Delivered) << outcome.error.message;
        EXPECT_EQ(first.keys("{cache}orders:*").size() + second.keys("{cache}orders:*").size(),
                  20u);
        const auto positions = sink->position_keeper()->positions("g", door->soon());
        ASSERT_TRUE(positions && *positions);
    }
}

}  // namespace
}  // namespace millbeck::sinks
