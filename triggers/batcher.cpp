#include "triggers/batcher.hpp"

#include <algorithm>

namespace millbeck::triggers {

bool Batcher::add(std::size_t bytes, base::Instant now) {
    const std::size_t comma = records_ > 0 ? 1 : 0;
    if (records_ > 0 && event_bytes_ + others_bytes_ + comma + bytes > limits_.bytes_max) {
        closed_ = true;
        return false;
    }
    const bool window_over = !window_start_ || now >= *window_start_ + limits_.window;
    if (records_ == 0 && window_over) {
        window_start_ = now;
    }
    event_bytes_ += comma + bytes;
    ++records_;
    return true;
}

bool Batcher::ready(base::Instant now) const {
    return records_ > 0 && (full() || now >= *due());
}

std::optional<base::Instant> Batcher::due() const {
    if (records_ == 0) {
        return std::nullopt;
    }
    const base::Instant window_end = *window_start_ + limits_.window;
    return std::max(window_end, paced_until_.value_or(window_end));
}

void Batcher::taken(base::Instant now) {
    // A full batch comes from a backlog, which nothing is gained by waiting for.
    const bool busy = records_ > 1 && !full();
    paced_until_ = busy ? std::optional(now + kBatchPace) : std::nullopt;
    records_ = 0;
    event_bytes_ = kEnvelopeBytes;
    closed_ = false;
}

std::size_t Batcher::bytes_left() const {
    const std::size_t used = event_bytes_ + others_bytes_;
    return used >= limits_.bytes_max ? 0 : limits_.bytes_max - used;
}

}  // namespace millbeck::triggers
