// librdkafka's own cluster in this process.
#pragma once

#include <array>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include "sinks/kafka/client.hpp"

namespace millbeck::sinks {

// Numbers of Kafka's requests. Source: Kafka protocol guide, "API keys".
enum class ApiKey : std::int16_t { Produce = 0, Metadata = 3, InitProducerId = 22, EndTxn = 26 };

class MockCluster {
  public:
    MockCluster() {
        std::array<char, 256> words{};
        rd_kafka_conf_t* conf = rd_kafka_conf_new();
        rd_kafka_conf_set(conf, "bootstrap.servers", "127.0.0.1:1", words.data(), words.size());
        rd_kafka_conf_set(conf, "log_level", "0", words.data(), words.size());
        host_.reset(rd_kafka_new(RD_KAFKA_PRODUCER, conf, words.data(), words.size()));
        cluster_ = rd_kafka_mock_cluster_new(host_.get(), 1);
        if (cluster_ == nullptr) {
            throw std::runtime_error("no mock cluster");
        }
        // It cannot be asked to make topics.
        make_topic("orders");
        make_topic("millbeck-positions-feed-orders");
    }
    MockCluster(const MockCluster&) = delete;
    MockCluster& operator=(const MockCluster&) = delete;
    ~MockCluster() { rd_kafka_mock_cluster_destroy(cluster_); }

    [[nodiscard]] std::string brokers() const { return rd_kafka_mock_cluster_bootstraps(cluster_); }
    void make_topic(const char* name) const { rd_kafka_mock_topic_create(cluster_, name, 1, 1); }
    void set_topic_error(const char* name, rd_kafka_resp_err_t error) const {
        rd_kafka_mock_topic_set_error(cluster_, name, error);
    }
    // The next requests of this kind are answered so.
    void answer(ApiKey request, const std::vector<rd_kafka_resp_err_t>& errors) const {
        rd_kafka_mock_push_request_errors_array(cluster_, static_cast<std::int16_t>(request),
                                                errors.size(), errors.data());
    }
    void set_down() const { rd_kafka_mock_broker_set_down(cluster_, 1); }
    void set_up() const { rd_kafka_mock_broker_set_up(cluster_, 1); }

  private:
    kafka::Handle host_;
    rd_kafka_mock_cluster_t* cluster_ = nullptr;
};

}  // namespace millbeck::sinks
