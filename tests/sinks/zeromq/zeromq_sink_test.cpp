#include "sinks/zeromq/zeromq_sink.hpp"

#include <atomic>
#include <fstream>
#include <mutex>
#include <set>

#include <zmq.hpp>
#include <zmq_addon.hpp>

#include "tests/sinks/sink_contract.hpp"
#include "tests/support/target_server.hpp"
#include "tests/support/temp_folder.hpp"

namespace millbeck::sinks {
namespace {

using namespace std::chrono_literals;
using Pattern = ZeroMqOptions::Pattern;
using Message = std::vector<std::string>;

// A subscriber of the PUSH protocol on a thread of its own.
class Subscriber {
  public:
    enum class Manner { Acknowledges, Refuses, SaysNothing };

    Subscriber(const std::string& endpoint, Manner manner, int credit = 1'000)
        : manner_(manner), credit_(std::to_string(credit)) {
        socket_.set(zmq::sockopt::linger, 0);
        socket_.connect(endpoint);
        thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
    }

    std::vector<Message> taken() {
        const std::lock_guard lock(mutex_);
        return taken_;
    }

  private:
    void say(std::vector<std::string> frames) {
        for (const std::string& frame : frames) {
            const bool is_last = &frame == &frames.back();
            static_cast<void>(socket_.send(
                zmq::buffer(frame), is_last ? zmq::send_flags::none : zmq::send_flags::sndmore));
        }
    }

    void run(const std::stop_token& stop) {
        while (!stop.stop_requested()) {
            say({"CREDIT", credit_});
            zmq::pollitem_t item{socket_.handle(), 0, ZMQ_POLLIN, 0};
            if (zmq::poll(&item, 1, 20ms) == 0) {
                continue;
            }
            for (;;) {
                std::vector<zmq::message_t> frames;
                if (!zmq::recv_multipart(socket_, std::back_inserter(frames),
                                         zmq::recv_flags::dontwait)) {
                    break;
                }
                take(frames);
            }
        }
    }

    void take(const std::vector<zmq::message_t>& frames) {
        Message message;
        for (const auto& frame : frames) {
            message.push_back(frame.to_string());
        }
        if (manner_ == Manner::Acknowledges) {
            {
                const std::lock_guard lock(mutex_);
                taken_.push_back(message);
            }
            say({"ACK", message.back()});
        } else if (manner_ == Manner::Refuses) {
            say({"NACK", message.back(), "not today"});
        }
    }

    const Manner manner_;
    const std::string credit_;
    zmq::context_t context_{1};
    zmq::socket_t socket_{context_, zmq::socket_type::dealer};
    std::mutex mutex_;
    std::vector<Message> taken_;
    std::jthread thread_;
};

class Place {
  public:
    std::unique_ptr<Sink> open(ZeroMqOptions options) {
        options.endpoint = options.endpoint.empty() ? endpoint() : options.endpoint;
        auto sink = open_zeromq(std::move(options), context());
        EXPECT_TRUE(sink) << sink.error().message;
        return std::move(*sink);
    }
    SinkContext context() {
        return {.name = "zmq",
                .table = "orders",
                .clock = clock,
                .random = *random,
                .metrics = metrics,
                .files = *files};
    }
    [[nodiscard]] std::string endpoint() const {
        return "ipc://" + (folder.path() / "socket").native();
    }

    tests::TempFolder folder;
    base::SystemClock clock;
    std::unique_ptr<base::Random> random = base::system_random();
    base::Metrics metrics;
    std::unique_ptr<base::FileSystem> files = base::system_files();
};

ZeroMqOptions pushing() {
    ZeroMqOptions options;
    options.pattern = Pattern::Push;
    options.subscriber_wait = 30s;
    return options;
}

class PushTarget final : public SinkTarget {
  public:
    std::unique_ptr<Sink> open_working() override { return open(Subscriber::Manner::Acknowledges); }
    std::unique_ptr<Sink> open_refusing() override { return open(Subscriber::Manner::Refuses); }
    std::unique_ptr<Sink> open_hanging() override { return open(Subscriber::Manner::SaysNothing); }
    std::vector<std::string> durable_ids() override {
        std::vector<std::string> ids;
        for (const Message& message : subscriber_->taken()) {
            ids.push_back(message.at(2));
        }
        return ids;
    }

  private:
    std::unique_ptr<Sink> open(Subscriber::Manner manner) {
        auto sink = place_.open(pushing());
        subscriber_ = std::make_unique<Subscriber>(place_.endpoint(), manner);
        return sink;
    }

