// Global indexes whose keys have several attributes of a type. The orders, the pages and the texts
// are those recorded of the service for the same items.
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "capture/table_store.hpp"
#include "tests/support/expressions.hpp"
#include "tests/support/store_fixture.hpp"

namespace millbeck::capture {
namespace {

using nlohmann::json;
using shardlog::AttributeType;
using tests::item_of;
using Names = std::vector<std::string>;

KeyAttribute text_key(const char* name) {
    return {name, AttributeType::S};
}

IndexSpec keyed(const std::string& name, KeySchema keys) {
    return {.name = name, .keys = std::move(keys)};
}

// Table `t` (pk S): index `long` by h, then a, b, c, d; `pair` by h1 and h2, then s; `bytes` by h,
// then n and b2.
class ManyKeyIndexTest : public tests::StoreFixture, public ::testing::Test {
  protected:
    void SetUp() override {
        ASSERT_TRUE(open());
        TableSpec table = spec("t");
        table.keys = {{"pk", AttributeType::S}, {}};
        const KeyAttribute number{"n", AttributeType::N};
        table.indexes = {
            keyed(
                "long",
                {text_key("h"), text_key("a"), {}, {text_key("b"), text_key("c"), text_key("d")}}),
            keyed("pair", {text_key("h1"),
                           KeyAttribute{"s", AttributeType::N},
                           {{"h2", AttributeType::N}},
                           {}}),
            keyed("bytes", {text_key("h"), number, {}, {{"b2", AttributeType::B}}})};
        ASSERT_TRUE(create(table));
    }

    void put_texts(const std::string& pk, const json& attributes) {
        json item = {{"pk", {{"S", pk}}}};
        for (const auto& [name, value] : attributes.items()) {
            item[name]["S"] = value;
        }
        ASSERT_TRUE(put("t", item.dump()));
    }

    void put_orders() {
        const json h = {{"h", "o1"}};
        const auto order = [&](const char* pk, const json& rest) {
            json all = h;
            all.update(rest);
            put_texts(pk, all);
        };
        order("p1", {{"a", "T"}, {"b", "live"}, {"c", "b"}, {"d", "r1"}});
        order("p2", {{"a", "T"}, {"b", "live"}, {"c", "a"}, {"d", "r2"}});
        order("p3", {{"a", "T"}, {"b", "live"}, {"c", "a"}, {"d", "r1"}});
        order("p4", {{"a", "T"}, {"b", "draft"}, {"c", "c"}, {"d", "r1"}});
        order("p5", {{"a", "F"}, {"b", "live"}, {"c", "a"}, {"d", "r0"}});
        order("p6", {{"a", "T"}, {"b", "live"}, {"d", "r1"}});
    }

    PageRequest query(const std::string& index, const std::string& condition,
                      const std::string& values) {
        const auto bound =
            tests::condition_of({condition, values, ""}, expression::Kind::KeyCondition);
        EXPECT_TRUE(bound) << bound.error().message;
        PageRequest request;
        request.table = table_name("t");
        request.index = index;
        request.terms = *expression::key_terms(*bound);
        return request;
    }

    // The items' partition keys, over pages of `limit`; or the error's text.
    Names found(PageRequest request, std::size_t limit = 1000) {
        Names names;
        request.limit = limit;
        for (bool more = true; more;) {
            const auto page = store().read_page(request);
            if (!page) {
                return {page.error().message};
            }
            for (const json& each : json::parse("[" + page->items + "]")) {
                names.push_back(each["pk"]["S"]);
            }
            more = page->last_key.has_value();
            if (more) {
                request.start_after = item_of(*page->last_key);
            }
        }
        return names;
    }

