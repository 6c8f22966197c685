#include <optional>

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>

#include "base/http_connection.hpp"

namespace millbeck::base {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

// Asio's concrete executor everywhere: its type-erased default would be copied at every step.
using Executor = asio::io_context::executor_type;
template <typename T>
using Task = asio::awaitable<T, Executor>;
constexpr asio::use_awaitable_t<Executor> kUseTask;
constexpr auto kAsTuple = asio::as_tuple(kUseTask);

constexpr std::size_t kReadBytes = 8u << 10;
constexpr std::size_t kBodyReadBytes = 64u << 10;
// What a connection keeps between requests; a long body's buffer goes back.
constexpr std::size_t kKeptBufferBytes = 16u << 10;
// After a refusal the client may still be sending; what it sends is thrown away up to here, so that
// the answer is not overtaken by a reset.
constexpr std::size_t kLingerBytesMax = 32u << 20;

}  // namespace

struct HttpConnection::Io {
    explicit Io(asio::io_context& context) : socket(context) {}

    asio::basic_stream_socket<tcp, Executor> socket;
    boost::beast::flat_buffer buffer;
    // Set while the coroutine waits for the answer. Optional, because the handler's own assignment
    // recurses for ever in Boost 1.81 (it copies what it should move).
    std::optional<asio::any_completion_handler<void()>> waiting;
    ConnectionSlot slot;
};

// Each takes the connection by reference: serve() owns a share for as long as it runs. GCC 12 may
// evaluate a co_await on the right of && and || although the left has decided: none stands there.
struct HttpConnection::Loop {
    static Task<void> serve(std::shared_ptr<HttpConnection> self);
    static Task<bool> read_request(HttpConnection& self);
    static Task<bool> answer_request(HttpConnection& self);
    static Task<bool> send_interim(HttpConnection& self);
    static Task<void> wait_for_answer(HttpConnection& self);
    static Task<bool> write_response(HttpConnection& self);
    static Task<void> linger(HttpConnection& self);
};

HttpConnection::HttpConnection(std::shared_ptr<HttpWorker> worker)
    : worker_(std::move(worker)), parser_(limits_of(worker_->shared().options)) {}

HttpConnection::~HttpConnection() = default;

void HttpConnection::start(AcceptedSocket socket) {
    io_ = std::make_unique<Io>(worker_->context());
    boost::system::error_code error;
    // The family only matters to calls that take addresses, which are not made here.
    io_->socket.assign(tcp::v4(), socket.fd.get(), error);
    if (error) {
        return;
    }
    fd_ = socket.fd.release();
    io_->slot = std::move(socket.slot);
    worker_->enter(*this);
    asio::co_spawn(worker_->context().get_executor(), Loop::serve(shared_from_this()),
                   [](const std::exception_ptr& thrown) {
                       if (thrown) {
                           std::rethrow_exception(thrown);
                       }
                   });
}

Task<void> HttpConnection::Loop::serve(std::shared_ptr<HttpConnection> self) {
    HttpConnection& connection = *self;
    bool open = true;
    while (open) {
        open = co_await read_request(connection);
        if (open) {
            open = co_await answer_request(connection);
        }
    }
    if (connection.parser_.state() == HttpRequestParser::State::Failed && !connection.aborted_) {
        connection.prepare_failure();
        open = co_await write_response(connection);
        if (open) {
            co_await linger(connection);
        }
    }
    connection.fd_ = -1;
    boost::system::error_code ignored;
    connection.io_->socket.close(ignored);
    connection.io_->slot.reset();
    connection.worker_->leave(connection);
    // The object may live on in a Responder, and must not hold a socket of this io_context then.
    connection.io_.reset();
}

