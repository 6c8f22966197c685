#include "base/http_worker.hpp"

#include <algorithm>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include "base/http_connection.hpp"
#include "base/log.hpp"
#include "base/thread_name.hpp"

namespace millbeck::base {

namespace asio = boost::asio;

struct HttpWorker::Io {
    // One thread runs it: asio may leave out what only several need.
    asio::io_context context{1};
    asio::executor_work_guard<asio::io_context::executor_type> work{context.get_executor()};
    asio::steady_timer ticker{context};
    Milliseconds tick_length{1000};
};

HttpWorker::HttpWorker(std::shared_ptr<HttpShared> shared)
    : shared_(std::move(shared)), io_(std::make_unique<Io>()) {
    // Fine enough for short timeouts in tests, coarse enough to cost nothing.
    constexpr int kTicksPerTimeout = 8;
    io_->tick_length = std::clamp(shared_->options.idle_timeout / kTicksPerTimeout, Milliseconds{5},
                                  Milliseconds{1000});
}

HttpWorker::~HttpWorker() = default;

asio::io_context& HttpWorker::context() {
    return io_->context;
}

void HttpWorker::adopt(const std::shared_ptr<HttpWorker>& worker, AcceptedSocket socket) {
    // The raw pointer: the queue of a worker must not keep the worker alive. start() is safe, as
    // the lambda runs only while somebody is in run().
    const std::weak_ptr<HttpWorker> weak = worker;
    asio::post(worker->io_->context, [weak, accepted = std::move(socket)]() mutable {
        if (auto alive = weak.lock(); alive != nullptr && !alive->closing_) {
            std::make_shared<HttpConnection>(std::move(alive))->start(std::move(accepted));
        }
    });
}

void HttpWorker::complete(std::shared_ptr<HttpConnection> connection) {
    {
        const MutexLock lock(mutex_);
        if (closed_) {
            return;
        }
        completed_.push_back(std::move(connection));
        if (completed_.size() > 1) {
            return;  // whoever made it one has posted
        }
    }
    asio::post(io_->context, [this] { deliver_completed(); });
}

void HttpWorker::deliver_completed() {
    {
        const MutexLock lock(mutex_);
        delivering_.swap(completed_);
    }
    for (const auto& connection : delivering_) {
        connection->resume_answered();
    }
    delivering_.clear();
}

void HttpWorker::run() {
    name_this_thread("http");
    thread_id_ = std::this_thread::get_id();
    tick();
    try {
        io_->context.run();
    } catch (const std::exception& error) {
        log(LogLevel::Error, "base", "an HTTP handler threw", {{"what", error.what()}});
        MB_CHECK(false, "an HTTP handler threw");
    }
}

// A sweep once a tick instead of a timer per connection: arming one for each read and each write
// would cost more than parsing the request.
void HttpWorker::tick() {
    io_->ticker.expires_after(io_->tick_length);
    io_->ticker.async_wait([this](const boost::system::error_code& error) {
        // A tick that was due when the last connection left is not cancelled any more, and must not
        // ask for another: run() would never return.
        if (error || done()) {
            return;
        }
        ++tick_;
        for (HttpConnection* connection : connections_) {
            connection->close_if_overdue(tick_);
        }
        tick();
    });
}

std::uint64_t HttpWorker::idle_deadline() const {
    // One more, because the present tick is partly over.
    const auto ticks = shared_->options.idle_timeout / io_->tick_length + 1;
    return tick_ + static_cast<std::uint64_t>(ticks);
}

void HttpWorker::enter(HttpConnection& connection) {
    connections_.insert(&connection);
}

void HttpWorker::leave(HttpConnection& connection) {
    connections_.erase(&connection);
    finish_if_empty();
}

void HttpWorker::close_idle() {
    asio::post(io_->context, [this] {
        for (HttpConnection* connection : connections_) {
            connection->close_if_idle();
        }
    });
}

void HttpWorker::close_all() {
    {
        const MutexLock lock(mutex_);
        closed_ = true;
        completed_.clear();
    }
    asio::post(io_->context, [this] {
        closing_ = true;
        // A copy: a connection that waits for its answer leaves at once.
        const std::vector<HttpConnection*> open(connections_.begin(), connections_.end());
        for (HttpConnection* connection : open) {
            connection->abort();
        }
        finish_if_empty();
    });
}

void HttpWorker::finish_if_empty() {
    if (done()) {
        io_->ticker.cancel();
        io_->work.reset();
    }
}

}  // namespace millbeck::base
