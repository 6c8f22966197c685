// When a batch is complete: by records, by bytes, by time. Pure: it counts, it holds no records.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/clock.hpp"

namespace millbeck::triggers {

struct BatchLimits {
    std::uint32_t records_max = 100;   // 1..10'000
    std::size_t bytes_max = 6u << 20;  // of the event: envelope, records and the commas between
    base::Milliseconds window{0};      // 0..300 s
};

// A shard that is written to from several sides gives a batch at most this often, unless the batch
// is full: each batch costs two processes a wake-up and a checkpoint, and under load a thousand
// batches of four records would slow the writers for handlers that gain nothing by it.
inline constexpr base::Milliseconds kBatchPace{4};

// Bytes of `{"Records":[` and `]}`.
inline constexpr std::size_t kEnvelopeBytes = 14;

// The window starts when the previous batch was done with; if it ends without a record, the next
// one starts with the first record. With a window of 0 a batch is ready as soon as it holds
// anything; only after a batch of several records, which shows that writes come faster than
// batches, the next one waits until kBatchPace has passed since that one left. Source: Lambda
// Developer Guide, "Event source mappings", batching behaviour.
class Batcher {
  public:
    explicit Batcher(const BatchLimits& limits) : limits_(limits) {}

    // Takes a record of `bytes` into the batch, or, when it would not fit any more, closes the
    // batch and says false. An empty batch takes any record: one above the limit travels alone.
    bool add(std::size_t bytes, base::Instant now);

    // So many bytes of the event are somebody else's.
    void set_aside(std::size_t bytes) { others_bytes_ = bytes; }

    // No further record joins.
    [[nodiscard]] bool full() const { return closed_ || records_ >= limits_.records_max; }

    // Whether the batch should go now.
    [[nodiscard]] bool ready(base::Instant now) const;

    // When ready() becomes true by time alone; nullopt while empty.
    [[nodiscard]] std::optional<base::Instant> due() const;

    // The batch leaves: gathering begins anew.
    void taken(base::Instant now);

    // The batch that left is done with, for good or with a stated gap.
    void completed(base::Instant now) { window_start_ = now; }

    [[nodiscard]] std::uint32_t records() const { return records_; }
    [[nodiscard]] std::uint32_t records_left() const { return limits_.records_max - records_; }
    [[nodiscard]] std::size_t bytes_left() const;

  private:
    BatchLimits limits_;
    std::uint32_t records_ = 0;
    std::size_t event_bytes_ = kEnvelopeBytes;
    std::size_t others_bytes_ = 0;
    bool closed_ = false;
    std::optional<base::Instant> window_start_;
    std::optional<base::Instant> paced_until_;
};

}  // namespace millbeck::triggers
