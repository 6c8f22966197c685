// What the writer shows and the readers see: the list of segments and the published position.
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "base/mutex.hpp"
#include "base/result.hpp"
#include "shardlog/segment.hpp"

namespace millbeck::shardlog {

// Order for the writer: first the segment is in the list, then its extent and index are published,
// then published() moves. Order for a reader: published() first, then segments(); so the list it
// gets holds everything up to the position it knows.
// Threads: any.
class LogState {
  public:
    LogState(SegmentList segments, SequenceNumber published)
        : segments_(std::make_shared<const SegmentList>(std::move(segments))),
          published_(published.position()) {}

    [[nodiscard]] SequenceNumber published() const {
        return SequenceNumber{published_.load(std::memory_order_acquire)};
    }
    void publish(SequenceNumber position) {
        published_.store(position.position(), std::memory_order_release);
    }

    // Oldest first, never empty; the last one grows.
    [[nodiscard]] std::shared_ptr<const SegmentList> segments() const {
        const base::MutexLock lock(mutex_);
        return segments_;
    }

    // Seals the last segment and adds `segment` behind it.
    void add(std::shared_ptr<Segment> segment) {
        const base::MutexLock lock(mutex_);
        auto next = std::make_shared<SegmentList>(*segments_);
        next->back()->seal();
        next->push_back(std::move(segment));
        segments_ = std::move(next);
    }

    // Takes the oldest segment out. Requires: it is not the only one.
    void remove_oldest() {
        const base::MutexLock lock(mutex_);
        segments_ = std::make_shared<const SegmentList>(segments_->begin() + 1, segments_->end());
    }

    // After a failed sync nothing works any more: what is on disk is unknown.
    void poison(const base::Error& cause) {
        const base::MutexLock lock(mutex_);
        if (!is_poisoned_) {
            poison_ = {
                base::Code::Io,
                "what is on disk is unknown after a failure, restart to recover: " + cause.message};
            is_poisoned_ = true;
        }
    }
    [[nodiscard]] base::Status check() const {
        if (!is_poisoned_) {
            return {};
        }
        const base::MutexLock lock(mutex_);
        return base::fail(poison_.code, poison_.message);
    }

  private:
    mutable base::Mutex mutex_;
    std::shared_ptr<const SegmentList> segments_ MB_GUARDED_BY(mutex_);
    base::Error poison_ MB_GUARDED_BY(mutex_);
    std::atomic<std::uint64_t> published_;
    std::atomic<bool> is_poisoned_{false};
};

}  // namespace millbeck::shardlog
