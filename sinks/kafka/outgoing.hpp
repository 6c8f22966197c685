// What goes to Kafka for a batch: keys, values and headers, nothing of connections.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "sinks/kafka/kafka_options.hpp"
#include "sinks/sink.hpp"

namespace millbeck::sinks::kafka {

struct Outgoing {
    std::string_view id;  // the message's it is made of
    std::string_view key;
    std::string_view value;
    bool is_tombstone = false;  // no value at all
    Event event = Event::Insert;
    std::int64_t milliseconds = 0;  // its timestamp; 0: now
};

// The messages of one batch, in its order. Views are of the batch and of `text`, which stays where
// it is when this is moved.
struct OutgoingBatch {
    std::vector<Outgoing> messages;
    std::string shard_id;
    Content content = Content::Changes;
    std::unique_ptr<std::string> text = std::make_unique<std::string>();
};

// Who sends, for the envelope.
struct Origin {
    std::string_view sink;
    std::string_view table;
};

// Errors: Invalid: the format needs images that the record has not; Corrupt: an image is no item.
base::Result<OutgoingBatch> make_outgoing(const Batch& batch, const KafkaOptions& options,
                                          const Origin& origin, base::WallTime now);

// The removal of rows that are in no table, by their keys; views are of `keys`.
base::Result<OutgoingBatch> make_removals(const std::vector<std::string>& keys,
                                          const KafkaOptions& options, const Origin& origin,
                                          base::WallTime now);

}  // namespace millbeck::sinks::kafka
