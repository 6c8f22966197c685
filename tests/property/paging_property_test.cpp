// Query and Scan, paged by any limit, in both orders, over ranges and over any number of segments:
// together the pages are exactly what a std::map holds.
#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "shardlog/base64.hpp"
#include "tests/support/api_node.hpp"
#include "tests/support/seed.hpp"

namespace millbeck::runtime {
namespace {

using nlohmann::json;
using tests::ApiNode;

constexpr int kItems = 150;
constexpr int kPartitions = 5;
constexpr int kQueries = 40;
constexpr int kScans = 10;
constexpr int kPagesMax = 2 * kItems;  // more: paging goes in circles

// A sort key as the oracle orders it, and as the wire has it.
// NOLINTNEXTLINE(bugprone-exception-escape): the library does not say that moving is noexcept.
struct SortKey {
    int number = 0;    // of type N, in halves
    std::string text;  // of types S and B
    json value;
    friend bool operator<(const SortKey& a, const SortKey& b) {
        return std::pair(a.number, a.text) < std::pair(b.number, b.text);
    }
};

using Partition = std::map<SortKey, json>;
using Table = std::map<std::string, Partition>;

class Paging : public ::testing::TestWithParam<const char*> {
  protected:
    Paging() : seed_(tests::test_seed(20)), random_(seed_) {}

    int up_to(int most) { return std::uniform_int_distribution<int>(0, most)(random_); }
    std::string partition() { return "p" + std::to_string(up_to(kPartitions - 1)); }

    SortKey sort_key() {
        SortKey key;
        const std::string type = GetParam();
        if (type == "N") {
            key.number = up_to(200) - 100;
            const std::string sign = key.number < 0 ? "-" : "";
            const int whole = std::abs(key.number) / 2;
            key.value = {{"N", sign + std::to_string(whole) + (key.number % 2 == 0 ? "" : ".5")}};
            return key;
        }
        const std::vector<std::string> characters =
            type == "S"
                ? std::vector<std::string>{"a", "b", "\x7f", "ß", "東", "\U0001F389"}
                : std::vector<std::string>{std::string(1, '\0'), "\x01", "\x7f", "\x80", "\xff"};
        for (int i = up_to(3); i >= 0; --i) {
            key.text += characters[static_cast<std::size_t>(
                up_to(static_cast<int>(characters.size()) - 1))];
        }
        if (type == "S") {
            key.value = {{"S", key.text}};
            return key;
        }
        std::string encoded;
        shardlog::append_base64(encoded, key.text);
        key.value = {{"B", encoded}};
        return key;
    }

    void fill() {
        node_.ok("CreateTable", json{{"TableName", "tab"},
                                     {"BillingMode", "PAY_PER_REQUEST"},
                                     {"AttributeDefinitions",
                                      {{{"AttributeName", "p"}, {"AttributeType", "S"}},
                                       {{"AttributeName", "c"}, {"AttributeType", GetParam()}}}},
                                     {"KeySchema",
                                      {{{"AttributeName", "p"}, {"KeyType", "HASH"}},
                                       {{"AttributeName", "c"}, {"KeyType", "RANGE"}}}}}
                                    .dump());
        for (int i = 0; i < kItems; ++i) {
            const std::string p = partition();
            const SortKey c = sort_key();
            json item = {{"p", {{"S", p}}}, {"c", c.value}, {"i", {{"N", std::to_string(i)}}}};
            node_.ok("PutItem", json{{"TableName", "tab"}, {"Item", item}}.dump());
            table_[p][c] = std::move(item);
        }
    }

    // All pages of a call, each of at most `limit` items.
    std::vector<json> read_all(const char* call, json request) {
        std::vector<json> items;
        for (int pages = 0; pages < kPagesMax; ++pages) {
            const int limit = 1 + up_to(9);
            request["Limit"] = limit;
            const json page = json::parse(node_.ok(call, request.dump()));
            EXPECT_LE(page["Items"].size(), static_cast<std::size_t>(limit));
            EXPECT_EQ(page["Count"], page["Items"].size());
            items.insert(items.end(), page["Items"].begin(), page["Items"].end());
            if (!page.contains("LastEvaluatedKey")) {
                return items;
            }
            request["ExclusiveStartKey"] = page["LastEvaluatedKey"];
        }
        ADD_FAILURE() << call << " never ended";
        return items;
    }

    std::uint64_t seed_;
    std::mt19937_64 random_;
    ApiNode node_;
    Table table_;
};

// If it fails, a client that reads a partition page by page misses items, or sees some twice.
TEST_P(Paging, AQueryGivesEachItemOfItsRangeOnceInOrder) {
    SCOPED_TRACE("MB_SEED=" + std::to_string(seed_));
    fill();
    for (int i = 0; i < kQueries; ++i) {
        const std::string p = partition();
        const bool forward = up_to(1) == 1;
        json request = {{"TableName", "tab"},
                        {"KeyConditionExpression", "p = :p"},
                        {"ExpressionAttributeValues", {{":p", {{"S", p}}}}},
                        {"ScanIndexForward", forward}};
        const Partition& all = table_[p];
        auto begin = all.begin();
        auto end = all.end();
        if (up_to(1) == 1) {
            SortKey low = sort_key();
            SortKey high = sort_key();
            if (high < low) {
                std::swap(low, high);
            }
            request["KeyConditionExpression"] = "c BETWEEN :low AND :high AND p = :p";
            request["ExpressionAttributeValues"][":low"] = low.value;
            request["ExpressionAttributeValues"][":high"] = high.value;
            begin = all.lower_bound(low);
            end = all.upper_bound(high);
        }
        std::vector<json> expected;
        for (auto item = begin; item != end; ++item) {
            expected.push_back(item->second);
        }
        if (!forward) {
            std::ranges::reverse(expected);
        }
        EXPECT_EQ(read_all("Query", request), expected) << request.dump();
    }
}

// If it fails, workers that share a scan miss items, or do some twice.
TEST_P(Paging, TheSegmentsOfAScanAreTheTable) {
    SCOPED_TRACE("MB_SEED=" + std::to_string(seed_));
    fill();
    std::vector<std::string> expected;
    for (const auto& [name, partition] : table_) {
        for (const auto& [key, item] : partition) {
            expected.push_back(item.dump());
        }
    }
    std::ranges::sort(expected);
    for (int i = 0; i < kScans; ++i) {
        const int total = 1 + up_to(i == 0 ? 0 : 12);
        std::vector<std::string> found;
        for (int segment = 0; segment < total; ++segment) {
            json request = {{"TableName", "tab"}};
            if (total > 1 || up_to(1) == 1) {
                request["Segment"] = segment;
                request["TotalSegments"] = total;
            }
            for (const json& item : read_all("Scan", request)) {
                found.push_back(item.dump());
            }
        }
        std::ranges::sort(found);
        EXPECT_EQ(found, expected) << total << " segments";
    }
}

INSTANTIATE_TEST_SUITE_P(KeyTypes, Paging, ::testing::Values("N", "S", "B"));

}  // namespace
}  // namespace millbeck::runtime
