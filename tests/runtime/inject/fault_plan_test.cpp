#include "runtime/inject/fault_plan.hpp"

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "triggers/item_failures.hpp"

namespace millbeck::runtime {
namespace {

using base::Milliseconds;
using sinks::Outcome;

Outcome outcome(Outcome::Kind kind, const std::string& reply = "") {
    Outcome made;
    made.kind = kind;
    made.reply = reply;
    return made;
}

class FaultPlanTest : public ::testing::Test {
  protected:
    static sinks::Batch batch(std::size_t records) {
        static const std::vector<std::string> ids{"101", "102", "103", "104", "105"};
        sinks::Batch made;
        for (std::size_t i = 0; i < records; ++i) {
            made.messages.push_back({.id = ids[i], .key = "k", .record = "{}"});
            made.payload_bytes += 2;
        }
        return made;
    }
    // What came of it, and in `calls` how many records each call had.
    Outcome deliver(std::size_t records, const std::string& trigger = "sums") {
        return plan.deliver(trigger, batch(records), [this](const sinks::Batch& given) {
            calls.push_back(given.messages.size());
            EXPECT_EQ(given.payload_bytes, 2 * given.messages.size());
            return answer;
        });
    }
    void arm(Fault fault) {
        fault.trigger = fault.trigger.empty() ? "sums" : fault.trigger;
        const auto armed = plan.arm(std::move(fault));
        ASSERT_TRUE(armed) << armed.error().message;
    }
    double counted(const std::string& fault) {
        return metrics
            .counter("millbeck_inject_uses_total", "", {{"fault", fault}, {"target", "sums"}})
            .value();
    }

