// The chosen records of a stretch of the log, copied out of it once and dealt to lanes; and the
// stretches that were read last, for lanes that are close to each other.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/mutex.hpp"
#include "base/result.hpp"
#include "shardlog/history.hpp"
#include "shardlog/record.hpp"

namespace millbeck::runtime {

// Lanes deal the 2^64 partition hashes evenly among themselves.
// Requires: lane < lanes, 1 <= lanes <= 64.
std::uint64_t first_hash_of_lane(std::uint32_t lane, std::uint32_t lanes);
std::uint32_t lane_of_hash(std::uint64_t hash, std::uint32_t lanes);

// Owns what its views point to; not changed once it is read.
class Stretch {
  public:
    Stretch(shardlog::SequenceNumber begin, std::uint32_t lanes)
        : begin_(begin), next_(begin), lanes_(lanes) {}

    // Copies a record. Requires: in the order of their sequences.
    void add(const shardlog::RecordView& record);
    // All of [begin, next) was looked at.
    void end_at(shardlog::SequenceNumber next) { next_ = next; }

    [[nodiscard]] shardlog::SequenceNumber begin() const { return begin_; }
    [[nodiscard]] shardlog::SequenceNumber next() const { return next_; }
    [[nodiscard]] bool holds(shardlog::SequenceNumber position) const {
        return begin_ <= position && position < next_;
    }
    [[nodiscard]] std::size_t bytes() const { return bytes_; }
    [[nodiscard]] const std::vector<shardlog::RecordView>& lane(std::uint32_t number) const {
        return lanes_[number];
    }

  private:
    std::string_view keep(std::string_view text);

    shardlog::SequenceNumber begin_;
    shardlog::SequenceNumber next_;
    std::vector<std::vector<shardlog::RecordView>> lanes_;
    std::vector<std::string> chunks_;  // each with all its room from the start: texts stay
    std::size_t bytes_ = 0;
};

// Stretches kept; a lane that is further behind reads the log for itself.
inline constexpr std::size_t kStretchesKept = 8;

// Invariants: a stretch is loaded by one thread; others that need it wait for that one.
// Threads:    any.
class StretchCache {
  public:
    using Stretches = base::Result<std::shared_ptr<const Stretch>>;
    // Reads the stretch that begins at a position; the lock is not held meanwhile.
    using Load = std::function<Stretches(shardlog::SequenceNumber)>;

    explicit StretchCache(Load load) : load_(std::move(load)) {}

    // A stretch that holds `position`. Errors: those of Load; nothing is kept of a failed one.
    Stretches at(shardlog::SequenceNumber position);

  private:
    struct Loading {
        shardlog::SequenceNumber begin;
        std::shared_future<void> done;
    };
    std::shared_ptr<const Stretch> find(shardlog::SequenceNumber position) MB_REQUIRES(mutex_);
    void keep(std::shared_ptr<const Stretch> stretch) MB_REQUIRES(mutex_);

    const Load load_;
    base::Mutex mutex_;
    std::deque<std::shared_ptr<const Stretch>> kept_
        MB_GUARDED_BY(mutex_);  // used last: at the end
    std::vector<Loading> loading_ MB_GUARDED_BY(mutex_);
};

}  // namespace millbeck::runtime
