#include "sinks/handler/stderr_reader.hpp"

#include <algorithm>
#include <array>
#include <cerrno>

#include <unistd.h>

namespace millbeck::sinks {

namespace {
constexpr std::size_t kReadBytes = 16u << 10;
constexpr int kReadsMax = 16;
}  // namespace

bool StderrReader::drain() {
    const base::MutexLock lock(mutex_);
    return drain_locked();
}

void StderrReader::settle() {
    const base::MutexLock lock(mutex_);  // bytes are read and handed over under one lock
}

void StderrReader::close() {
    const base::MutexLock lock(mutex_);
    drain_locked();
    finish();
}

bool StderrReader::drain_locked() {
    std::array<char, kReadBytes>
        bytes;  // NOLINT(cppcoreguidelines-pro-type-member-init): read into
    for (int reads = 0; open_ && reads < kReadsMax; ++reads) {
        const ssize_t got = ::read(fd_, bytes.data(), bytes.size());
        if (got > 0) {
            feed({bytes.data(), static_cast<std::size_t>(got)});
        } else if (got < 0 && errno == EINTR) {
            continue;
        } else if (got < 0 && errno == EAGAIN) {
            return true;
        } else {
            finish();
        }
    }
    return open_;
}

void StderrReader::feed(std::string_view bytes) {
    while (!bytes.empty()) {
        if (bytes.front() == '\n') {
            end_line();
            bytes.remove_prefix(1);
            continue;
        }
        if (unfinished_.size() == kStderrLineBytesMax) {
            end_line();
        }
        const std::size_t room = kStderrLineBytesMax - unfinished_.size();
        const std::string_view part = bytes.substr(0, std::min(bytes.find('\n'), room));
        unfinished_.append(part);
        bytes.remove_prefix(part.size());
    }
}

void StderrReader::tee(LogTail* tail) {
    const base::MutexLock lock(mutex_);
    tail_ = tail;
}

void StderrReader::hand_over() {
    line_(unfinished_);
    if (tail_ != nullptr) {
        tail_->add(unfinished_);
    }
}

void StderrReader::end_line() {
    hand_over();
    unfinished_.clear();
}

void StderrReader::finish() {
    if (open_ && !unfinished_.empty()) {
        hand_over();
    }
    unfinished_.clear();
    open_ = false;
}

}  // namespace millbeck::sinks
