// A segment as those see it who read the past, wherever it is kept.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "shardlog/ids.hpp"
#include "shardlog/past_index.hpp"

namespace millbeck::shardlog {

// Whole frames without gaps, from `begin` of their segment on. Lives as long as `memory`.
struct FrameSpan {
    std::string_view bytes;
    std::uint64_t begin = 0;
    std::shared_ptr<const void> memory;
};

// Threads: any.
// Errors:  Corrupt (names file and offset), NotFound (trimmed in the meantime), Io.
class PastSegment {
  public:
    virtual ~PastSegment() = default;

    // Positions [first, last]; empty when last is below first.
    [[nodiscard]] virtual SequenceNumber first() const = 0;
    [[nodiscard]] virtual SequenceNumber last() const = 0;
    [[nodiscard]] virtual std::int64_t newest_time_ms() const = 0;
    [[nodiscard]] virtual std::uint64_t used_bytes() const = 0;
    [[nodiscard]] virtual std::string name() const = 0;  // of the file, for messages

    [[nodiscard]] virtual base::Result<std::shared_ptr<const PastIndex>> past() = 0;

    // The frames around this offset. Requires: it lies below used_bytes().
    [[nodiscard]] virtual base::Result<FrameSpan> frames_at(std::uint64_t offset) = 0;
};

}  // namespace millbeck::shardlog
