#include "runtime/inject/stream_marks.hpp"

#include <algorithm>

namespace millbeck::runtime {

using base::WallTime;
using shardlog::SequenceNumber;
using shardlog::StreamId;

namespace {

// What iterators tell of their age.
constexpr base::Milliseconds kTick{1};

}  // namespace

StreamMark StreamMarks::mark(StreamId stream) const {
    const base::MutexLock lock(mutex_);
    const auto found = marks_.find(stream);
    return found == marks_.end() ? StreamMark{} : found->second;
}

SequenceNumber StreamMarks::trim(StreamId stream, SequenceNumber to) {
    const base::MutexLock lock(mutex_);
    StreamMark& mark = marks_[stream];
    mark.trimmed_to = std::max(to, mark.trimmed_to.value_or(to));
    return *mark.trimmed_to;
}

std::optional<SequenceNumber> StreamMarks::trimmed_to(StreamId stream) const {
    return mark(stream).trimmed_to;
}

// Iterators are issued a tick after the mark at the earliest, so the next mark is later still.
void StreamMarks::expire_iterators(StreamId stream, WallTime now) {
    const base::MutexLock lock(mutex_);
    StreamMark& mark = marks_[stream];
    mark.expired_through =
        mark.expired_through ? std::max(now, *mark.expired_through + kTick) : now;
}

bool StreamMarks::is_expired(StreamId stream, WallTime issued) const {
    const auto through = mark(stream).expired_through;
    return through && issued <= *through;
}

WallTime StreamMarks::issue_time(StreamId stream, WallTime now) const {
    const auto through = mark(stream).expired_through;
    return through ? std::max(now, *through + kTick) : now;
}

std::map<StreamId, StreamMark> StreamMarks::all() const {
    const base::MutexLock lock(mutex_);
    return marks_;
}

}  // namespace millbeck::runtime
