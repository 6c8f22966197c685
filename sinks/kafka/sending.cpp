#include "sinks/kafka/sending.hpp"

#include <fmt/format.h>

namespace millbeck::sinks::kafka {

namespace {

// What Kafka writes besides key, value and headers, rounded up. Source: Kafka protocol guide,
// "Record Batch": the batch's own 61 bytes, and a record's lengths and offsets.
constexpr std::size_t kFrameBytes = 512;

std::size_t bytes_of(const Outgoing& message) {
    return message.key.size() + message.value.size() + message.id.size() + kFrameBytes;
}

}  // namespace

std::size_t count_sendable(const OutgoingBatch& batch, std::size_t message_bytes_max) {
    std::size_t count = 0;
    while (count < batch.messages.size() && bytes_of(batch.messages[count]) <= message_bytes_max) {
        ++count;
    }
    return count;
}

base::Error too_large(const Outgoing& message, const Setup& setup) {
    return {base::Code::LimitExceeded,
            fmt::format("a message of {} bytes for topic {} is above message_bytes_max, which is "
                        "{}: raise it here and max.message.bytes of the topic, or leave "
                        "attributes out",
                        bytes_of(message), setup.names.topic, setup.options.message_bytes_max)};
}

}  // namespace millbeck::sinks::kafka
