// What both modes do before they send.
#pragma once

#include <cstddef>
#include <string>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "sinks/kafka/client.hpp"
#include "sinks/kafka/outgoing.hpp"
#include "sinks/sink.hpp"

namespace millbeck::sinks::kafka {

// What a sink knows from its opening on.
struct Setup {
    KafkaOptions options;
    Names names;
    const base::Clock& clock;

    [[nodiscard]] Origin origin() const { return {names.sink, names.table}; }
};

inline Outcome failed(base::Error error) {
    return {Outcome::Kind::Failed, {}, std::move(error), {}};
}
inline Outcome not_invoked(base::Error error) {
    return {Outcome::Kind::NotInvoked, {}, std::move(error), {}};
}

// How many messages, from the first on, come before one that is too large to be sent.
std::size_t count_sendable(const OutgoingBatch& batch, std::size_t message_bytes_max);

// Why that one cannot be sent.
base::Error too_large(const Outgoing& message, const Setup& setup);

}  // namespace millbeck::sinks::kafka
