// The ZeroMQ sink with a subscriber that acknowledges, and a bare PUSH to a PULL: the same frames,
// the same number of them under way.
#include <atomic>
#include <mutex>
#include <thread>

#include <zmq.hpp>

#include "sinks/zeromq/zeromq_sink.hpp"
#include "tests/bench/target_bench.hpp"
#include "tests/support/target_server.hpp"

namespace millbeck::bench {
namespace {

using namespace std::chrono_literals;

constexpr int kCredit = 10'000;  // messages under way: what the sink gives at most by itself
constexpr std::size_t kAckEvery = 100;
constexpr std::chrono::milliseconds kLookUp{100};  // for a stop, and for a sign of life
constexpr std::string_view kTicket = "0123456789ab-0000000";

std::string loopback(std::uint16_t port) {
    return "tcp://127.0.0.1:" + std::to_string(port);
}

void say(zmq::socket_t& socket, std::string_view word, std::string_view what) {
    static_cast<void>(socket.send(zmq::buffer(word), zmq::send_flags::sndmore));
    static_cast<void>(socket.send(zmq::buffer(what), zmq::send_flags::none));
}

// Its last frame stays in `frame`. False: nothing is there.
bool take_message(zmq::socket_t& socket, zmq::message_t& frame, zmq::recv_flags flags) {
    do {
        if (!socket.recv(frame, flags)) {
            return false;
        }
    } while (frame.more());
    return true;
}

// Acknowledges all it has when nothing more is there, and every so many messages.
void acknowledge(const std::stop_token& stop, zmq::context_t& context, std::uint16_t port) {
    zmq::socket_t socket(context, zmq::socket_type::dealer);
    socket.set(zmq::sockopt::linger, 0);
    socket.set(zmq::sockopt::rcvhwm, kCredit);
    socket.connect(loopback(port));
    say(socket, "CREDIT", std::to_string(kCredit));
    zmq::message_t frame;
    std::string ticket;
    for (std::size_t owed = 0; !stop.stop_requested();) {
        const bool has_one = take_message(socket, frame, zmq::recv_flags::dontwait);
        if (has_one) {
            ticket = frame.to_string_view();
            ++owed;
        }
        if (owed == kAckEvery || (owed > 0 && !has_one)) {
            say(socket, "ACK", ticket);
            owed = 0;
        }
        if (!has_one) {
            zmq::pollitem_t item{socket.handle(), 0, ZMQ_POLLIN, 0};
            if (zmq::poll(&item, 1, kLookUp) == 0) {
                say(socket, "CREDIT", std::to_string(kCredit));
            }
        }
    }
}

class ZeroMqTarget final : public Target {
  public:
    explicit ZeroMqTarget(std::size_t records) : load_(repeated_load(records)), records_(records) {
        sinks::ZeroMqOptions options;
        options.pattern = sinks::ZeroMqOptions::Pattern::Push;
        options.endpoint = loopback(tests::free_port());
        options.subscriber_wait = 30s;
        const auto sink_port = static_cast<std::uint16_t>(
            std::stoi(options.endpoint.substr(options.endpoint.rfind(':') + 1)));
        sink_ = must(sinks::open_zeromq(std::move(options), world_.context()));
        subscriber_ = std::jthread([this, sink_port](const std::stop_token& stop) {
            acknowledge(stop, context_, sink_port);
        });
        // Half of them wait on each side.
        push_.set(zmq::sockopt::linger, 0);
        push_.set(zmq::sockopt::sndhwm, kCredit / 2);
        push_.bind(loopback(0));
        const std::string bound = push_.get(zmq::sockopt::last_endpoint);
        puller_ = std::jthread([this, bound](const std::stop_token& stop) { pull(stop, bound); });
    }

    void prepare() override { pulled_ = 0; }

    void write_by_sink() override { feed(world_, *sink_, load_); }

    void write_by_hand() override {
        std::mutex turn;
        on_each_shard([&](std::size_t shard) {
            for (std::size_t i = 0; i < load_.times; ++i) {
                const std::lock_guard lock(turn);
                for (const sinks::Message& message : load_.shards[shard][0].messages) {
                    push(message);
                }
            }
        });
        for (std::size_t seen = pulled_; seen < records_; seen = pulled_) {
            pulled_.wait(seen);
        }
    }

    [[nodiscard]] std::string_view yardstick() const override { return "bare PUSH to PULL"; }

  private:
    void push(const sinks::Message& message) {
        const auto send = [this](std::string_view frame, zmq::send_flags flags) {
            static_cast<void>(push_.send(zmq::buffer(frame), flags));
        };
        for (const std::string_view frame :
             {std::string_view("bench"), message.key, message.id, message.record}) {
            send(frame, zmq::send_flags::sndmore);
        }
        send(kTicket, zmq::send_flags::none);
    }

    void pull(const std::stop_token& stop, const std::string& endpoint) {
        zmq::socket_t socket(context_, zmq::socket_type::pull);
        socket.set(zmq::sockopt::linger, 0);
        socket.set(zmq::sockopt::rcvhwm, kCredit / 2);
        socket.set(zmq::sockopt::rcvtimeo, static_cast<int>(kLookUp.count()));
        socket.connect(endpoint);
        zmq::message_t frame;
        while (!stop.stop_requested()) {
            if (take_message(socket, frame, zmq::recv_flags::none) && ++pulled_ == records_) {
                pulled_.notify_one();
            }
        }
    }

    World world_;
    const Load load_;
    const std::size_t records_;
    std::unique_ptr<sinks::Sink> sink_;
    zmq::context_t context_{1};
    zmq::socket_t push_{context_, zmq::socket_type::push};
    std::atomic<std::size_t> pulled_ = 0;
    std::jthread subscriber_;
    std::jthread puller_;
};

}  // namespace

std::unique_ptr<Target> zeromq_target(std::size_t records) {
    return std::make_unique<ZeroMqTarget>(records);
}

}  // namespace millbeck::bench