    static std::string texts(const json& values) {
        json all = json::object();
        for (const auto& [name, value] : values.items()) {
            all[":" + name]["S"] = value;
        }
        return all.dump();
    }
};

// If it fails, items come in another order, or some are missing or come twice.
TEST_F(ManyKeyIndexTest, SortsByEveryRangeAttribute) {
    put_orders();
    const json h = {{"h", "o1"}}, ha = {{"h", "o1"}, {"a", "T"}};
    const json hab = {{"h", "o1"}, {"a", "T"}, {"b", "live"}};
    const auto with = [](json values, const json& more) {
        values.update(more);
        return texts(values);
    };
    struct Row {
        std::string condition, values;
        Names expected;
    };
    const std::string habc = "h = :h AND a = :a AND b = :b AND c = :c";
    const std::vector<Row> rows = {
        {"h = :h", texts(h), {"p5", "p4", "p3", "p2", "p1"}},
        {"h = :h AND a = :a", texts(ha), {"p4", "p3", "p2", "p1"}},
        {"h = :h AND a = :a AND b = :b", texts(hab), {"p3", "p2", "p1"}},
        {"b = :b AND h = :h AND a = :a", texts(hab), {"p3", "p2", "p1"}},
        {"h = :h AND a = :a AND b < :b", texts(hab), {"p4"}},
        {habc, with(hab, {{"c", "a"}}), {"p3", "p2"}},
        {"h = :h AND a = :a AND b = :b AND c > :c", with(hab, {{"c", "a"}}), {"p1"}},
        {habc + " AND begins_with(d, :d)", with(hab, {{"c", "a"}, {"d", "r"}}), {"p3", "p2"}},
        {habc + " AND d BETWEEN :d AND :d", with(hab, {{"c", "a"}, {"d", "r1"}}), {"p3"}},
        {"h = :h AND a >= :a", texts(ha), {"p4", "p3", "p2", "p1"}},
        {"h = :h AND a < :a", texts(ha), {"p5"}},
    };
    for (int life = 0; life < 2; ++life) {
        for (const Row& row : rows) {
            SCOPED_TRACE(row.condition);
            PageRequest request = query("long", row.condition, row.values);
            for (const std::size_t limit : {1U, 2U, 100U}) {
                EXPECT_EQ(found(request, limit), row.expected) << limit;
            }
            request.order = Order::Descending;
            EXPECT_EQ(found(request, 2), Names(row.expected.rbegin(), row.expected.rend()));
        }
        PageRequest all;
        all.table = table_name("t");
        all.index = "long";
        EXPECT_EQ(found(all, 2), rows[0].expected);
        ASSERT_TRUE(reopen());
    }
}

TEST_F(ManyKeyIndexTest, NamesEveryKeyAttributeWhereAPageEnds) {
    put_orders();
    PageRequest request = query("long", "h = :h AND a = :a", texts({{"h", "o1"}, {"a", "T"}}));
    request.limit = 2;
    const auto page = store().read_page(request);
    ASSERT_TRUE(page);
    EXPECT_EQ(*page->last_key,
              R"({"a":{"S":"T"},"b":{"S":"live"},"c":{"S":"a"},"d":{"S":"r1"},"h":{"S":"o1"},)"
              R"("pk":{"S":"p3"}})");
}

// If it fails, two items are taken for one partition's that are not, or numbers lose their order.
TEST_F(ManyKeyIndexTest, KeepsEachTypesOwnOrder) {
    const auto pair = [&](const std::string& pk, const std::string& h1, const std::string& h2,
                          const std::string& s) {
        ASSERT_TRUE(put("t", R"({"h1":{"S":")" + h1 + R"("},"h2":{"N":")" + h2 +
                                 R"("},"pk":{"S":")" + pk + R"("},"s":{"N":")" + s + R"("}})"));
    };
    pair("q1", "g", "1", "-5");
    pair("q2", "g", "1", "10");
    pair("q3", "g", "1", "2.5");
    pair("q4", "g", "2", "7");
    pair("q6", "g", "1", "100");
    pair("q7", "g1", "1", "7");
    ASSERT_TRUE(put("t", R"({"h1":{"S":"g"},"pk":{"S":"q5"},"s":{"N":"1"}})"));
    const std::string values = R"({":g":{"S":"g"},":one":{"N":"1.0"}})";
    EXPECT_EQ(found(query("pair", "h1 = :g AND h2 = :one", values)),
              (Names{"q1", "q3", "q2", "q6"}));
    EXPECT_EQ(found(query("pair", "s > :one AND h2 = :one AND h1 = :g", values)),
              (Names{"q3", "q2", "q6"}));
    const auto bytes = [&](const std::string& pk, const std::string& n, const std::string& b) {
        ASSERT_TRUE(put("t", R"({"b2":{"B":")" + b + R"("},"h":{"S":"n"},"n":{"N":")" + n +
                                 R"("},"pk":{"S":")" + pk + R"("}})"));
    };
    bytes("r1", "-10", "AA==");
    bytes("r2", "2", "/w==");
    bytes("r3", "2", "AQ==");
    bytes("r4", "10", "AA==");
    bytes("r5", "0.5", "EA==");
    bytes("r7", "2", "AAE=");
    EXPECT_EQ(found(query("bytes", "h = :h", texts({{"h", "n"}}))),
              (Names{"r1", "r5", "r7", "r3", "r2", "r4"}));
    const std::string two = R"({":h":{"S":"n"},":n":{"N":"2"},":b":{"B":"AA=="}})";
    EXPECT_EQ(found(query("bytes", "h = :h AND n = :n AND b2 > :b", two)),
              (Names{"r7", "r3", "r2"}));
    EXPECT_EQ(found(query("bytes", "h = :h AND n = :n AND begins_with(b2, :b)", two)),
              (Names{"r7"}));
    EXPECT_EQ(found(query("bytes", "h = :h AND n <= :n", R"({":h":{"S":"n"},":n":{"N":"2"}})")),
              (Names{"r1", "r5", "r7", "r3", "r2"}));
}