    base::VirtualClock clock;
    base::Metrics metrics;
    std::vector<std::size_t> calls;
    std::vector<std::size_t> calls_at_crash;
    Outcome answer;
    FaultPlan plan{clock, metrics, [this] { calls_at_crash = calls; }};
};

using Sizes = std::vector<std::size_t>;

// If it fails, tests meet duplicates where the real thing would not, or none.
TEST_F(FaultPlanTest, DeliversABatchTwiceAsOftenAsWished) {
    arm({.kind = FaultKind::DuplicateBatch, .times = 2});
    answer = outcome(Outcome::Kind::Failed);
    EXPECT_EQ(deliver(3).kind, Outcome::Kind::Failed);
    EXPECT_EQ(calls, Sizes{3}) << "what failed comes again anyway";
    answer = outcome(Outcome::Kind::Delivered);
    EXPECT_TRUE(deliver(1, "other").kind == Outcome::Kind::Delivered);
    calls.clear();
    deliver(3);
    deliver(2);
    deliver(1);
    EXPECT_EQ(calls, (Sizes{3, 3, 2, 2, 1}));
    EXPECT_EQ(plan.all()[0].used, 2u);
    EXPECT_TRUE(plan.all()[0].is_over);
    EXPECT_EQ(counted("duplicate-batch"), 2);
}

// If it fails, a failure that nobody saw changes the world after all.
TEST_F(FaultPlanTest, FailsWithoutACall) {
    arm({.kind = FaultKind::FailHandler, .times = 2, .error = "the bank is closed"});
    arm({.kind = FaultKind::DuplicateBatch});
    arm({.kind = FaultKind::CrashAfterReply});
    const Outcome failed = deliver(3);
    EXPECT_EQ(failed.kind, Outcome::Kind::Failed);
    EXPECT_EQ(failed.error.message, "injected: the bank is closed");
    deliver(3);
    EXPECT_TRUE(calls.empty());
    EXPECT_TRUE(calls_at_crash.empty());
    deliver(3);
    EXPECT_EQ(calls_at_crash, Sizes{3}) << "after the first reply";
    EXPECT_EQ(calls, (Sizes{3, 3}));
}

// If it fails, records count as delivered that no function ever saw.
TEST_F(FaultPlanTest, FailsInPart) {
    arm({.kind = FaultKind::FailHandler, .times = 1, .partial = 2});
    EXPECT_EQ(triggers::read_item_failures(deliver(2)).kind, Outcome::Kind::Delivered)
        << "there is no rest that could fail";
    const Outcome partly = triggers::read_item_failures(deliver(5));
    EXPECT_EQ(calls, (Sizes{2, 2}));
    EXPECT_EQ(partly.kind, Outcome::Kind::PartlyFailed);
    EXPECT_EQ(partly.failed, (std::vector<std::string>{"103", "104", "105"}));
    arm({.kind = FaultKind::FailHandler, .times = 3, .partial = 2});
    answer = outcome(Outcome::Kind::Failed);
    EXPECT_EQ(deliver(5).kind, Outcome::Kind::Failed) << "a failure of its own is not hidden";
    const std::string own = R"({"batchItemFailures":[{"itemIdentifier":"101"}]})";
    answer = outcome(Outcome::Kind::Delivered, own);
    EXPECT_EQ(deliver(5).reply, own);
    answer = outcome(Outcome::Kind::Delivered, R"({"batchItemFailures":[]})");
    EXPECT_EQ(triggers::read_item_failures(deliver(4)).failed.size(), 2u);
}

// If it fails, a batch that nobody took "comes again" although it never went.
TEST_F(FaultPlanTest, CrashesOnlyAfterAReply) {
    arm({.kind = FaultKind::CrashAfterReply});
    for (const auto kind : {Outcome::Kind::NotInvoked, Outcome::Kind::Failed}) {
        answer = outcome(kind);
        deliver(1);
        EXPECT_TRUE(calls_at_crash.empty());
    }
    answer = outcome(Outcome::Kind::PartlyFailed);
    deliver(1);
    EXPECT_EQ(calls_at_crash.size(), 3u);
}

// If it fails, a delay ends too early, or never.
TEST_F(FaultPlanTest, DelaysSoOftenOrSoLong) {
    EXPECT_FALSE(plan.begins_at("sums"));
    arm({.kind = FaultKind::Delay, .times = 1, .by = Milliseconds{500}});
    EXPECT_FALSE(plan.begins_at("other"));
    EXPECT_EQ(plan.begins_at("sums"), clock.instant() + Milliseconds{500});
    EXPECT_FALSE(plan.begins_at("sums"));
    arm({.kind = FaultKind::Delay,
         .times = {},
         .lasts = Milliseconds{60'000},
         .by = Milliseconds{5}});
    for (int i = 0; i < 3; ++i) {
        EXPECT_TRUE(plan.begins_at("sums"));
        clock.advance(Milliseconds{20'000});
        EXPECT_EQ(plan.armed(), i < 2 ? 1u : 0u);
    }
    EXPECT_FALSE(plan.begins_at("sums"));
    EXPECT_EQ(plan.all()[0].used, 3u);
    EXPECT_EQ(counted("delay"), 4);
}

// If it fails, somebody forgets a fault, or cannot get rid of one.
TEST_F(FaultPlanTest, TellsAndForgets) {
    arm({.kind = FaultKind::Delay, .by = Milliseconds{1}});
    arm({.kind = FaultKind::FailHandler});
    arm({.kind = FaultKind::FailHandler, .trigger = "copies", .times = 7});
    arm({.kind = FaultKind::FailHandler, .times = 3});
    const auto all = plan.all();
    ASSERT_EQ(all.size(), 3u) << "one of each kind for a trigger";
    EXPECT_EQ(all[0].fault.trigger, "copies");
    EXPECT_EQ(all[2].fault.times, 3u);
    EXPECT_EQ(all[2].armed_at, clock.wall());
    EXPECT_EQ(plan.armed_for("sums"),
              (std::vector<FaultKind>{FaultKind::Delay, FaultKind::FailHandler}));
    EXPECT_TRUE(plan.begins_at("sums"));
    EXPECT_EQ(plan.armed_for("sums"), std::vector<FaultKind>{FaultKind::FailHandler});
    EXPECT_EQ(plan.clear("sums"), 1u);
    EXPECT_EQ(plan.all().size(), 1u);
    EXPECT_EQ(plan.clear(""), 1u);
    deliver(1, "copies");
    EXPECT_EQ(calls, Sizes{1});
}

// If it fails, what is armed grows without end.
TEST_F(FaultPlanTest, HoldsSoManyAtMost) {
    for (std::size_t i = 0; i < kFaultsMax; ++i) {
        arm({.kind = FaultKind::Delay, .trigger = "t" + std::to_string(i), .by = Milliseconds{1}});
    }
    const auto more = plan.arm({.trigger = "more"});
    ASSERT_FALSE(more);
    EXPECT_EQ(more.error().code, base::Code::LimitExceeded);
    EXPECT_TRUE(plan.begins_at("t7"));
    EXPECT_TRUE(plan.arm({.trigger = "more"})) << "what is over makes room";
}

// If it fails, shards that deliver at once take a fault more often than was wished.
TEST_F(FaultPlanTest, IsUsedNoMoreOftenByManyAtOnce) {
    arm({.kind = FaultKind::DuplicateBatch, .times = 10});
    std::atomic<int> called = 0;
    {
        std::vector<std::jthread> shards;
        for (int shard = 0; shard < 4; ++shard) {
            shards.emplace_back([&] {
                for (int i = 0; i < 25; ++i) {
                    EXPECT_EQ(plan.deliver("sums", batch(1),
                                           [&](const sinks::Batch&) {
                                               ++called;
                                               return Outcome{};
                                           })
                                  .kind,
                              Outcome::Kind::Delivered);
                }
            });
        }
    }
    EXPECT_EQ(called, 110);
    EXPECT_EQ(plan.all()[0].used, 10u);
}

struct WrongRow {
    Fault fault;
    std::string words;
};

TEST_F(FaultPlanTest, RefusesWhatIsOutOfRange) {
    const Milliseconds day{24 * 3'600'000};
    const std::vector<WrongRow> rows{
        {{.times = 0}, "times 0 is out of range; allowed is 1 to 1000000"},
        {{.times = kFaultTimesMax + 1}, "times 1000001 is out of range; allowed is 1 to 1000000"},
        {{.times = 1, .lasts = day}, "say how often or for how long, not both"},
        {{.times = {}}, "say how often or for how long, not both"},
        {{.times = {}, .lasts = day + Milliseconds{1}},
         "a time of 86400001 ms is out of range; allowed is 1 ms to 1440 minutes"},
        {{.kind = FaultKind::Delay},
         "a delay of 0 ms is out of range; allowed is 1 ms to 15 minutes"},
        {{.kind = FaultKind::Delay, .by = Milliseconds{900'001}},
         "a delay of 900001 ms is out of range; allowed is 1 ms to 15 minutes"},
        {{.kind = FaultKind::FailHandler, .partial = 0},
         "partial 0 is out of range; allowed is 1 to 10000"},
        {{.kind = FaultKind::FailHandler, .partial = 10'001},
         "partial 10001 is out of range; allowed is 1 to 10000"},
        {{.kind = FaultKind::FailHandler, .error = "no", .partial = 1},
         "a partial failure carries no error text"},
        {{.kind = FaultKind::FailHandler, .error = std::string(1'001, 'x')},
         "an error has at most 1000 bytes of UTF-8, not 1001"},
    };
    for (const WrongRow& row : rows) {
        const auto armed = plan.arm(row.fault);
        ASSERT_FALSE(armed) << row.words;
        EXPECT_EQ(armed.error().code, base::Code::Invalid);
        EXPECT_EQ(armed.error().message, row.words);
    }
    EXPECT_TRUE(plan.all().empty());
}

}  // namespace
}  // namespace millbeck::runtime
