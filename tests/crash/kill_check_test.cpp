// The kill rounds are only as good as their checks: each broken promise, made by hand, must be
// seen.
#include "tests/crash/kill_check.hpp"

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace millbeck::tests {
namespace {

const std::string kShard = "shardId-00000000000000000001-00000001";

std::string sequence(int number) {
    return "10000000000000000000" + std::to_string(number);
}

// What is true after two puts and a delete of one key, and a put of another; in two runs, the
// second from the third record on.
struct World {
    std::vector<Ledger> ledgers{1};
    std::vector<StreamRecord> stream;
    std::vector<Delivery> deliveries;
    std::vector<Checkpoints> started_at{{}, {{kShard, sequence(3)}}};

    World() {
        write({"a", 1}, {"INSERT", 1});
        write({"a", 2}, {"MODIFY", 2});
        write({"b", 3}, {"INSERT", 3});
        write({"a", {}}, {"REMOVE", {}});
        for (std::size_t i = 0; i < stream.size(); ++i) {
            deliver(i < 3 ? 0 : 1, i);
        }
        deliver(1, 2);
        std::swap(deliveries[3], deliveries[4]);  // the repeated record comes first
    }

    void write(const Operation& operation, const Change& change) {
        ledgers[0].begin({operation});
        ledgers[0].acknowledged();
        const int number = static_cast<int>(stream.size()) + 1;
        stream.push_back({sequence(number), kShard, operation.key, change});
    }

    void deliver(unsigned run, std::size_t record) {
        const StreamRecord& one = stream[record];
        deliveries.push_back({run, one.sequence, one.key, one.change});
    }

    void check() const {
        check_stream(ledgers, stream);
        check_fold(ledgers, stream);
        check_deliveries(stream, deliveries, started_at);
    }
};

// If it fails, the kill rounds complain about a server that keeps every promise.
TEST(KillCheck, AcceptsRepeatsFromTheCheckpointOn) {
    EXPECT_NO_THROW(World().check());
}

// If it fails, the kill rounds pass over a server that loses, doubles or reorders changes.
TEST(KillCheck, SeesEachBrokenPromise) {
    struct Row {
        const char* promise;
        std::function<void(World&)> break_it;
    };
    const std::vector<Row> rows{
        {"stream: after 1", [](World& w) { w.stream.erase(w.stream.begin() + 1); }},
        {"stream: after 2", [](World& w) { w.stream.pop_back(); }},
        {"stream: out of order", [](World& w) { std::swap(w.stream[0], w.stream[1]); }},
        {"never written",
         [](World& w) {
             w.stream.push_back({sequence(9), kShard, "c", {"INSERT", 9}});
         }},
        {"stream: after 0", [](World& w) { w.stream[0].change.event = "MODIFY"; }},
        {"never came", [](World& w) { w.deliveries.erase(w.deliveries.begin()); }},
        {"came twice", [](World& w) { w.deliveries.push_back(w.deliveries.back()); }},
        {"out of order", [](World& w) { std::swap(w.deliveries[0], w.deliveries[1]); }},
        {"before its checkpoint", [](World& w) { w.deliver(1, 1); }},
        {"not in the stream", [](World& w) { w.deliveries[0].change.value = 7; }},
        {"not in the stream", [](World& w) { w.deliveries[0].sequence = sequence(8); }},
    };
    for (const Row& row : rows) {
        World world;
        row.break_it(world);
        try {
            world.check();
            ADD_FAILURE() << "nobody saw: " << row.promise;
        } catch (const BrokenPromise& broken) {
            EXPECT_NE(std::string(broken.what()).find(row.promise), std::string::npos)
                << broken.what();
        }
    }
}

// If it fails, a lost or invented value in the table passes.
TEST(KillLedger, SeesWhatTheTableDoesNotHold) {
    const auto written = [] {
        Ledger ledger;
        ledger.begin({{"a", 1}, {"b", 2}});
        ledger.acknowledged();
        return ledger;
    };
    EXPECT_NO_THROW(written().resolve({{"a", 1}, {"b", 2}}));
    EXPECT_THROW(written().resolve({{"a", 1}}), BrokenPromise);
    EXPECT_THROW(written().resolve({{"a", 1}, {"b", 3}}), BrokenPromise);
    EXPECT_THROW(written().resolve({{"a", 1}, {"b", 2}, {"c", 3}}), BrokenPromise);
}

// If it fails, a write without an answer is taken for lost, or for done, when it is the other.
TEST(KillLedger, LearnsFromTheTableWhatBecameOfAnUnansweredWrite) {
    Ledger ledger;
    ledger.begin({{"a", 1}});
    ledger.acknowledged();
    ledger.begin({{"a", 2}, {"b", 3}});
    ledger.resolve({{"a", 1}, {"b", 3}});
    EXPECT_EQ(ledger.state().at("a"), Value(1));
    EXPECT_EQ(ledger.history().at("b"), (std::vector<Change>{{"INSERT", 3}}));
    EXPECT_EQ(ledger.acknowledged_count(), 1U);
}

}  // namespace
}  // namespace millbeck::tests
