// A Kafka topic that takes documents one by one: what is given up elsewhere is told there.
#pragma once

#include <memory>
#include <string_view>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "sinks/kafka/kafka_options.hpp"

namespace millbeck::sinks {

// Threads: any.
class DocumentTopic {
  public:
    virtual ~DocumentTopic() = default;

    // Ok: all in-sync replicas have it. Documents of one key stay in order.
    // Errors: DeadlineExceeded: it may get there yet; others: it was not taken. In words.
    virtual base::Status put(std::string_view key, std::string_view document,
                             base::Instant deadline) = 0;
};

// Needs no broker. `options.topic` is taken as it stands; a missing topic is made as they say.
// `clock` outlives it. Errors: Invalid: an option is out of range.
base::Result<std::unique_ptr<DocumentTopic>> open_document_topic(const KafkaOptions& options,
                                                                 const base::Clock& clock);

}  // namespace millbeck::sinks
