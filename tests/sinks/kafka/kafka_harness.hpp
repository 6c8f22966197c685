// What tests of Kafka share: sinks on some cluster, and a reader that is nobody's but theirs.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <librdkafka/rdkafka.h>

#include "base/clock.hpp"
#include "base/file_system.hpp"
#include "base/metrics.hpp"
#include "base/random.hpp"
#include "sinks/kafka/client.hpp"
#include "sinks/kafka/kafka_sink.hpp"

namespace millbeck::sinks {

// What sinks borrow. Outlives them.
struct KafkaWorld {
    base::SystemClock clock;
    std::unique_ptr<base::Random> random = base::system_random();
    base::Metrics metrics;
    std::unique_ptr<base::FileSystem> files = base::system_files();

    std::unique_ptr<Sink> open(const KafkaOptions& options, const std::string& table = "orders") {
        auto opened = try_open(options, table);
        EXPECT_TRUE(opened) << opened.error().message;
        return opened ? std::move(*opened) : nullptr;
    }
    base::Result<std::unique_ptr<Sink>> try_open(const KafkaOptions& options,
                                                 const std::string& table = "orders") {
        return open_kafka(options, {"feed", table, clock, *random, metrics, *files});
    }
    [[nodiscard]] base::Instant in(std::chrono::milliseconds time) const {
        return clock.instant() + time;
    }
    [[nodiscard]] base::Instant soon() const { return in(std::chrono::seconds{60}); }
};

// A message as any consumer gets it.
struct Consumed {
    int partition = 0;
    std::int64_t offset = 0;
    std::string key;
    std::optional<std::string> value;
    std::int64_t milliseconds = 0;
    std::map<std::string, std::string> headers{};
};

namespace kafka_reading {

inline kafka::Handle open_consumer(const std::string& brokers) {
    std::array<char, 256> words{};
    rd_kafka_conf_t* conf = rd_kafka_conf_new();
    for (const auto& [name, value] : std::map<std::string, std::string>{
             {"bootstrap.servers", brokers},
             {"group.id", "test"},
             {"enable.auto.commit", "false"},
             {"enable.partition.eof", "true"},
             {"isolation.level", "read_committed"},
             {"fetch.wait.max.ms", "10"},
         }) {
        rd_kafka_conf_set(conf, name.c_str(), value.c_str(), words.data(), words.size());
    }
    kafka::Handle handle(rd_kafka_new(RD_KAFKA_CONSUMER, conf, words.data(), words.size()));
    if (!handle) {
        throw std::runtime_error(words.data());
    }
    rd_kafka_poll_set_consumer(handle.get());
    return handle;
}

inline int count_partitions(rd_kafka_t* handle, const std::string& topic) {
    const kafka::Owned<rd_kafka_topic_t> asked(rd_kafka_topic_new(handle, topic.c_str(), nullptr));
    const rd_kafka_metadata_t* metadata = nullptr;
    constexpr int kPatienceMs = 30'000;
    if (rd_kafka_metadata(handle, 0, asked.get(), &metadata, kPatienceMs) !=
        RD_KAFKA_RESP_ERR_NO_ERROR) {
        throw std::runtime_error("no metadata of " + topic);
    }
    const int count = metadata->topics[0].err == RD_KAFKA_RESP_ERR_NO_ERROR
                          ? metadata->topics[0].partition_cnt
                          : 0;
    rd_kafka_metadata_destroy(metadata);
    return count;
}

inline Consumed copy_of(const rd_kafka_message_t& message) {
    Consumed copy;
    copy.partition = message.partition;
    copy.offset = message.offset;
    copy.key.assign(static_cast<const char*>(message.key), message.key_len);
    if (message.payload != nullptr) {
        copy.value.emplace(static_cast<const char*>(message.payload), message.len);
    }
    rd_kafka_timestamp_type_t type{};
    copy.milliseconds = rd_kafka_message_timestamp(&message, &type);
    rd_kafka_headers_t* headers = nullptr;
    const char* name = nullptr;
    const void* value = nullptr;
    std::size_t size = 0;
    if (rd_kafka_message_headers(&message, &headers) == RD_KAFKA_RESP_ERR_NO_ERROR) {
        for (std::size_t i = 0; rd_kafka_header_get_all(headers, i, &name, &value, &size) ==
                                RD_KAFKA_RESP_ERR_NO_ERROR;
             ++i) {
            copy.headers[name].assign(static_cast<const char*>(value), size);
        }
    }
    return copy;
}

inline void read_partition(rd_kafka_t* handle, const std::string& topic, int partition,
                           std::vector<Consumed>& into) {
    const kafka::Owned<rd_kafka_topic_partition_list_t> list(rd_kafka_topic_partition_list_new(1));
    rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), partition)->offset =
        RD_KAFKA_OFFSET_BEGINNING;
    rd_kafka_assign(handle, list.get());
    for (std::int64_t next = 0;;) {
        constexpr int kPatienceMs = 30'000;
        const kafka::Owned<rd_kafka_message_t> message(rd_kafka_consumer_poll(handle, kPatienceMs));
        if (!message) {
            throw std::runtime_error("the end of " + topic + " did not come");
        }
        if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
            into.push_back(copy_of(*message));
            next = message->offset + 1;
        } else if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
            std::int64_t low = 0;
            std::int64_t high = 0;
            rd_kafka_get_watermark_offsets(handle, topic.c_str(), partition, &low, &high);
            // Before it: a transaction's end is not written down everywhere yet.
            if (message->offset >= high || next >= high) {
                return;
            }
        }
    }
}

}  // namespace kafka_reading

// All that is committed, partition by partition. Empty when there is no such topic.
inline std::vector<Consumed> consume_all(const std::string& brokers, const std::string& topic) {
    const kafka::Handle handle = kafka_reading::open_consumer(brokers);
    std::vector<Consumed> all;
    const int partitions = kafka_reading::count_partitions(handle.get(), topic);
    for (int partition = 0; partition < partitions; ++partition) {
        kafka_reading::read_partition(handle.get(), topic, partition, all);
    }
    return all;
}

// `"seq":"17"` of each value.
inline std::vector<std::string> sequences_in(const std::vector<Consumed>& messages) {
    constexpr std::string_view kMark = R"("seq":")";
    std::vector<std::string> all;
    for (const Consumed& message : messages) {
        const std::string value = message.value.value_or("");
        const auto at = value.find(kMark);
        if (at != std::string::npos) {
            const auto begin = at + kMark.size();
            all.push_back(value.substr(begin, value.find('"', begin) - begin));
        }
    }
    return all;
}

}  // namespace millbeck::sinks
