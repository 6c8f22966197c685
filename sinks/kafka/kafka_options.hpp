// What a Kafka sink is told.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

#include "base/clock.hpp"
#include "sinks/row.hpp"

namespace millbeck::sinks {

enum class KafkaFormat : std::uint8_t {
    Record,    // the stream record, as a Lambda event carries it; the mapping is not applied
    Plain,     // the new image as plain JSON, mapped; a REMOVE is a message without a value
    Debezium,  // Debezium's envelope around mapped rows; after a delete a message without a value
};

enum class KafkaMode : std::uint8_t {
    Idempotent,     // at least once, in order per key
    Transactional,  // batch and position in one transaction: exactly once for read_committed
};

struct KafkaOptions {
    std::string brokers;  // `host:port,host:port`; required
    // `{table}` and `{sink}` become their names. Letters, digits, `.`, `_`, `-`; 1 .. 249 of them.
    std::string topic = "{table}";
    KafkaFormat format = KafkaFormat::Record;
    KafkaMode mode = KafkaMode::Idempotent;
    RowMapping mapping{};  // for Plain and Debezium

    // ---- topics that are not there yet
    bool create_topic = true;  // false: a missing topic is a failure in words
    unsigned partitions = 4;   // 1 .. 10000
    unsigned replication = 0;  // 1 .. 100; 0: as the broker says
    // Settings of a created topic, as Kafka calls them: `cleanup.policy: compact`.
    std::map<std::string, std::string> topic_settings{};

    // ---- speed and limits
    std::string compression = "none";           // none, gzip, snappy, lz4 or zstd
    base::Milliseconds linger{1};               // 0 .. 1 min: how long a request waits to be fuller
    std::size_t message_bytes_max = 1'000'000;  // 1 KB .. 1 GB: a larger one is not sent
    std::size_t request_bytes_max = 1'000'000;  // 1 KB .. 1 GB: of one partition's part
    std::size_t queue_bytes_max = 64u << 20;    // 1 MB .. 2 GB: given to Kafka, not answered yet
    unsigned concurrency = 16;                  // 1 .. 1000: batches on their way at once

    // ---- mode transactional
    // Identifies this sink to the brokers: of two that use the same, the newer one works.
    std::string transactional_id = "millbeck-{sink}-{table}";
    std::string positions_topic = "millbeck-positions-{sink}-{table}";  // compacted, one partition
    base::Milliseconds transaction_timeout{60'000};  // 1 s .. 15 min: brokers end it then

    // Memory of one reading back, for keys and places: 1 MB .. 8 GB. More keys are read in slices,
    // each with its own passes over the topic.
    std::size_t reading_bytes_max = 256u << 20;

    // Passed on to librdkafka: `security.protocol`, `sasl.username`, `ssl.ca.location`... Never
    // logged. Refused: what the options above say, and what would break the promise.
    std::map<std::string, std::string> properties{};
};

}  // namespace millbeck::sinks
