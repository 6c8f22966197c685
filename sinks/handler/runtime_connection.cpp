#include "sinks/handler/runtime_connection.hpp"

#include <cerrno>
#include <utility>

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>

namespace millbeck::sinks {

namespace {

// What a client may send ahead of the answer to what it asked first.
// A whole head must fit: it is parsed in one go.
constexpr std::size_t kUnreadBytesMax = kRuntimeHeaderBytesMax + (64u << 10);

base::HttpLimits limits() {
    // A body is read to its end also when it is too long: a client that is cut off while it sends
    // never reads why.
    return {.header_bytes_max = kRuntimeHeaderBytesMax,
            .body_bytes_max = kRuntimePayloadBytesMax,
            .body_over_limit = base::OverLimit::Drop};
}

std::string_view reason_of(unsigned status) {
    switch (status) {
        case 200:
            return "OK";
        case 202:
            return "Accepted";
        case 400:
            return "Bad Request";
        case 403:
            return "Forbidden";
        case 404:
            return "Not Found";
        case 405:
            return "Method Not Allowed";
        case 413:
            return "Request Entity Too Large";
        case 417:
            return "Expectation Failed";
        default:
            return "";
    }
}

}  // namespace

RuntimeConnection::RuntimeConnection(base::UniqueFd fd) : fd_(std::move(fd)), parser_(limits()) {}

short RuntimeConnection::wanted() const {
    const bool reads = unread_.size() < kUnreadBytesMax;
    const bool writes = sent_ < out_.size() || (event_ && !event_->done());
    return static_cast<short>((reads ? POLLIN : 0) | (writes ? POLLOUT : 0));
}

bool RuntimeConnection::idle() const {
    return !waits_for_event_ && !held_open_ && out_.empty() && unread_.empty() &&
           parser_.state() == base::HttpRequestParser::State::Header;
}

void RuntimeConnection::on_readable(RuntimeApi& api, std::vector<char>& buffer) {
    while (!dead()) {
        const ssize_t got = ::recv(fd_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
        if (got > 0) {
            take(api, {buffer.data(), static_cast<std::size_t>(got)});
            // Less than was asked for: there is no more, and the next look will tell.
            if (static_cast<std::size_t>(got) < buffer.size() ||
                unread_.size() >= kUnreadBytesMax) {
                return;
            }
        } else if (got == 0) {
            ended(api);
            return;
        } else if (errno != EINTR) {
            if (errno != EAGAIN) {
                fd_.reset();
            }
            return;
        }
    }
}

void RuntimeConnection::take(RuntimeApi& api, std::string_view bytes) {
    if (closing_) {
        return;
    }
    using State = base::HttpRequestParser::State;
    if (!unread_.empty()) {
        unread_ += bytes;
        bytes = unread_;
    }
    std::size_t used = 0;
    while (used < bytes.size() && out_.empty() && !waits_for_event_ && !held_open_ && !closing_) {
        const std::size_t step = parser_.feed(bytes.substr(used));
        used += step;
        if (parser_.state() == State::Complete) {
            reply_to(api);
        } else if (parser_.state() == State::Failed) {
            refuse_unreadable();
        } else {
            continue_if_expected();
            if (step == 0) {
                break;
            }
        }
    }
    if (closing_) {
        unread_.clear();
    } else if (unread_.empty()) {
        unread_ = bytes.substr(used);
    } else {
        unread_.erase(0, used);
    }
}

void RuntimeConnection::continue_if_expected() {
    if (parser_.state() == base::HttpRequestParser::State::Body && parser_.expects_continue() &&
        !continued_) {
        continued_ = true;
        out_ = "HTTP/1.1 100 Continue\r\n\r\n";
        flush();
    }
}

void RuntimeConnection::reply_to(RuntimeApi& api) {
    const ApiReply answer = api.answer(parser_);
    keep_alive_ = parser_.keep_alive();
    continued_ = false;
    parser_.begin();
    waits_for_event_ = answer.when == ApiReply::When::WithEvent;
    held_open_ = answer.when == ApiReply::When::Never;
    if (answer.when == ApiReply::When::Now) {
        reply(answer);
    }
}

void RuntimeConnection::refuse_unreadable() {
    ApiReply answer;
    answer.status = parser_.failure_status();
    answer.content_type = "text/plain; charset=utf-8";
    answer.body = parser_.failure_text() + "\n";
    keep_alive_ = false;
    reply(answer);
}

void RuntimeConnection::ended(RuntimeApi& api) {
    const bool inside = parser_.state() == base::HttpRequestParser::State::Body;
    if (closing_ || !inside || waits_for_event_ || held_open_) {
        fd_.reset();
        return;
    }
    // It may have closed only its own direction.
    keep_alive_ = false;
    reply(api.answer_broken_off(parser_));
    fd_.reset();
}

void RuntimeConnection::reply(const ApiReply& answer) {
    fmt::format_to(std::back_inserter(out_),
                   "HTTP/1.1 {} {}\r\nContent-Type: {}\r\nContent-Length: {}\r\n{}{}\r\n",
                   answer.status, reason_of(answer.status), answer.content_type, answer.body.size(),
                   keep_alive_ ? "" : "Connection: close\r\n", answer.headers);
    out_ += answer.body;
    flush();
}

void RuntimeConnection::send_event(RuntimeApi& api, EventBytes event, std::string_view head) {
    waits_for_event_ = false;
    fmt::format_to(std::back_inserter(out_), "{}Content-Length: {}\r\n{}\r\n", head, event.size(),
                   keep_alive_ ? "" : "Connection: close\r\n");
    event_ = std::move(event);
    event_->put_in_front(out_);
    sent_ = out_.size();
    on_writable(api);
}

void RuntimeConnection::on_writable(RuntimeApi& api) {
    flush();
    if (!dead() && !unread_.empty()) {
        take(api, {});
    }
}

void RuntimeConnection::forget_event() {
    if (event_) {
        fd_.reset();
    }
}

void RuntimeConnection::flush() {
    while (!dead()) {
        msghdr message{};
        iovec text{};
        if (event_) {
            const auto pieces = event_->rest();
            message.msg_iov = const_cast<iovec*>(pieces.data());  // sendmsg(2) only reads
            message.msg_iovlen = pieces.size();
        } else {
            text = {out_.data() + sent_, out_.size() - sent_};
            message.msg_iov = &text;
            message.msg_iovlen = text.iov_len > 0 ? 1 : 0;
        }
        if (message.msg_iovlen == 0) {
            event_.reset();
            out_.clear();
            sent_ = 0;
            if (!keep_alive_) {
                close_when_sent();
            }
            return;
        }
        const ssize_t sent = ::sendmsg(fd_.get(), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent >= 0) {
            if (event_) {
                event_->advance(static_cast<std::size_t>(sent));
            } else {
                sent_ += static_cast<std::size_t>(sent);
            }
        } else if (errno == EAGAIN) {
            return;
        } else if (errno != EINTR) {
            fd_.reset();
        }
    }
}

// Our direction ends; closing both at once could take the answer away from a client that still
// sends.
void RuntimeConnection::close_when_sent() {
    ::shutdown(fd_.get(), SHUT_WR);
    closing_ = true;
}

}  // namespace millbeck::sinks
