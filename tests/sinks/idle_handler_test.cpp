// What handlers do while nobody asks them, with the pump running as it does in the node.
#include <stop_token>
#include <thread>

#include "sinks/handler/output_pump.hpp"
#include "tests/sinks/handler_harness.hpp"

namespace millbeck::sinks {
namespace {

using base::Milliseconds;
using Kind = Outcome::Kind;

class IdleHandlerTest : public HandlerTest {
  protected:
    IdleHandlerTest() {
        auto created = OutputPump::create();
        EXPECT_TRUE(created) << created.error().message;
        owned_pump_ = std::move(*created);
        pump = owned_pump_.get();
        thread_ = std::jthread([this](std::stop_token stop) { pump->run(std::move(stop)); });
    }
    ~IdleHandlerTest() override {
        sink.reset();
        thread_ = {};
    }

    std::unique_ptr<OutputPump> owned_pump_;
    std::jthread thread_;
};

// If it fails, what a handler says after its reply is shown minutes later, with the next batch.
TEST_F(IdleHandlerTest, ALineIsHandedOverWhileNothingIsDelivered) {
    open(handler_options({"idle-talk", "thinking about it"}));
    EXPECT_EQ(deliver().kind, Kind::Delivered);
    EXPECT_TRUE(lines.wait_for("fn: thinking about it"));
}

// If it fails, a zombie stays for as long as the function is quiet, and the next batch fails.
TEST_F(IdleHandlerTest, AProcessThatEndsWhileIdleIsReapedAndReplaced) {
    HandlerOptions options = handler_options({});
    options.command = {"sh", "-c", "echo $$ >&2; read event; echo {}; echo gone >&2"};
    open(options);
    for (int life = 1; life <= 5; ++life) {
        const Outcome outcome = deliver();
        ASSERT_EQ(outcome.kind, Kind::Delivered) << outcome.error.message;
        const std::string first = lines.all().at(2 * (static_cast<std::size_t>(life) - 1));
        const pid_t process = std::stoi(first.substr(4));
        // Not even a zombie: that could still be signalled.
        EXPECT_TRUE(eventually([&] { return ::kill(process, 0) != 0; }));
        EXPECT_EQ(starts(), life);
    }
}

TEST_F(IdleHandlerTest, DeliversAsWithoutPump) {
    open(handler_options({"chatty", "5000"}));
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < 4; ++thread) {
        threads.emplace_back([&] {
            for (int i = 0; i < 50; ++i) {
                ASSERT_EQ(deliver().kind, Kind::Delivered);
            }
        });
    }
    threads.clear();
    EXPECT_EQ(lines.all().size(), 4u * 50u * 50u);
}

// If it fails, what a handler said before its reply comes after the news that it is done.
TEST_F(IdleHandlerTest, LinesThatThePumpHasReadComeBeforeTheDeliveryEnds) {
    lines.yields = 50;
    open(handler_options({"chatty", "5000"}));
    for (std::size_t event = 1; event <= 50; ++event) {
        ASSERT_EQ(deliver().kind, Kind::Delivered);
        ASSERT_EQ(lines.all().size(), event * 50U);
    }
}

// If it fails, a line arrives at a receiver that is gone.
TEST_F(IdleHandlerTest, IsSilentOnceTheSinkIsGone) {
    for (int i = 0; i < 20; ++i) {
        HandlerOptions options = handler_options({});
        options.command = {"sh", "-c",
                           "while read event; do echo {}; done; while :; do echo x >&2; done"};
        options.kill_grace = Milliseconds{1};
        open(options);
        ASSERT_EQ(deliver().kind, Kind::Delivered);
        sink.reset();
        const std::size_t count = lines.all().size();
        ASSERT_EQ(lines.all().size(), count);
    }
}

TEST_F(IdleHandlerTest, ThePumpRunsAgainAfterItWasStopped) {
    thread_ = {};
    thread_ = std::jthread([this](std::stop_token stop) { pump->run(std::move(stop)); });
    open(handler_options({"idle-talk", "again"}));
    EXPECT_EQ(deliver().kind, Kind::Delivered);
    EXPECT_TRUE(lines.wait_for("fn: again"));
}

}  // namespace
}  // namespace millbeck::sinks