// If it fails, a page is continued where it never ended.
TEST_F(ManyKeyIndexTest, RefusesStartingKeysThatCannotBe) {
    const std::string one_row = "The query can return at most one row and cannot be restarted";
    const std::string predicate =
        "The provided starting key does not match the range key predicate";
    const std::string outside =
        "The provided starting key is outside query boundaries based on provided conditions";
    struct Row {
        std::string condition, h1, h2, s;
        Names expected;
    };
    const std::string both = "h1 = :x AND h2 = :two";
    const std::vector<Row> rows = {
        {both, "q", "2", "1", {one_row}},
        {both, "x", "3", "1", {outside}},
        {both, "x", "2", "9", {}},
        {both + " AND s > :two", "q", "2", "1", {one_row}},
        {both + " AND s > :two", "x", "3", "1", {predicate}},
        {both + " AND s > :two", "x", "3", "5", {one_row}},
        {both + " AND s > :two", "x", "2", "1", {predicate}},
        {both + " AND s = :two", "x", "2", "1", {predicate}},
        {both + " AND s > :two", "x", "2", "5", {}},
    };
    for (const Row& row : rows) {
        SCOPED_TRACE(row.condition + " " + row.h1 + " " + row.h2 + " " + row.s);
        PageRequest request = query("pair", row.condition, R"({":x":{"S":"x"},":two":{"N":"2"}})");
        request.start_after = item_of(R"({"h1":{"S":")" + row.h1 + R"("},"h2":{"N":")" + row.h2 +
                                      R"("},"pk":{"S":"p"},"s":{"N":")" + row.s + R"("}})");
        EXPECT_EQ(found(request), row.expected);
    }
    PageRequest short_key = query("pair", both, R"({":x":{"S":"x"},":two":{"N":"2"}})");
    short_key.start_after = item_of(R"({"h1":{"S":"x"},"pk":{"S":"p"},"s":{"N":"1"}})");
    EXPECT_EQ(found(short_key), Names{"The provided starting key is invalid"});
}

// If it fails, an index of a live table has not the items from before.
TEST_F(ManyKeyIndexTest, IsFilledOnALiveTable) {
    put_orders();
    TableUpdate update;
    update.name = table_name("t");
    update.create_index = keyed("late", {text_key("b"), text_key("c"), {text_key("h")}, {}});
    ASSERT_TRUE(run([&] { return store().update_table(update); }));
    for (int i = 0; i < 100; ++i) {
        ASSERT_TRUE(commit_group());
        ASSERT_TRUE(store().maintain());
    }
    const PageRequest live =
        query("late", "b = :b AND h = :h", texts({{"b", "live"}, {"h", "o1"}}));
    EXPECT_EQ(found(live).size(), 4U);
    ASSERT_TRUE(reopen());
    EXPECT_EQ(found(live).size(), 4U);
    EXPECT_EQ(found(live).back(), "p1");
    ASSERT_TRUE(remove("t", R"({"pk":{"S":"p1"}})"));
    EXPECT_EQ(found(live).size(), 3U);
}

// If it fails, an index holds what it cannot find.
TEST_F(ManyKeyIndexTest, ChecksEveryKeyAttributeOfAWrite) {
    const auto refusal = [&](const std::string& item) {
        const auto written = put("t", item);
        return written ? "" : written.error().message;
    };
    EXPECT_EQ(
        refusal(R"({"c":{"N":"1"},"pk":{"S":"w"}})"),
        "One or more parameter values were invalid: Type mismatch for Index Key c Expected: S "
        "Actual: N IndexName: long");
    EXPECT_EQ(refusal(R"({"h2":{"S":"1"},"pk":{"S":"w"}})"),
              "One or more parameter values were invalid: Type mismatch for Index Key h2 Expected: "
              "N Actual: S IndexName: pair");
    const std::string half = R"({"S":")" + std::string(513, 'x') + R"("})";
    EXPECT_EQ(refusal(R"({"a":)" + half + R"(,"b":)" + half + R"(,"pk":{"S":"w"}})"),
              "One or more parameter values were invalid: Aggregated size of all range keys has "
              "exceeded the size limit of 1024 bytes");
    EXPECT_EQ(refusal(R"({"a":)" + half + R"(,"pk":{"S":"w"}})"), "");
}

}  // namespace
}  // namespace millbeck::capture
