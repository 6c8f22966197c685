// Documents in a topic: acknowledged when they are there, refused in words.
#include "sinks/kafka/document_topic.hpp"

#include "tests/sinks/kafka/kafka_harness.hpp"
#include "tests/sinks/kafka/mock_cluster.hpp"

namespace millbeck::sinks {
namespace {

using namespace std::chrono_literals;

class KafkaDocuments : public testing::Test {
  protected:
    KafkaDocuments() {
        options.brokers = cluster.brokers();
        options.topic = "failed";
        cluster.make_topic("failed");
    }
    std::unique_ptr<DocumentTopic> open() {
        auto opened = open_document_topic(options, world.clock);
        EXPECT_TRUE(opened) << opened.error().message;
        return opened ? std::move(*opened) : nullptr;
    }
    std::vector<std::string> there() {
        std::vector<std::string> all;
        for (const Consumed& message : consume_all(cluster.brokers(), "failed")) {
            all.push_back(message.key + "=" + message.value.value_or("none"));
        }
        return all;
    }

    MockCluster cluster;
    KafkaWorld world;
    KafkaOptions options;
};

// If it fails, what was given up is said to be there, and is not.
TEST_F(KafkaDocuments, AreThereWhenTheyAreTaken) {
    const auto topic = open();
    ASSERT_TRUE(topic->put("shard-1", R"({"n":1})", world.soon()));
    ASSERT_TRUE(topic->put("shard-1", R"({"n":2})", world.soon()));
    EXPECT_EQ(there(), (std::vector<std::string>{R"(shard-1={"n":1})", R"(shard-1={"n":2})"}));
}

TEST_F(KafkaDocuments, WhatIsTooLargeIsRefusedInWords) {
    options.message_bytes_max = 2'000;
    const auto topic = open();
    const base::Status put = topic->put("s", std::string(2'001, 'x'), world.soon());
    ASSERT_FALSE(put);
    EXPECT_EQ(put.error().message,
              "a document of 2001 bytes is too large for topic failed, which takes 2000");
    EXPECT_TRUE(topic->put("s", std::string(1'800, 'x'), world.soon()));
}

// If it fails, a broker that was away for a moment ends the documents for good.
TEST_F(KafkaDocuments, BrokersComeBack) {
    const auto topic = open();
    cluster.set_down();
    const base::Status late = topic->put("s", "early", world.in(50ms));
    ASSERT_FALSE(late);
    EXPECT_EQ(late.error().code, base::Code::DeadlineExceeded) << late.error().message;
    cluster.set_up();
    ASSERT_TRUE(topic->put("s", "late", world.soon()));
    EXPECT_EQ(there().back(), "s=late");
}

TEST_F(KafkaDocuments, AFatalErrorEndsInANewProducer) {
    const auto topic = open();
    ASSERT_TRUE(topic->put("s", "1", world.soon()));
    cluster.answer(ApiKey::Produce, {RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER});
    base::Status put = topic->put("s", "2", world.soon());
    for (int attempt = 0; attempt < 3 && !put; ++attempt) {
        put = topic->put("s", "2", world.soon());
    }
    EXPECT_TRUE(put);
    EXPECT_EQ(there().back(), "s=2");
}

TEST_F(KafkaDocuments, OptionsAreChecked) {
    options.topic = "no topic";
    const auto opened = open_document_topic(options, world.clock);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, base::Code::Invalid);
}

}  // namespace
}  // namespace millbeck::sinks
