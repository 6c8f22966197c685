// A batch as the event a function gets: `{"Records":[r1,r2,...]}`, or
// `{"Records":[...],"shardId":...}` with the batch's members after the records, gathered from the
// records where they lie. Byte for byte what AWS Lambda delivers for a DynamoDB stream.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include <sys/uio.h>

#include "sinks/sink.hpp"

namespace millbeck::sinks {

enum class EventEnding { None, Newline };

// What is left to write of an event. Borrows the batch or the payload.
class EventBytes {
  public:
    // Requires: at least one message, or members.
    EventBytes(const Batch& batch, EventEnding ending);
    // A JSON value as it is, borrowed; for a pipe, line ends in it become spaces.
    EventBytes(std::string_view payload, EventEnding ending);

    // Puts `head`, which is borrowed, in front. Requires: nothing is written yet.
    void put_in_front(std::string_view head);

    // Of the whole, without a head.
    [[nodiscard]] std::size_t size() const { return size_; }

    // The next pieces for writev(2), at most IOV_MAX; empty at the end.
    [[nodiscard]] std::span<const iovec> rest() const;

    // `bytes` of rest() are written.
    void advance(std::size_t bytes);

    [[nodiscard]] bool done() const { return at_ == pieces_.size(); }
    [[nodiscard]] bool begun() const { return begun_; }

  private:
    void add(std::string_view text);

    std::vector<iovec> pieces_;  // the first is the place of a head
    std::size_t at_ = 1;
    std::size_t size_ = 0;
    bool begun_ = false;
};

}  // namespace millbeck::sinks
