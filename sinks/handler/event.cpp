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
    MB_CHECK(!batch.messages.empty() || !batch.members.empty(), "empty batches are not sent");
    pieces_.reserve(2 * batch.messages.size() + 4);
    pieces_.emplace_back();
    add("{\"Records\":[");
    for (const Message& message : batch.messages) {
        if (pieces_.size() > 2) {
            add(",");
        }
        add(message.record);
    }
    if (batch.members.empty()) {
        add(ending == EventEnding::Newline ? "]}\n" : "]}");
        return;
    }
    add("],");
    add(batch.members);
    add(ending == EventEnding::Newline ? "}\n" : "}");
}

// Line ends in JSON stand between its tokens only, where a space is as good; the pieces around them
// are written from where they lie.
EventBytes::EventBytes(std::string_view payload, EventEnding ending) {
    pieces_.emplace_back();
    while (ending == EventEnding::Newline && !payload.empty()) {
        const std::size_t end = std::min(payload.find_first_of("\r\n"), payload.size());
        add(payload.substr(0, end));
        payload.remove_prefix(end);
        if (!payload.empty()) {
            add(" ");
            payload.remove_prefix(1);
        }
    }
    add(payload);
    if (ending == EventEnding::Newline) {
        add("\n");
    }
}

void EventBytes::add(std::string_view text) {
    if (!text.empty()) {
        pieces_.push_back(piece(text));
        size_ += text.size();
    }
}

void EventBytes::put_in_front(std::string_view head) {
    MB_CHECK(!begun_ && at_ == 1, "a head is the first of an event");
    pieces_.front() = piece(head);
    at_ = 0;
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
