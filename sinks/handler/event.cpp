#include "sinks/handler/event.hpp"

#include <algorithm>
#include <climits>
#include <string_view>

#include "base/result.hpp"

namespace millbeck::sinks {

namespace {

iovec piece(std::string_view text) {
    // writev(2) only reads; its struct serves readv(2) too and so knows no const.
    return {const_cast<char*>(text.data()), text.size()};
}

}  // namespace

EventBytes::EventBytes(const Batch& batch, EventEnding ending) {
    MB_CHECK(!batch.messages.empty(), "empty batches are not sent");
    pieces_.reserve(2 * batch.messages.size() + 1);
    pieces_.push_back(piece("{\"Records\":["));
    for (const Message& message : batch.messages) {
        if (pieces_.size() > 1) {
            pieces_.push_back(piece(","));
        }
        pieces_.push_back(piece(message.record));
    }
    pieces_.push_back(piece(ending == EventEnding::Newline ? "]}\n" : "]}"));
}

std::span<const iovec> EventBytes::rest() const {
    const std::size_t count = std::min<std::size_t>(pieces_.size() - at_, IOV_MAX);
    return std::span(pieces_).subspan(at_, count);
}

void EventBytes::advance(std::size_t bytes) {
    begun_ = begun_ || bytes > 0;
    while (bytes > 0) {
        iovec& first = pieces_[at_];
        const std::size_t part = std::min(bytes, first.iov_len);
        first.iov_base = static_cast<char*>(first.iov_base) + part;
        first.iov_len -= part;
        bytes -= part;
        if (first.iov_len == 0) {
            ++at_;
        }
    }
}

}  // namespace millbeck::sinks
