// One real broker for all tests of this program; each test has topics of its own.
#pragma once

#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "tests/sinks/kafka/kafka_harness.hpp"
#include "tests/support/kafka/broker.hpp"

namespace millbeck::sinks {

class SharedBroker final : public testing::Environment {
  public:
    // Requires: is_there().
    static tests::KafkaBroker& get() {
        if (!broker()) {
            broker() = std::make_unique<tests::KafkaBroker>(MILLBECK_KAFKA);
        }
        return *broker();
    }
    static bool is_there() { return tests::why_no_kafka(MILLBECK_KAFKA).empty(); }

    static std::string new_table() {
        static int count = 0;
        return "table-" + std::to_string(++count);
    }

    void TearDown() override { broker().reset(); }

  private:
    static std::unique_ptr<tests::KafkaBroker>& broker() {
        static std::unique_ptr<tests::KafkaBroker> shared;
        return shared;
    }
};

inline void delete_topics(const std::string& brokers, const std::vector<std::string>& names) {
    std::array<char, 256> words{};
    rd_kafka_conf_t* conf = rd_kafka_conf_new();
    rd_kafka_conf_set(conf, "bootstrap.servers", brokers.c_str(), words.data(), words.size());
    const kafka::Handle handle(rd_kafka_new(RD_KAFKA_PRODUCER, conf, words.data(), words.size()));
    const kafka::Owned<rd_kafka_queue_t> answers(rd_kafka_queue_new(handle.get()));
    for (const std::string& name : names) {
        rd_kafka_DeleteTopic_t* asked = rd_kafka_DeleteTopic_new(name.c_str());
        rd_kafka_DeleteTopics(handle.get(), &asked, 1, nullptr, answers.get());
        constexpr int kPatienceMs = 30'000;
        const kafka::Owned<rd_kafka_event_t> answer(
            rd_kafka_queue_poll(answers.get(), kPatienceMs));
        EXPECT_TRUE(answer);
        rd_kafka_DeleteTopic_destroy(asked);
    }
}

}  // namespace millbeck::sinks

// Where there is no broker the test is skipped, or fails where that is asked for.
#define MB_NEEDS_KAFKA()                                                      \
    if (const auto why = tests::why_no_kafka(MILLBECK_KAFKA); !why.empty()) { \
        if (tests::is_kafka_required()) {                                     \
            FAIL() << why;                                                    \
        }                                                                     \
        GTEST_SKIP() << "the broker tests are skipped: " << why;              \
    }
