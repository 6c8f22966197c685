#include "sinks/zeromq/zeromq_socket.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <sys/eventfd.h>
#include <zmq.hpp>

#include "base/unique_fd.hpp"

namespace millbeck::sinks {

namespace {

using base::Code;
using base::Status;
using Pattern = ZeroMqOptions::Pattern;

class Socket final : public ZeroMqSocket {
  public:
    Socket(const ZeroMqOptions& options, std::string secret_key, const base::Clock& clock)
        : options_(options),
          secret_key_(std::move(secret_key)),
          clock_(clock),
          interrupted_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

    Status open() override {
        if (is_open_) {
            return {};
        }
        try {
            const bool is_pub = options_.pattern == Pattern::Pub;
            socket_ =
                zmq::socket_t(context_, is_pub ? zmq::socket_type::pub : zmq::socket_type::router);
            socket_.set(zmq::sockopt::linger, 0);
            socket_.set(zmq::sockopt::sndhwm, static_cast<int>(options_.high_water_mark));
            socket_.set(zmq::sockopt::rcvhwm, static_cast<int>(options_.high_water_mark));
            if (!is_pub) {
                socket_.set(zmq::sockopt::router_mandatory, 1);
            }
            if (!secret_key_.empty()) {
                socket_.set(zmq::sockopt::curve_server, 1);
                socket_.set(zmq::sockopt::curve_secretkey, secret_key_);
            }
            if (options_.join == ZeroMqOptions::Join::Bind) {
                socket_.bind(options_.endpoint);
            } else {
                socket_.connect(options_.endpoint);
            }
        } catch (const zmq::error_t& error) {
            socket_.close();
            const bool is_bad =
                error.num() == EINVAL || error.num() == EPROTONOSUPPORT || error.num() == ENODEV;
            return base::fail(is_bad ? Code::Invalid : Code::Unavailable,
                              fmt::format("ZeroMQ at {}: {}", options_.endpoint, error.what()));
        }
        is_open_ = true;
        return {};
    }

    // Only the first frame can fail: ZeroMQ takes a message whole or not at all.
    base::Result<Sent> send(const Frames& frames) override {
        try {
            for (const std::string_view& frame : frames) {
                const bool is_last = &frame == &frames.back();
                const auto flags = zmq::send_flags::dontwait |
                                   (is_last ? zmq::send_flags::none : zmq::send_flags::sndmore);
                if (!socket_.send(zmq::buffer(frame), flags)) {
                    return Sent::Full;
                }
            }
        } catch (const zmq::error_t& error) {
            if (error.num() == EHOSTUNREACH) {
                return Sent::Gone;
            }
            return base::fail(Code::Io, fmt::format("ZeroMQ: {}", error.what()));
        }
        return Sent::Yes;
    }

    std::optional<std::vector<std::string>> receive() override {
        std::vector<std::string> frames;
        try {
            zmq::message_t frame;
            do {
                if (!socket_.recv(frame, zmq::recv_flags::dontwait)) {
                    return std::nullopt;
                }
                frames.push_back(frame.to_string());
            } while (frame.more());
        } catch (const zmq::error_t&) {
            return std::nullopt;
        }
        return frames;
    }

    Status wait(Wait what, base::Instant deadline) override {
        const auto events =
            static_cast<short>(what == Wait::ForMessage ? ZMQ_POLLIN : ZMQ_POLLIN | ZMQ_POLLOUT);
        for (;;) {
            const auto left = std::chrono::ceil<base::Milliseconds>(deadline - clock_.instant());
            if (left.count() <= 0) {
                return base::fail(Code::DeadlineExceeded, "no subscriber answered in time");
            }
            std::array<zmq::pollitem_t, 2> items{
                {{socket_.handle(), 0, events, 0}, {nullptr, interrupted_.get(), ZMQ_POLLIN, 0}}};
            try {
                zmq::poll(items.data(), items.size(), left);
            } catch (const zmq::error_t&) {
                continue;  // a signal
            }
            if (items[1].revents != 0) {
                return base::fail(Code::Cancelled, "the sink was stopped");
            }
            if (items[0].revents != 0) {
                return {};
            }
        }
    }

    void interrupt() override { ::eventfd_write(interrupted_.get(), 1); }

  private:
    const ZeroMqOptions options_;
    const std::string secret_key_;
    const base::Clock& clock_;
    const base::UniqueFd interrupted_;
    zmq::context_t context_{1};
    zmq::socket_t socket_;
    bool is_open_ = false;
};

}  // namespace

std::unique_ptr<ZeroMqSocket> ZeroMqSocket::make(const ZeroMqOptions& options,
                                                 std::string secret_key, const base::Clock& clock) {
    return std::make_unique<Socket>(options, std::move(secret_key), clock);
}

}  // namespace millbeck::sinks