    Place place_;
    std::unique_ptr<Subscriber> subscriber_;
};

INSTANTIATE_TEST_SUITE_P(ZeroMqPush, SinkContract, testing::Values(&make_target<PushTarget>));

class ZeroMq : public testing::Test {
  protected:
    Outcome deliver(Sink& sink, const Batch& batch, std::chrono::milliseconds time = 30s) {
        return sink.deliver(batch, place.clock.instant() + time);
    }
    Place place;
};

TEST_F(ZeroMq, PushedMessagesHaveFourFramesAndATicket) {
    const auto sink = place.open(pushing());
    Subscriber subscriber(place.endpoint(), Subscriber::Manner::Acknowledges);
    const Batch batch = make_batch(7, 1);
    ASSERT_EQ(deliver(*sink, batch).kind, Outcome::Kind::Delivered);
    const Message message = subscriber.taken().at(0);
    ASSERT_EQ(message.size(), 5u);
    EXPECT_EQ(message[0], "orders");
    EXPECT_EQ(message[1], batch.messages[0].key);
    EXPECT_EQ(message[2], "7");
    EXPECT_EQ(message[3], batch.messages[0].record);
}

// If it fails, one subscriber with little room holds all others up, or is flooded.
TEST_F(ZeroMq, SmallCreditIsEnough) {
    const auto sink = place.open(pushing());
    Subscriber subscriber(place.endpoint(), Subscriber::Manner::Acknowledges, 3);
    ASSERT_EQ(deliver(*sink, make_batch(1, 500)).kind, Outcome::Kind::Delivered);
    EXPECT_EQ(subscriber.taken().size(), 500u);
}

TEST_F(ZeroMq, WithoutASubscriberNobodyIsAsked) {
    ZeroMqOptions options = pushing();
    options.subscriber_wait = 0ms;
    const auto sink = place.open(options);
    const Outcome outcome = deliver(*sink, make_batch(1, 1));
    EXPECT_EQ(outcome.kind, Outcome::Kind::NotInvoked);
    EXPECT_EQ(outcome.error.message, "no subscriber has given credit");
}

TEST_F(ZeroMq, ARefusalSaysTheSubscribersWords) {
    const auto sink = place.open(pushing());
    Subscriber subscriber(place.endpoint(), Subscriber::Manner::Refuses);
    const Outcome outcome = deliver(*sink, make_batch(1, 1));
    EXPECT_EQ(outcome.kind, Outcome::Kind::Failed);
    EXPECT_EQ(outcome.error.message, "the subscriber refused: not today");
}

// If it fails, what a subscriber had not acknowledged when it died is lost.
TEST_F(ZeroMq, ADeadSubscribersWorkGoesToAnother) {
    ZeroMqOptions options = pushing();
    options.subscriber_timeout = 1s;
    const auto sink = place.open(options);
    auto dead = std::make_unique<Subscriber>(place.endpoint(), Subscriber::Manner::SaysNothing);
    EXPECT_EQ(deliver(*sink, make_batch(1, 10), 200ms).kind, Outcome::Kind::Failed);
    dead.reset();
    Subscriber alive(place.endpoint(), Subscriber::Manner::Acknowledges, 5'000);
    // The dead one may be chosen until it is missed.
    while (deliver(*sink, make_batch(1, 10), 300ms).kind != Outcome::Kind::Delivered) {
    }
    std::set<std::string> ids;
    for (const Message& message : alive.taken()) {
        ids.insert(message[2]);
    }
    EXPECT_EQ(ids.size(), 10u);
}

// The examples, as they are.
TEST_F(ZeroMq, TheExamplesSubscribersTakeWork) {
    const std::vector<std::vector<std::string>> commands{
        {"/usr/bin/python3", "-B", MILLBECK_SUBSCRIBER_PY, "work", place.endpoint()},
        {MILLBECK_SUBSCRIBER, "work", place.endpoint()}};
    for (const auto& command : commands) {
        const auto sink = place.open(pushing());
        const tests::TargetServer subscriber({.command = [&](std::uint16_t) { return command; },
                                              .is_ready = [](std::uint16_t) { return true; }});
        const Batch batch = make_batch(7, 2);
        const Outcome outcome = deliver(*sink, batch);
        ASSERT_EQ(outcome.kind, Outcome::Kind::Delivered) << outcome.error.message;
        EXPECT_EQ(subscriber.output(), "orders 7 " + key_of("7") + " " +
                                           std::string(batch.messages[0].record) + "\n" +
                                           "orders 8 " + key_of("8") + " " +
                                           std::string(batch.messages[1].record) + "\n");
    }
}

TEST_F(ZeroMq, ASinkMayConnectToASubscriberThatBinds) {
    zmq::context_t context{1};
    zmq::socket_t subscriber{context, zmq::socket_type::sub};
    subscriber.set(zmq::sockopt::linger, 0);
    subscriber.bind(place.endpoint());
    subscriber.set(zmq::sockopt::subscribe, "orders");
    ZeroMqOptions options;
    options.join = ZeroMqOptions::Join::Connect;
    const auto sink = place.open(options);
    zmq::pollitem_t item{subscriber.handle(), 0, ZMQ_POLLIN, 0};
    do {
        ASSERT_EQ(deliver(*sink, make_batch(5, 1)).kind, Outcome::Kind::Delivered);
    } while (zmq::poll(&item, 1, 10ms) == 0);
    std::vector<zmq::message_t> frames;
    ASSERT_TRUE(zmq::recv_multipart(subscriber, std::back_inserter(frames)));
    ASSERT_EQ(frames.size(), 4u);
    EXPECT_EQ(frames[0].to_string(), "orders");
    EXPECT_EQ(frames[1].to_string(), key_of("5"));
    EXPECT_EQ(frames[2].to_string(), "5");
    EXPECT_EQ(frames[3].to_string(), make_batch(5, 1).messages[0].record);
}

// If it fails, a subscriber that hangs stops the feed for all, or fills the memory.
TEST_F(ZeroMq, AFeedDropsWhatNobodyTakes) {
    ZeroMqOptions options;
    options.high_water_mark = 10;
    const auto sink = place.open(options);
    zmq::context_t context{1};
    zmq::socket_t subscriber{context, zmq::socket_type::sub};
    subscriber.set(zmq::sockopt::linger, 0);
    subscriber.set(zmq::sockopt::rcvhwm, 10);
    subscriber.connect(place.endpoint());
    subscriber.set(zmq::sockopt::subscribe, "");
    zmq::pollitem_t item{subscriber.handle(), 0, ZMQ_POLLIN, 0};
    do {
        ASSERT_EQ(deliver(*sink, make_batch(1, 1)).kind, Outcome::Kind::Delivered);
    } while (zmq::poll(&item, 1, 10ms) == 0);
    ASSERT_EQ(deliver(*sink, make_batch(1, 20'000, 100)).kind, Outcome::Kind::Delivered);
}

TEST_F(ZeroMq, EncryptsWithItsKey) {
    const auto keys = [] {
        char open[41], secret[41];  // NOLINT(modernize-avoid-c-arrays): libzmq's own type
        EXPECT_EQ(::zmq_curve_keypair(open, secret), 0);
        return std::pair<std::string, std::string>(open, secret);
    };
    const auto [server_key, server_secret] = keys();
    const auto [client_key, client_secret] = keys();
    std::ofstream(place.folder.path() / "key") << server_secret << "\n";
    ZeroMqOptions options;
    options.curve_secret_key_file = place.folder.path() / "key";
    options.endpoint = "tcp://127.0.0.1:*";
    EXPECT_TRUE(open_zeromq(options, place.context()));
    options.endpoint.clear();
    const auto sink = place.open(options);
    zmq::context_t context{1};
    zmq::socket_t subscriber{context, zmq::socket_type::sub};
    subscriber.set(zmq::sockopt::linger, 0);
    subscriber.set(zmq::sockopt::curve_serverkey, server_key);
    subscriber.set(zmq::sockopt::curve_publickey, client_key);
    subscriber.set(zmq::sockopt::curve_secretkey, client_secret);
    subscriber.set(zmq::sockopt::subscribe, "");
    subscriber.connect(place.endpoint());
    zmq::pollitem_t item{subscriber.handle(), 0, ZMQ_POLLIN, 0};
    do {
        ASSERT_EQ(deliver(*sink, make_batch(1, 1)).kind, Outcome::Kind::Delivered);
    } while (zmq::poll(&item, 1, 10ms) == 0);
}

TEST_F(ZeroMq, AnAddressThatIsTakenIsTriedAgain) {
    ZeroMqOptions options;
    options.endpoint = "tcp://127.0.0.1:*";
    zmq::context_t context{1};
    auto taken = std::make_unique<zmq::socket_t>(context, zmq::socket_type::pub);
    taken->bind(options.endpoint);
    options.endpoint = taken->get(zmq::sockopt::last_endpoint);
    const auto sink = place.open(options);
    const Outcome outcome = deliver(*sink, make_batch(1, 1));
    EXPECT_EQ(outcome.kind, Outcome::Kind::NotInvoked);
    EXPECT_EQ(outcome.error.code, base::Code::Unavailable) << outcome.error.message;
    taken.reset();
    context.close();
    EXPECT_EQ(deliver(*sink, make_batch(1, 1)).kind, Outcome::Kind::Delivered);
}

TEST_F(ZeroMq, BadOptionsAreRefused) {
    const auto refused = [&](auto change) {
        ZeroMqOptions options;
        options.endpoint = place.endpoint();
        change(options);
        const auto sink = open_zeromq(options, place.context());
        return sink ? std::string("taken") : sink.error().message;
    };
    EXPECT_EQ(refused([](ZeroMqOptions&) {}), "taken");
    EXPECT_EQ(refused([](ZeroMqOptions& o) { o.endpoint = "5556"; }),
              "\"5556\" is no ZeroMQ endpoint such as tcp://127.0.0.1:5556");
    EXPECT_NE(refused([](ZeroMqOptions& o) { o.endpoint = "smoke://signal"; }), "taken");
    EXPECT_EQ(refused([](ZeroMqOptions& o) { o.high_water_mark = 0; }),
              "high_water_mark of ZeroMQ is 0: 1 to 10000000");
    EXPECT_EQ(refused([](ZeroMqOptions& o) {
                  o.join = ZeroMqOptions::Join::Connect;
                  o.curve_secret_key_file = "/k";
              }),
              "CURVE is for a ZeroMQ sink that binds");
}

}  // namespace
}  // namespace millbeck::sinks
