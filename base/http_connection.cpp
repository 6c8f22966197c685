#include "base/http_connection.hpp"

#include <array>
#include <cerrno>

#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>

namespace millbeck::base {
namespace {

// Answers for the handler that let its Responder go without a word, so that the client, and a
// server that wants to stop, do not wait for ever.
struct Ticket {
    std::shared_ptr<HttpConnection> connection;
    std::uint64_t turn = 0;

    Ticket(std::shared_ptr<HttpConnection> owner, std::uint64_t number)
        : connection(std::move(owner)), turn(number) {}
    Ticket(const Ticket&) = delete;
    Ticket& operator=(const Ticket&) = delete;
    ~Ticket() {
        connection->respond(turn, {500, "text/plain", {}, "the request was not answered\n"});
    }
};

}  // namespace

void HttpConnection::dispatch() {
    HttpShared& shared = worker_->shared();
    shared.requests->add(1);
    answered_ = false;
    closing_ = !parser_.keep_alive();
    ++last_turn_;
    turn_.store(last_turn_, std::memory_order_release);
    in_handler_ = true;
    auto ticket = std::make_shared<Ticket>(shared_from_this(), last_turn_);
    shared.handler(*this, [ticket = std::move(ticket)](HttpResponse response) {
        ticket->connection->respond(ticket->turn, std::move(response));
    });
    in_handler_ = false;
}

void HttpConnection::respond(std::uint64_t turn, HttpResponse response) {
    std::uint64_t expected = turn;
    if (!turn_.compare_exchange_strong(expected, 0, std::memory_order_acq_rel)) {
        return;
    }
    response_ = std::move(response);
    if (worker_->is_this_thread() && in_handler_) {
        // The handler answers before it returns: dispatch() is below us on this stack.
        answered_ = true;
        return;
    }
    worker_->complete(shared_from_this());
}

void HttpConnection::prepare_failure() {
    closing_ = true;
    response_ = {parser_.failure_status(), "text/plain", {}, parser_.failure_text() + "\n"};
}

void HttpConnection::prepare_head() {
    closing_ = closing_ || worker_->shared().stopping;
    AfterAnswer after = AfterAnswer::KeepAlive;
    if (closing_) {
        after = AfterAnswer::Close;
    } else if (parser_.is_http_1_0()) {
        after = AfterAnswer::KeepAliveSaid;
    }
    head_.clear();
    append_response_head(head_, response_, worker_->date(), after);
    if (!has_body(response_.status) || parser_.method() == "HEAD") {
        response_.body.clear();
    }
    sent_bytes_ = 0;
}

// Straight to the socket: an answer nearly always fits its buffer, and then no operation has to be
// set up, queued and completed for it.
HttpConnection::Sent HttpConnection::send_some() {
    const std::size_t total = head_.size() + response_.body.size();
    while (sent_bytes_ < total) {
        std::array<iovec, 2> parts{};
        std::size_t count = 0;
        if (sent_bytes_ < head_.size()) {
            parts[count++] = {head_.data() + sent_bytes_, head_.size() - sent_bytes_};
        }
        const std::size_t from = sent_bytes_ > head_.size() ? sent_bytes_ - head_.size() : 0;
        if (from < response_.body.size()) {
            parts[count++] = {response_.body.data() + from, response_.body.size() - from};
        }
        msghdr message{};
        message.msg_iov = parts.data();
        message.msg_iovlen = count;
        const ssize_t sent = ::sendmsg(fd_, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent >= 0) {
            sent_bytes_ += static_cast<std::size_t>(sent);
        } else if (errno == EAGAIN) {
            return Sent::Blocked;
        } else if (errno != EINTR) {
            return Sent::Failed;
        }
    }
    return Sent::All;
}

bool HttpConnection::peer_closed() const {
    pollfd entry{fd_, POLLRDHUP, 0};
    // A negative descriptor is skipped by poll(): gone as well.
    return entry.fd < 0 || ::poll(&entry, 1, 0) > 0;
}

void HttpConnection::shut_down() const {
    // Not close(): every operation in flight ends by itself, and serve() closes.
    ::shutdown(fd_, SHUT_RDWR);
}

void HttpConnection::close_if_idle() {
    if (reading_) {
        shut_down();
    }
}

void HttpConnection::close_if_overdue(std::uint64_t tick) {
    if (deadline_tick_ != 0 && tick >= deadline_tick_) {
        deadline_tick_ = 0;
        shut_down();
    }
}

}  // namespace millbeck::base
