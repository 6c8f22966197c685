// One connection of a function's process to its Runtime API: bytes in, requests out; answers in,
// bytes out. Never waits.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/http_request_parser.hpp"
#include "base/unique_fd.hpp"
#include "sinks/handler/event.hpp"
#include "sinks/handler/runtime_api.hpp"

namespace millbeck::sinks {

// Requests are answered one after the other: what comes behind one waits until it is answered.
// Threads: one at a time.
class RuntimeConnection {
  public:
    // `fd` is a connected, non-blocking socket.
    explicit RuntimeConnection(base::UniqueFd fd);

    [[nodiscard]] int fd() const { return fd_.get(); }
    // What poll() is to look for.
    [[nodiscard]] short wanted() const;
    // Nothing can be read from it or written to it any more.
    [[nodiscard]] bool dead() const { return !fd_.valid(); }
    // Between two requests, and nothing was asked.
    [[nodiscard]] bool idle() const;
    // It has been asked for an event, and has not given one.
    [[nodiscard]] bool waits_for_event() const { return waits_for_event_; }

    // Reads what is there and answers it by `api`. Requests for an event are left waiting.
    void on_readable(RuntimeApi& api, std::vector<char>& buffer);

    // Sends the event, which is borrowed until it is sent or the connection is gone, and answers
    // what has been waiting behind it. `head` has all header lines but the length.
    // Requires: waits_for_event().
    void send_event(RuntimeApi& api, EventBytes event, std::string_view head);

    // Sends on, and answers what has been waiting behind it.
    void on_writable(RuntimeApi& api);
    // The event will not be there any longer: what is not sent of it never will be.
    void forget_event();

  private:
    void take(RuntimeApi& api, std::string_view bytes);
    void reply(const ApiReply& reply);
    void reply_to(RuntimeApi& api);
    void refuse_unreadable();
    void ended(RuntimeApi& api);
    void continue_if_expected();
    void flush();
    void close_when_sent();

    base::UniqueFd fd_;
    base::HttpRequestParser parser_;
    std::string unread_;  // read from the socket, not parsed yet
    std::string out_;     // with `event_`: its head
    std::size_t sent_ = 0;
    std::optional<EventBytes> event_;
    bool waits_for_event_ = false;
    bool held_open_ = false;  // asked for what never comes
    bool keep_alive_ = true;  // after the answer in hand
    bool continued_ = false;  // "100 Continue" was sent
    bool closing_ = false;    // everything is sent; reads and drops until the other side closes
};

}  // namespace millbeck::sinks
