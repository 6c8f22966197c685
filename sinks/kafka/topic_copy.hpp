// A topic read back as a compacted view: the last message of each key.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sinks/copy_reader.hpp"
#include "sinks/kafka/gate.hpp"
#include "sinks/kafka/outgoing.hpp"
#include "sinks/kafka/patience.hpp"
#include "sinks/kafka/sending.hpp"
#include "sinks/kafka/topic_reader.hpp"

namespace millbeck::sinks::kafka {

// Two passes over each partition: the first notes where each key's last message is, the second
// hands those over. When the notes would take more than `reading_bytes_max`, the keys are read in
// slices, with two passes each.
class TopicCopy final : public CopyReader {
  public:
    using Send = std::function<base::Status(const OutgoingBatch&, const Patience&)>;

    // `send` sends removals as the sink sends changes. Everything is borrowed.
    TopicCopy(const Setup& setup, Gate& gate, Send send)
        : setup_(setup), gate_(gate), send_(std::move(send)) {}

    [[nodiscard]] base::Result<std::optional<CopiedRow>> expected(
        const Message& row) const override;
    base::Status scan(const std::function<base::Status(CopiedRow)>& visit,
                      base::Instant deadline) override;
    base::Status remove(const std::vector<std::string>& keys, base::Instant deadline) override;

  private:
    const Setup& setup_;
    Gate& gate_;
    Send send_;
};

// What the value of a format says of its row; nullopt: that there is none any more.
// Errors: Corrupt: it is not a value of that format; Invalid: it shows no new image.
base::Result<std::optional<std::string>> content_of(std::string_view value, KafkaFormat format);

}  // namespace millbeck::sinks::kafka
