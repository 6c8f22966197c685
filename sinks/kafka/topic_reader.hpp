// A topic read from its beginning to where it ended when the reading began.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "sinks/kafka/client.hpp"
#include "sinks/kafka/patience.hpp"

namespace millbeck::sinks::kafka {

// Views live as long as the call.
struct ReadMessage {
    std::int64_t offset = 0;
    std::string_view key;
    std::optional<std::string_view> value;  // nullopt: a tombstone
};

// Where a reading ends: a transaction that is under way hides all that was written behind it.
enum class Until {
    Stable,   // before the first such transaction
    Written,  // where the topic ends: waits for the transactions
};

using Visit = std::function<base::Status(const ReadMessage&)>;

// Only what is committed is read.
// Threads: one. Errors of all: NotFound (no such topic), Unavailable, DeadlineExceeded, Cancelled.
class TopicReader {
  public:
    // Errors: Invalid: librdkafka refuses a setting.
    static base::Result<TopicReader> open(const KafkaOptions& options, const Names& names,
                                          std::string topic);

    base::Result<int> partitions(const Patience& patience);

    // Stops at the visitor's error. May be called again.
    base::Status read(int partition, Until until, const Patience& patience, const Visit& visit);

  private:
    TopicReader(Handle handle, std::string topic)
        : handle_(std::move(handle)), topic_(std::move(topic)) {}
    base::Status assign(int partition);
    [[nodiscard]] std::int64_t end_of(int partition) const;

    Handle handle_;
    std::string topic_;
};

}  // namespace millbeck::sinks::kafka
