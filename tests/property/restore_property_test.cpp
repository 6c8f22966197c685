// Tables restored to random positions of random histories: each is what an oracle says the table
// was, and so is what its index shows. One seed, one life; MB_SEED=<it> lives it again.
#include <map>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "runtime/restore/restored_spec.hpp"
#include "runtime/restore/table_restores.hpp"
#include "tests/support/api_node.hpp"
#include "tests/support/seed.hpp"
#include "tests/support/temp_folder.hpp"

namespace millbeck::runtime {
namespace {

using shardlog::SequenceNumber;
using shardlog::TableName;
using Json = nlohmann::json;
using Items = std::map<std::string, std::string>;  // key -> canonical item

constexpr int kWrites = 150;
constexpr int kRestores = 4;

class RestoreLife {
  public:
    explicit RestoreLife(std::uint64_t seed) : chance_(seed) {
        node_.ok("CreateTable",
                 R"({"TableName":"source","BillingMode":"PAY_PER_REQUEST","AttributeDefinitions":[)"
                 R"({"AttributeName":"id","AttributeType":"S"},)"
                 R"({"AttributeName":"n","AttributeType":"N"}],)"
                 R"("KeySchema":[{"AttributeName":"id","KeyType":"HASH"}],)"
                 R"("GlobalSecondaryIndexes":[{"IndexName":"by-n","KeySchema":)"
                 R"([{"AttributeName":"n","KeyType":"HASH"}],"Projection":)"
                 R"({"ProjectionType":"ALL"}}]})");
        states_[newest()] = {};
    }

    void live() {
        for (int i = 0; i < kWrites; ++i) {
            write(i);
        }
        restores_ = open();
        for (int i = 0; i < kRestores && !::testing::Test::HasFailure(); ++i) {
            restore(i);
        }
    }

  private:
    std::uint64_t below(std::uint64_t limit) { return chance_() % limit; }
    SequenceNumber newest() { return node_.log().history().newest(); }

    void write(int number) {
        const std::string key = "k" + std::to_string(below(25));
        Items items = states_.rbegin()->second;
        if (below(4) == 0) {
            node_.ok("DeleteItem", R"({"TableName":"source","Key":{"id":{"S":")" + key + R"("}}})");
            items.erase(key);
        } else {
            Json item = {{"id", {{"S", key}}}, {"v", {{"N", std::to_string(number)}}}};
            if (below(3) > 0) {
                item["n"] = {{"N", std::to_string(below(5))}};
            }
            node_.ok("PutItem", Json{{"TableName", "source"}, {"Item", item}}.dump());
            items[key] = item.dump();
        }
        states_[newest()] = std::move(items);
    }

    std::unique_ptr<TableRestores> open() {
        auto opened = TableRestores::open(node_.store(), *random_, folder_.path() / "r.db");
        EXPECT_TRUE(opened) << opened.error().message;
        return std::move(*opened);
    }

    // Now and then the process ends while rows are on their way; then it is asked for again.
    void restore(int number) {
        const TableName target{"target-" + std::to_string(number)};
        const auto at = std::next(states_.begin(), static_cast<int>(below(states_.size())));
        SCOPED_TRACE(target.value() + " as of " + at->first.to_string());
        RestoreOrder order;
        order.target =
            restored_spec(*node_.store().describe_table(TableName{"source"}), target, {}).value();
        order.note.source_table_arn = "arn";
        order.open = [this, position = at->first] {
            return node_.store().image_as_of(TableName{"source"}, position);
        };
        if (below(2) == 0) {
            ASSERT_TRUE(restores_->begin(order));
            restores_.reset();
            restores_ = open();
            if (node_.store().describe_table(target)) {
                return check(target, at->second);
            }
        }
        write(kWrites + number);  // the table goes on meanwhile
        ASSERT_TRUE(restores_->begin(std::move(order)));
        while (restores_->progress(target)->state == RestoreProgress::State::Running) {
            std::this_thread::yield();
        }
        EXPECT_EQ(restores_->progress(target)->error, "");
        check(target, at->second);
    }

    void check(const TableName& target, const Items& wanted) {
        Items found;
        std::size_t in_index = 0;
        for (const auto& [key, item] : wanted) {
            in_index += Json::parse(item).contains("n") ? 1U : 0U;
        }
        const Json all = scan(target, "");
        for (const Json& item : all.at("Items")) {
            found[item.at("id").at("S")] = item.dump();
        }
        EXPECT_EQ(wanted, found);
        EXPECT_EQ(in_index, scan(target, R"(,"IndexName":"by-n")").at("Items").size());
    }

    Json scan(const TableName& table, const std::string& more) {
        return Json::parse(
            node_.ok("Scan", R"({"TableName":")" + table.value() + R"(")" + more + "}"));
    }

    std::mt19937_64 chance_;
    tests::ApiNode node_;
    tests::TempFolder folder_;
    std::unique_ptr<base::Random> random_ = base::seeded_random(3);
    std::map<SequenceNumber, Items> states_;
    std::unique_ptr<TableRestores> restores_;
};

class RestoreProperty : public testing::TestWithParam<std::uint64_t> {};

// If it fails, who goes back to before a mistake gets a table that never was.
TEST_P(RestoreProperty, ATableComesBackAsItWas) {
    const std::uint64_t seed = tests::test_seed(GetParam());
    SCOPED_TRACE("seed " + std::to_string(seed));
    RestoreLife(seed).live();
}

INSTANTIATE_TEST_SUITE_P(Seeds, RestoreProperty, testing::Range<std::uint64_t>(1, 13));

}  // namespace
}  // namespace millbeck::runtime
