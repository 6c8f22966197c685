#include "sinks/kafka/topic_reader.hpp"

#include <utility>

#include <fmt/format.h>

namespace millbeck::sinks::kafka {

using base::Code;

namespace {

bool passes_by_itself(rd_kafka_resp_err_t error) {
    return error == RD_KAFKA_RESP_ERR__TRANSPORT || error == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN ||
           error == RD_KAFKA_RESP_ERR__TIMED_OUT || error == RD_KAFKA_RESP_ERR__RESOLVE ||
           error == RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE ||
           error == RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION ||
           error == RD_KAFKA_RESP_ERR__WAIT_COORD;
}

bool is_missing(rd_kafka_resp_err_t error) {
    return error == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART ||
           error == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC ||
           error == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION;
}

base::Error error_of(rd_kafka_resp_err_t error, const std::string& topic) {
    base::Error words = words_of(error, "topic " + topic);
    if (is_missing(error)) {
        words.code = Code::NotFound;
    }
    return words;
}

base::Error late(const Patience& patience, const std::string& topic) {
    return patience.why(
        {Code::DeadlineExceeded, fmt::format("topic {} was not read to its end in time", topic)});
}

ReadMessage view_of(const rd_kafka_message_t& message) {
    ReadMessage read;
    read.offset = message.offset;
    read.key = {static_cast<const char*>(message.key), message.key_len};
    if (message.payload != nullptr) {
        read.value.emplace(static_cast<const char*>(message.payload), message.len);
    }
    return read;
}

struct DestroyMetadata {
    void operator()(const rd_kafka_metadata_t* metadata) const {
        rd_kafka_metadata_destroy(metadata);
    }
};

}  // namespace

base::Result<TopicReader> TopicReader::open(const KafkaOptions& options, const Names& names,
                                            std::string topic) {
    MB_TRY(auto conf, make_conf(options, names, Role::Reader));
    MB_TRY(auto handle, make_handle(std::move(conf), RD_KAFKA_CONSUMER));
    rd_kafka_poll_set_consumer(handle.get());
    return TopicReader(std::move(handle), std::move(topic));
}

base::Result<int> TopicReader::partitions(const Patience& patience) {
    const Owned<rd_kafka_topic_t> topic(rd_kafka_topic_new(handle_.get(), topic_.c_str(), nullptr));
    while (!patience.is_over()) {
        const rd_kafka_metadata_t* raw = nullptr;
        const auto error =
            rd_kafka_metadata(handle_.get(), 0, topic.get(), &raw, patience.slice() * 10);
        const std::unique_ptr<const rd_kafka_metadata_t, DestroyMetadata> metadata(raw);
        if (error == RD_KAFKA_RESP_ERR_NO_ERROR && metadata->topic_cnt == 1) {
            const auto of_topic = metadata->topics[0].err;
            if (of_topic == RD_KAFKA_RESP_ERR_NO_ERROR) {
                return metadata->topics[0].partition_cnt;
            }
            if (!passes_by_itself(of_topic)) {
                return tl::unexpected(error_of(of_topic, topic_));
            }
        } else if (error != RD_KAFKA_RESP_ERR_NO_ERROR && !passes_by_itself(error)) {
            return tl::unexpected(error_of(error, topic_));
        }
    }
    return tl::unexpected(late(patience, topic_));
}

// As the last answer to a fetch said.
std::int64_t TopicReader::end_of(int partition) const {
    std::int64_t low = 0;
    std::int64_t high = 0;
    rd_kafka_get_watermark_offsets(handle_.get(), topic_.c_str(), partition, &low, &high);
    return high;
}

base::Status TopicReader::assign(int partition) {
    const Owned<rd_kafka_topic_partition_list_t> list(rd_kafka_topic_partition_list_new(1));
    rd_kafka_topic_partition_list_add(list.get(), topic_.c_str(), partition)->offset =
        RD_KAFKA_OFFSET_BEGINNING;
    const auto error = rd_kafka_assign(handle_.get(), list.get());
    return error == RD_KAFKA_RESP_ERR_NO_ERROR ? base::Status{}
                                               : tl::unexpected(error_of(error, topic_));
}

base::Status TopicReader::read(int partition, Until until, const Patience& patience,
                               const Visit& visit) {
    MB_TRY_STATUS(assign(partition));
    std::optional<std::int64_t> end;
    while (!patience.is_over()) {
        const Owned<rd_kafka_message_t> message(
            rd_kafka_consumer_poll(handle_.get(), patience.slice()));
        if (!message || message->partition != partition || passes_by_itself(message->err)) {
            continue;
        }
        end = end ? end : end_of(partition);
        if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
            if (until == Until::Stable || message->offset >= *end) {
                return {};
            }
            continue;
        }
        if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
            return tl::unexpected(error_of(message->err, topic_));
        }
        if (message->offset < *end) {
            MB_TRY_STATUS(visit(view_of(*message)));
        }
        if (message->offset + 1 >= *end) {
            return {};
        }
    }
    return tl::unexpected(late(patience, topic_));
}

}  // namespace millbeck::sinks::kafka
