// What a configuration may say of a Kafka sink.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "runtime/config/setting.hpp"
#include "sinks/kafka/kafka_options.hpp"

namespace millbeck::runtime {

const std::vector<Setting<sinks::KafkaOptions>>& kafka_settings();

// The form of one line: `localhost:9092`, `a:9092,b:9092`, or `kafka://localhost:9092/topic`.
// Errors: Invalid: it is none of these.
base::Result<sinks::KafkaOptions> kafka_from_text(const std::string& text);

}  // namespace millbeck::runtime
