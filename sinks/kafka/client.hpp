// librdkafka's handles, owned; its settings from ours; its errors as ours, in words.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include <librdkafka/rdkafka.h>

#include "base/result.hpp"
#include "sinks/kafka/kafka_options.hpp"

namespace millbeck::sinks::kafka {

struct Destroy {
    void operator()(rd_kafka_t* handle) const;
    void operator()(rd_kafka_conf_t* conf) const { rd_kafka_conf_destroy(conf); }
    void operator()(rd_kafka_topic_t* topic) const { rd_kafka_topic_destroy(topic); }
    void operator()(rd_kafka_message_t* message) const { rd_kafka_message_destroy(message); }
    void operator()(rd_kafka_queue_t* queue) const { rd_kafka_queue_destroy(queue); }
    void operator()(rd_kafka_event_t* event) const { rd_kafka_event_destroy(event); }
    void operator()(rd_kafka_error_t* error) const { rd_kafka_error_destroy(error); }
    void operator()(rd_kafka_headers_t* headers) const { rd_kafka_headers_destroy(headers); }
    void operator()(rd_kafka_NewTopic_t* topic) const { rd_kafka_NewTopic_destroy(topic); }
    void operator()(rd_kafka_AdminOptions_t* options) const {
        rd_kafka_AdminOptions_destroy(options);
    }
    void operator()(rd_kafka_topic_partition_list_t* list) const {
        rd_kafka_topic_partition_list_destroy(list);
    }
};
template <typename T>
using Owned = std::unique_ptr<T, Destroy>;
using Handle = Owned<rd_kafka_t>;

// The texts of the options with their names filled in, checked.
struct Names {
    std::string sink;
    std::string table;
    std::string topic;
    std::string transactional_id;
    std::string positions_topic;
};

// Errors: Invalid: a template or a number out of its range, a refused property.
base::Result<Names> check_options(const KafkaOptions& options, const std::string& sink,
                                  const std::string& table);

enum class Role { Producer, TransactionalProducer, Reader };

// Errors: Invalid: librdkafka refuses a setting; its words never hold a property's value.
base::Result<Owned<rd_kafka_conf_t>> make_conf(const KafkaOptions& options, const Names& names,
                                               Role role);

// Errors: Invalid: librdkafka's words.
base::Result<Handle> make_handle(Owned<rd_kafka_conf_t> conf, rd_kafka_type_t type);

// `what`: "topic orders" or the like. A sentence that says what to do, where there is something.
base::Error words_of(rd_kafka_resp_err_t code, std::string_view what);

}  // namespace millbeck::sinks::kafka
