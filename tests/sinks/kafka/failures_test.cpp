// What goes wrong at brokers: said in words, tried again, nothing lost.
#include <future>

#include "tests/sinks/batches.hpp"
#include "tests/sinks/kafka/kafka_harness.hpp"
#include "tests/sinks/kafka/mock_cluster.hpp"
#include "tests/sinks/kafka/silent_listener.hpp"

namespace millbeck::sinks {
namespace {

using namespace std::chrono_literals;

class KafkaFailures : public testing::Test {
  protected:
    KafkaFailures() {
        options.brokers = cluster.brokers();
        options.topic = "orders";
    }
    std::vector<std::string> there() {
        return sequences_in(consume_all(cluster.brokers(), "orders"));
    }

    MockCluster cluster;
    KafkaWorld world;
    KafkaOptions options;
};

// If it fails, a leader's move is a failed batch.
TEST_F(KafkaFailures, WhatPassesByItselfIsNotHeardOf) {
    const auto sink = world.open(options);
    ASSERT_EQ(sink->deliver(make_batch(1, 1), world.soon()).kind, Outcome::Kind::Delivered);
    cluster.answer(ApiKey::Produce,
                   {RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION,
                    RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS, RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT});
    const Outcome outcome = sink->deliver(make_batch(2, 3), world.soon());
    ASSERT_EQ(outcome.kind, Outcome::Kind::Delivered) << outcome.error.message;
    EXPECT_EQ(there(), (std::vector<std::string>{"1", "2", "3", "4"}));
}

TEST_F(KafkaFailures, ARefusalOfTheBrokersSaysWhy) {
    const auto sink = world.open(options);
    cluster.answer(ApiKey::Produce, {RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE});
    Outcome outcome = sink->deliver(make_batch(1, 2), world.soon());
    ASSERT_EQ(outcome.kind, Outcome::Kind::Failed);
    EXPECT_EQ(outcome.error.code, base::Code::LimitExceeded);
    EXPECT_TRUE(outcome.error.message.starts_with(
        "topic orders takes no message or request of this size: raise its max.message.bytes"))
        << outcome.error.message;
    outcome = sink->deliver(make_batch(1, 2), world.soon());
    EXPECT_EQ(outcome.kind, Outcome::Kind::Delivered) << outcome.error.message;
    EXPECT_EQ(there(), (std::vector<std::string>{"1", "2"}));
}

// If it fails, a sink that librdkafka gave up on needs a restart of the node.
TEST_F(KafkaFailures, AFatalErrorEndsInANewProducer) {
    const auto sink = world.open(options);
    ASSERT_EQ(sink->deliver(make_batch(1, 1), world.soon()).kind, Outcome::Kind::Delivered);
    cluster.answer(ApiKey::Produce, {RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER});
    Outcome outcome = sink->deliver(make_batch(2, 1), world.soon());
    for (int attempt = 0; attempt < 3 && outcome.kind != Outcome::Kind::Delivered; ++attempt) {
        outcome = sink->deliver(make_batch(2, 1), world.soon());
    }
    EXPECT_EQ(outcome.kind, Outcome::Kind::Delivered) << outcome.error.message;
}

// If it fails, brokers that are down for an hour get everything many times over.
TEST_F(KafkaFailures, ARetryWaitsForTheAnswerOfTheFirstTry) {
    const auto sink = world.open(options);
    ASSERT_EQ(sink->deliver(make_batch(1, 1), world.soon()).kind, Outcome::Kind::Delivered);
    cluster.set_down();
    for (int attempt = 0; attempt < 3; ++attempt) {
        const Outcome outcome = sink->deliver(make_batch(2, 2), world.in(20ms));
        ASSERT_EQ(outcome.kind, Outcome::Kind::Failed);
        EXPECT_EQ(outcome.error.code, base::Code::DeadlineExceeded);
    }
    cluster.set_up();
    const Outcome outcome = sink->deliver(make_batch(2, 2), world.soon());
    EXPECT_EQ(outcome.kind, Outcome::Kind::Delivered) << outcome.error.message;
    EXPECT_EQ(there(), (std::vector<std::string>{"1", "2", "3"}));
}

TEST_F(KafkaFailures, BrokersThatAreDownAreSaidSo) {
    options.brokers = "127.0.0.1:1";
    for (const KafkaMode mode : {KafkaMode::Idempotent, KafkaMode::Transactional}) {
        options.mode = mode;
        const auto sink = world.open(options);
        const Outcome outcome = sink->deliver(make_batch(1, 1), world.in(300ms));
        EXPECT_EQ(outcome.kind, Outcome::Kind::Failed);
        EXPECT_EQ(outcome.error.code, base::Code::DeadlineExceeded);
        EXPECT_NE(outcome.error.message, "");
    }
}

// If it fails, brokers that are slow fill the memory.
TEST_F(KafkaFailures, TheQueueHasItsLimitInBytes) {
    options.queue_bytes_max = 1u << 20;
    options.message_bytes_max = 100'000;
    options.request_bytes_max = 100'000;
    const auto sink = world.open(options);
    const Outcome outcome = sink->deliver(make_batch(1, 3'000, 1'000), world.soon());
    ASSERT_EQ(outcome.kind, Outcome::Kind::Delivered) << outcome.error.message;
    EXPECT_EQ(there().size(), 3'000u);
    cluster.set_down();
    EXPECT_EQ(sink->deliver(make_batch(20'000, 10'000, 1'000), world.in(100ms)).kind,
              Outcome::Kind::Failed);
}

TEST_F(KafkaFailures, AMessageThatIsTooLargeStopsTheBatchBeforeIt) {
    options.message_bytes_max = 2'000;
    const auto sink = world.open(options);
    Batch batch = make_batch(1, 4);
    const std::string large = R"({"seq":"3","pad":")" + std::string(3'000, 'p') + "\"}";
    batch.messages[2].record = large;
    Outcome outcome = sink->deliver(batch, world.soon());
    EXPECT_EQ(outcome.kind, Outcome::Kind::PartlyFailed);
    EXPECT_EQ(outcome.failed, (std::vector<std::string>{"3", "4"}));
    EXPECT_EQ(there(), (std::vector<std::string>{"1", "2"}));
    batch.messages.erase(batch.messages.begin(), batch.messages.begin() + 2);
    outcome = sink->deliver(batch, world.soon());
    EXPECT_EQ(outcome.kind, Outcome::Kind::Failed);
    EXPECT_EQ(outcome.error.code, base::Code::LimitExceeded);
    EXPECT_TRUE(outcome.error.message.starts_with("a message of 3")) << outcome.error.message;
}

// A transaction is all or nothing, and so is the batch.
TEST_F(KafkaFailures, ATooLargeMessageFailsItsTransaction) {
    options.mode = KafkaMode::Transactional;
    options.message_bytes_max = 2'000;
    const auto sink = world.open(options);
    Batch batch = make_batch(1, 4);
    const std::string large = R"({"seq":"3","pad":")" + std::string(3'000, 'p') + "\"}";
    batch.messages[2].record = large;
    EXPECT_EQ(sink->deliver(batch, world.soon()).kind, Outcome::Kind::Failed);
    EXPECT_EQ(there(), std::vector<std::string>{});
}

// If it fails, a stop waits for brokers that never come back.
TEST_F(KafkaFailures, AStopCutsOffWhateverModeAndPlace) {
    for (const KafkaMode mode : {KafkaMode::Idempotent, KafkaMode::Transactional}) {
        const SilentListener silent;
        options.brokers = silent.brokers();
        options.mode = mode;
        const auto sink = world.open(options);
        auto outcome = std::async(std::launch::async,
                                  [&] { return sink->deliver(make_batch(1, 1), world.soon()); });
        sink->stop(world.in(150ms));
        EXPECT_NE(outcome.get().kind, Outcome::Kind::Delivered);
    }
}

}  // namespace
}  // namespace millbeck::sinks
