#include "runtime/config/kafka_settings.hpp"

#include <fmt/format.h>

namespace millbeck::runtime {

using base::Status;
using sinks::KafkaFormat;
using sinks::KafkaMode;
using sinks::KafkaOptions;
using namespace std::chrono_literals;

namespace {

using K = KafkaOptions;

Setting<K> text_setting(std::string key, std::string K::*field, const std::string& takes,
                        std::string help) {
    return special_setting<K>(std::move(key), takes, K{}.*field, std::move(help),
                              [field, takes](K& options, const Value& value) -> Status {
                                  MB_TRY(options.*field, text_of(value, takes));
                                  return {};
                              });
}

Setting<K> texts_setting(std::string key, std::map<std::string, std::string> K::*field,
                         std::string help) {
    return special_setting<K>(std::move(key), "map of texts", "{}", std::move(help),
                              [field](K& options, const Value& value) -> Status {
                                  MB_TRY(options.*field, texts_of(value));
                                  return {};
                              });
}

}  // namespace

// NOLINTNEXTLINE(readability-function-size): a table.
const std::vector<Setting<KafkaOptions>>& kafka_settings() {
    static const std::vector<Setting<K>> settings{
        required(text_setting("brokers", &K::brokers, "host:port,host:port",
                              "Some of the cluster's brokers.")),
        text_setting("topic", &K::topic, "text with {table}, {sink}", "Where the changes go."),
        choice_setting<K, KafkaFormat>(
            "format", [](K & o) -> auto& { return o.format; },
            {{"record", KafkaFormat::Record},
             {"row", KafkaFormat::Plain},
             {"debezium", KafkaFormat::Debezium}},
            "What a message's value is: the stream record, the mapped row (none after a removal), "
            "or Debezium's envelope around mapped rows."),
        choice_setting<K, KafkaMode>(
            "mode", [](K & o) -> auto& { return o.mode; },
            {{"idempotent", KafkaMode::Idempotent}, {"transactional", KafkaMode::Transactional}},
            "idempotent: at least once. transactional: batch and position in one transaction; "
            "exactly once for readers with isolation.level=read_committed."),
        flag_setting<K>(
            "create_topic", [](K & o) -> auto& { return o.create_topic; },
            "Makes the topic where it is missing."),
        number_setting<K>(
            "partitions", [](K & o) -> auto& { return o.partitions; }, 1, 10'000, false,
            "Partitions of a topic that is made."),
        number_setting<K>(
            "replication", [](K & o) -> auto& { return o.replication; }, 0, 100, false,
            "Replicas of a topic that is made; 0: as the brokers say."),
        texts_setting("topic_settings", &K::topic_settings,
                      "Kafka's settings of a topic that is made: {cleanup.policy: compact}."),
        text_setting("compression", &K::compression, "one of none, gzip, snappy, lz4, zstd",
                     "How requests are compressed."),
        duration_setting<K>(
            "linger", [](K & o) -> auto& { return o.linger; }, 0s, 1min,
            "How long a request to the brokers waits to become fuller."),
        number_setting<K>(
            "message_bytes_max", [](K & o) -> auto& { return o.message_bytes_max; }, 1024,
            1'000'000'000, true, "Larger messages are not sent."),
        number_setting<K>(
            "request_bytes_max", [](K & o) -> auto& { return o.request_bytes_max; }, 1024,
            1'000'000'000, true, "Size of one partition's part of a request."),
        number_setting<K>(
            "queue_bytes_max", [](K & o) -> auto& { return o.queue_bytes_max; }, 1u << 20,
            (2ull << 30) - 1024, true, "Messages on their way at most."),
        number_setting<K>(
            "concurrency", [](K & o) -> auto& { return o.concurrency; }, 1, 1'000, false,
            "Batches on their way at once."),
        text_setting("transactional_id", &K::transactional_id, "text with {table}, {sink}",
                     "Of two sinks with the same one, the newer works and the older stops."),
        text_setting("positions_topic", &K::positions_topic, "text with {table}, {sink}",
                     "Where mode transactional keeps its positions."),
        duration_setting<K>(
            "transaction_timeout", [](K & o) -> auto& { return o.transaction_timeout; }, 1s, 15min,
            "When the brokers end a transaction that was left."),
        number_setting<K>(
            "reading_bytes_max", [](K & o) -> auto& { return o.reading_bytes_max; }, 1u << 20,
            8ull << 30, true, "Memory of `millbeck verify` for the topic's keys."),
        texts_setting("properties", &K::properties,
                      "Passed on to librdkafka: {security.protocol: sasl_ssl, sasl.username: ...}. "
                      "What the promise rests on is refused."),
    };
    return settings;
}

base::Result<KafkaOptions> kafka_from_text(const std::string& text) {
    constexpr std::string_view kScheme = "kafka://";
    std::string_view rest = text;
    KafkaOptions options;
    if (rest.starts_with(kScheme)) {
        rest.remove_prefix(kScheme.size());
        if (const auto slash = rest.find('/'); slash != std::string_view::npos) {
            options.topic = rest.substr(slash + 1);
            rest = rest.substr(0, slash);
        }
    }
    options.brokers = rest;
    if (rest.empty() || options.topic.empty() ||
        rest.find_first_of("/ \t@") != std::string_view::npos) {
        return base::fail(base::Code::Invalid,
                          "must be brokers, like localhost:9092 or a:9092,b:9092, or "
                          "kafka://localhost:9092/topic");
    }
    return options;
}

}  // namespace millbeck::runtime
