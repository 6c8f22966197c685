// The sink's contract on any cluster: what is the same for the mock and for a real broker.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tests/sinks/kafka/kafka_harness.hpp"
#include "tests/sinks/kafka/silent_listener.hpp"
#include "tests/sinks/sink_contract.hpp"

namespace millbeck::sinks {

class KafkaTarget : public SinkTarget {
  public:
    explicit KafkaTarget(KafkaMode mode) { options_.mode = mode; }

    std::unique_ptr<Sink> open_working() override { return world_.open(options_); }
    std::unique_ptr<Sink> open_hanging() override {
        KafkaOptions options = options_;
        options.brokers = silent_.brokers();
        return world_.open(options);
    }
    std::vector<std::string> durable_ids() override {
        return sequences_in(consume_all(options_.brokers, options_.topic));
    }

  protected:
    SilentListener silent_;
    KafkaWorld world_;
    KafkaOptions options_;
};

}  // namespace millbeck::sinks
