// A Kafka topic as a sink: one message for each change, in order per key.
//
// Idempotent:    Delivered means that all in-sync replicas have every message (acks=all), each once
//                and in order as far as the producer's own retries go; a batch whose fate is
//                unknown is sent again: at least once.
// Transactional: the messages of a batch and its position are one transaction; the position is in a
//                compacted topic of the sink's own, read back when the sink connects. A reader with
//                isolation.level=read_committed sees each change exactly once, over crashes of this
//                program and of brokers. Of two sinks with one transactional id the newer one
//                works; the older one stops for good and says so.
// A new generation cannot clear a topic: rows are sent again, and keys that vanished in between
// stay until CopyReader::remove() sends their removal.
#pragma once

#include <memory>

#include "base/result.hpp"
#include "sinks/kafka/kafka_options.hpp"
#include "sinks/sink.hpp"
#include "sinks/sink_context.hpp"

namespace millbeck::sinks {

// Needs no broker: one that is down makes deliver() answer Failed, and is connected to when it is
// back. Threads: librdkafka's, and one that hears its reports.
// Errors: Invalid: an option is out of range, or librdkafka refuses a property.
base::Result<std::unique_ptr<Sink>> open_kafka(KafkaOptions options, const SinkContext& context);

}  // namespace millbeck::sinks