Task<bool> HttpConnection::Loop::read_request(HttpConnection& self) {
    using State = HttpRequestParser::State;
    HttpShared& shared = self.worker_->shared();
    boost::beast::flat_buffer& buffer = self.io_->buffer;
    const std::size_t buffered_bytes_max = shared.options.header_bytes_max + kBodyReadBytes;
    bool started = false;
    bool continued = false;
    self.parser_.begin();
    if (buffer.size() == 0 && buffer.capacity() > kKeptBufferBytes) {
        buffer.shrink_to_fit();
    }
    self.expect_within_idle_timeout();
    for (;;) {
        const auto bytes = buffer.cdata();
        buffer.consume(self.parser_.feed({static_cast<const char*>(bytes.data()), bytes.size()}));
        const State state = self.parser_.state();
        if (state == State::Complete || state == State::Failed) {
            self.deadline_tick_ = 0;
            co_return state == State::Complete && !shared.stopping;
        }
        if (state == State::Body && self.parser_.expects_continue() && !continued) {
            continued = true;
            const bool sent = co_await send_interim(self);
            if (!sent) {
                co_return false;
            }
        }
        // A chunk's extensions or trailers without end: the parser waits for a line end in vain.
        if (shared.stopping || buffer.size() >= buffered_bytes_max) {
            co_return false;
        }
        self.reading_ = true;
        const auto [error, count] = co_await self.io_->socket.async_read_some(
            buffer.prepare(state == State::Body ? kBodyReadBytes : kReadBytes), kAsTuple);
        self.reading_ = false;
        if (error) {
            co_return false;
        }
        buffer.commit(count);
        if (!started) {
            started = true;
            self.expect_within_idle_timeout();
        }
    }
}

// True when another request may follow.
Task<bool> HttpConnection::Loop::answer_request(HttpConnection& self) {
    self.dispatch();
    if (!self.answered_) {
        co_await wait_for_answer(self);
    }
    if (self.aborted_) {
        co_return false;
    }
    const bool written = co_await write_response(self);
    co_return written && !self.closing_;
}

Task<bool> HttpConnection::Loop::send_interim(HttpConnection& self) {
    self.head_ = "HTTP/1.1 100 Continue\r\n\r\n";
    self.response_.body.clear();
    self.sent_bytes_ = 0;
    Sent sent = self.send_some();
#ifndef __clang_analyzer__  // for the same reason as in wait_for_answer()
    while (sent == Sent::Blocked) {
        const auto [error] =
            co_await self.io_->socket.async_wait(tcp::socket::wait_write, kAsTuple);
        sent = error ? Sent::Failed : self.send_some();
    }
#endif
    co_return sent == Sent::All;
}

Task<void> HttpConnection::Loop::wait_for_answer(HttpConnection& self) {
#ifdef __clang_analyzer__
    // It does not know that a coroutine's frame is set up before its first co_await, and would find
    // an undefined pointer inside Asio.
    static_cast<void>(self);
    co_return;
#else
    co_await asio::async_initiate<const asio::use_awaitable_t<Executor>&, void()>(
        [&self](auto handler) { self.io_->waiting.emplace(std::move(handler)); }, kUseTask);
#endif
}

void HttpConnection::resume_answered() {
    answered_ = true;
    resume_waiting();
}

void HttpConnection::resume_waiting() {
    if (io_ != nullptr && io_->waiting) {
        auto waiting = std::move(*io_->waiting);
        io_->waiting.reset();
        std::move(waiting)();
    }
}

Task<bool> HttpConnection::Loop::write_response(HttpConnection& self) {
    self.prepare_head();
    Sent sent = self.send_some();
#ifndef __clang_analyzer__  // for the same reason as in wait_for_answer()
    while (sent == Sent::Blocked) {
        // Each step forward starts the clock again: slow readers may, dead ones may not.
        self.expect_within_idle_timeout();
        const auto [error] =
            co_await self.io_->socket.async_wait(tcp::socket::wait_write, kAsTuple);
        sent = error ? Sent::Failed : self.send_some();
    }
#endif
    self.deadline_tick_ = 0;
    co_return sent == Sent::All;
}

Task<void> HttpConnection::Loop::linger(HttpConnection& self) {
    boost::system::error_code ignored;
    self.io_->socket.shutdown(tcp::socket::shutdown_send, ignored);
    self.expect_within_idle_timeout();
    for (std::size_t total = 0; total < kLingerBytesMax && !self.worker_->shared().stopping;) {
        self.reading_ = true;
        const auto [error, count] = co_await self.io_->socket.async_read_some(
            self.io_->buffer.prepare(kReadBytes), kAsTuple);
        self.reading_ = false;
        if (error) {
            co_return;
        }
        total += count;
    }
}

void HttpConnection::abort() {
    aborted_ = true;
    turn_.exchange(0, std::memory_order_acq_rel);
    shut_down();
    resume_waiting();
}

}  // namespace millbeck::base
