#include "sinks/kafka/topics.hpp"

#include <algorithm>
#include <array>
#include <memory>

#include <fmt/format.h>

#include "base/log.hpp"
#include "sinks/kafka/client.hpp"

namespace millbeck::sinks::kafka {

using base::Code;

namespace {

base::Result<Owned<rd_kafka_NewTopic_t>> make_wish(const TopicWish& wish) {
    std::array<char, 256> words{};
    Owned<rd_kafka_NewTopic_t> made(
        rd_kafka_NewTopic_new(wish.name.c_str(), static_cast<int>(wish.partitions),
                              wish.replication == 0 ? -1 : static_cast<int>(wish.replication),
                              words.data(), words.size()));
    if (!made) {
        return base::fail(Code::Invalid, fmt::format("topic {}: {}", wish.name, words.data()));
    }
    for (const auto& [setting, value] : wish.settings) {
        rd_kafka_NewTopic_set_config(made.get(), setting.c_str(), value.c_str());
    }
    return made;
}

base::Result<Found> read_answer(rd_kafka_resp_err_t code, const char* said,
                                const std::string& topic) {
    switch (code) {
        case RD_KAFKA_RESP_ERR_NO_ERROR:
            base::log(base::LogLevel::Info, "sinks", "made a Kafka topic", {{"topic", topic}});
            return Found::Made;
        case RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS:
        case RD_KAFKA_RESP_ERR__UNSUPPORTED_FEATURE:
        case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
        case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
            return Found::There;
        case RD_KAFKA_RESP_ERR_INVALID_PARTITIONS:
        case RD_KAFKA_RESP_ERR_INVALID_REPLICATION_FACTOR:
        case RD_KAFKA_RESP_ERR_INVALID_CONFIG:
        case RD_KAFKA_RESP_ERR_POLICY_VIOLATION:
        case RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION:
            return base::fail(Code::Invalid, fmt::format("topic {} cannot be made: {}", topic,
                                                         said != nullptr ? said : "refused"));
        default:
            return tl::unexpected(words_of(code, fmt::format("making topic {}", topic)));
    }
}

Owned<rd_kafka_AdminOptions_t> limits_of(rd_kafka_t* handle, const Patience& patience) {
    constexpr int kPropagationMilliseconds = 10'000;
    std::array<char, 256> ignored{};
    Owned<rd_kafka_AdminOptions_t> options(
        rd_kafka_AdminOptions_new(handle, RD_KAFKA_ADMIN_OP_CREATETOPICS));
    const int left = std::max(1, patience.left());
    rd_kafka_AdminOptions_set_request_timeout(options.get(), left, ignored.data(), ignored.size());
    // The answer waits until every broker knows the topic.
    rd_kafka_AdminOptions_set_operation_timeout(
        options.get(), std::min(left, kPropagationMilliseconds), ignored.data(), ignored.size());
    return options;
}

struct DestroyMetadata {
    void operator()(const rd_kafka_metadata_t* metadata) const {
        rd_kafka_metadata_destroy(metadata);
    }
};

}  // namespace

// Asks for all of them: a producer that asks for one by name makes it, on brokers that allow it.
base::Result<bool> is_topic_there(rd_kafka_t* handle, const std::string& topic,
                                  const Patience& patience) {
    while (!patience.is_over()) {
        const rd_kafka_metadata_t* raw = nullptr;
        const auto error = rd_kafka_metadata(handle, 1, nullptr, &raw, patience.slice() * 4);
        const std::unique_ptr<const rd_kafka_metadata_t, DestroyMetadata> metadata(raw);
        if (error == RD_KAFKA_RESP_ERR_NO_ERROR) {
            const rd_kafka_metadata_topic_t* const begin = metadata->topics;
            return std::any_of(begin, begin + metadata->topic_cnt,
                               [&](const auto& each) { return topic == each.topic; });
        }
        if (error != RD_KAFKA_RESP_ERR__TRANSPORT && error != RD_KAFKA_RESP_ERR__TIMED_OUT) {
            return tl::unexpected(words_of(error, fmt::format("looking for topic {}", topic)));
        }
    }
    return tl::unexpected(patience.why(
        {Code::DeadlineExceeded,
         fmt::format("the brokers did not say in time whether topic {} is there", topic)}));
}

base::Result<Found> ensure_topic(rd_kafka_t* handle, const TopicWish& wish,
                                 const Patience& patience) {
    MB_TRY(const bool is_known, is_topic_there(handle, wish.name, patience));
    if (is_known) {
        return Found::There;
    }
    MB_TRY(const auto made, make_wish(wish));
    const Owned<rd_kafka_queue_t> answers(rd_kafka_queue_new(handle));
    const auto options = limits_of(handle, patience);
    rd_kafka_NewTopic_t* topic = made.get();
    rd_kafka_CreateTopics(handle, &topic, 1, options.get(), answers.get());
    Owned<rd_kafka_event_t> event;
    while (!event && !patience.is_over()) {
        event.reset(rd_kafka_queue_poll(answers.get(), patience.slice()));
    }
    if (!event) {
        return tl::unexpected(patience.why(
            {Code::DeadlineExceeded,
             fmt::format("the brokers did not say in time whether topic {} is there", wish.name)}));
    }
    if (rd_kafka_event_error(event.get()) != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return read_answer(rd_kafka_event_error(event.get()),
                           rd_kafka_event_error_string(event.get()), wish.name);
    }
    std::size_t count = 0;
    const auto* const topics = rd_kafka_CreateTopics_result_topics(
        rd_kafka_event_CreateTopics_result(event.get()), &count);
    return count == 0 ? base::Result<Found>(Found::There)
                      : read_answer(rd_kafka_topic_result_error(topics[0]),
                                    rd_kafka_topic_result_error_string(topics[0]), wish.name);
}

}  // namespace millbeck::sinks::kafka
