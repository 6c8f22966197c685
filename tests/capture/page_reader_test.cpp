#include "capture/page_reader.hpp"

#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "capture/table_store.hpp"
#include "tests/support/expressions.hpp"
#include "tests/support/store_fixture.hpp"

namespace millbeck::capture {
namespace {

using expression::KeyOperator;
using expression::KeyTerm;
using shardlog::AttributeType;
using tests::item_of;

std::string text_value(std::string_view text) {
    return R"({"S":")" + std::string(text) + R"("})";
}
std::string number_value(int number) {
    return R"({"N":")" + std::to_string(number) + R"("})";
}

// A table of partitions a, b, c with the numbers -5 .. 5 each, and one of single items.
class PageReaderTest : public tests::StoreFixture, public ::testing::Test {
  protected:
    void SetUp() override {
        ASSERT_TRUE(open());
        TableSpec sorted = spec("sorted");
        sorted.keys.range = KeyAttribute{"n", AttributeType::N};
        ASSERT_TRUE(create(sorted));
        ASSERT_TRUE(create(spec("single")));
        for (const char* partition : {"a", "b", "c"}) {
            for (int n = 5; n >= -5; --n) {
                ASSERT_TRUE(put("sorted", item(partition, n)));
            }
            ASSERT_TRUE(put("single", R"({"pk":)" + text_value(partition) + "}"));
        }
    }

    static std::string item(std::string_view partition, int n) {
        return R"({"even":{"BOOL":)" + std::string(n % 2 == 0 ? "true" : "false") + R"(},"n":)" +
               number_value(n) + R"(,"pk":)" + text_value(partition) + "}";
    }
    static std::string key(std::string_view partition, int n) {
        return R"({"n":)" + number_value(n) + R"(,"pk":)" + text_value(partition) + "}";
    }
    static PageRequest query(std::string_view partition, std::vector<KeyTerm> more = {}) {
        PageRequest request;
        request.table = table_name("sorted");
        request.terms = std::move(more);
        request.terms->push_back({"pk", KeyOperator::Equal, text_value(partition), ""});
        return request;
    }
    static PageRequest scan(std::string_view table) {
        PageRequest request;
        request.table = table_name(table);
        return request;
    }

    // The sort keys that `term` finds in partition b, both ways; or the error.
    std::string found(const std::vector<KeyTerm>& terms, Order order = Order::Ascending) {
        PageRequest request = query("b", terms);
        request.order = order;
        const auto page = store().read_page(request);
        if (!page) {
            return page.error().message;
        }
        std::string numbers;
        const std::string json = "[" + page->items + "]";
        simdjson::dom::parser parser;
        for (const auto each : parser.parse(json).get_array()) {
            EXPECT_EQ(std::string_view(each["pk"]["S"]), "b");
            numbers += std::string(std::string_view(each["n"]["N"])) + " ";
        }
        return numbers;
    }
};

// If it fails, a Query returns items its condition excludes, or misses some at the edge.
TEST_F(PageReaderTest, FindsExactlyTheRangeOfSortKeys) {
    const auto term = [](KeyOperator op, int first, int second = 0) {
        return KeyTerm{"n", op, number_value(first), number_value(second)};
    };
    EXPECT_EQ(found({}), "-5 -4 -3 -2 -1 0 1 2 3 4 5 ");
    EXPECT_EQ(found({}, Order::Descending), "5 4 3 2 1 0 -1 -2 -3 -4 -5 ");
    EXPECT_EQ(found({term(KeyOperator::Equal, -3)}), "-3 ");
    EXPECT_EQ(found({term(KeyOperator::Equal, 9)}), "");
    EXPECT_EQ(found({term(KeyOperator::Less, -3)}), "-5 -4 ");
    EXPECT_EQ(found({term(KeyOperator::LessOrEqual, -3)}), "-5 -4 -3 ");
    EXPECT_EQ(found({term(KeyOperator::Greater, 3)}), "4 5 ");
    EXPECT_EQ(found({term(KeyOperator::GreaterOrEqual, 3)}), "3 4 5 ");
    EXPECT_EQ(found({term(KeyOperator::Between, -1, 1)}), "-1 0 1 ");
    EXPECT_EQ(found({term(KeyOperator::Between, -1, 1)}, Order::Descending), "1 0 -1 ");
    EXPECT_EQ(found({term(KeyOperator::Greater, 5)}), "");
}

TEST_F(PageReaderTest, FindsPrefixesOfTextsAndNothingElse) {
    TableSpec spec_of_texts = spec("texts");
    spec_of_texts.keys.range = KeyAttribute{"t", AttributeType::S};
    ASSERT_TRUE(create(spec_of_texts));
    for (const char* text :
         {"a", "ab", "ab\x7f", "abc", "ac", "b", "\xC3\xBF", "\xF4\x8F\xBF\xBF"}) {
        ASSERT_TRUE(put("texts", R"({"pk":{"S":"p"},"t":)" + text_value(text) + "}"));
    }
    const auto count = [&](std::string_view prefix) {
        PageRequest request;
        request.table = table_name("texts");
        request.terms = {{"pk", KeyOperator::Equal, text_value("p"), ""},
                         {"t", KeyOperator::BeginsWith, text_value(prefix), ""}};
        const auto page = store().read_page(request);
        EXPECT_TRUE(page) << page.error().message;
        return page ? page->count : 99;
    };
    EXPECT_EQ(count("a"), 5U);
    EXPECT_EQ(count("ab"), 3U);
    EXPECT_EQ(count("abcd"), 0U);
    EXPECT_EQ(count("\xF4\x8F\xBF\xBF"), 1U);
}

// Pages of every size, both ways, and every number of segments: together exactly the table.
TEST_F(PageReaderTest, PagesTogetherAreTheWhole) {
    for (std::size_t limit = 1; limit <= 12; ++limit) {
        for (const Order order : {Order::Ascending, Order::Descending}) {
            PageRequest request = query("b");
            request.limit = limit;
            request.order = order;
            std::string items;
            std::size_t pages = 0;
            for (bool more = true; more;) {
                auto page = store().read_page(request);
                ASSERT_TRUE(page) << page.error().message;
                ASSERT_LE(page->scanned_count, limit);
                items += page->items + (page->items.empty() ? "" : ",");
                more = page->last_key.has_value();
                if (more) {
                    ASSERT_EQ(page->scanned_count, limit);
                    request.start_after = item_of(*page->last_key);
                }
                ASSERT_LE(++pages, 12U);
            }
            std::string expected;
            for (int i = -5; i <= 5; ++i) {
                expected += item("b", order == Order::Ascending ? i : -i) + ",";
            }
            EXPECT_EQ(items, expected) << limit;
        }
    }
}

TEST_F(PageReaderTest, SegmentsTogetherAreTheTable) {
    for (const std::uint32_t total : {1U, 2U, 3U, 7U, 1'000U}) {
        std::map<std::string, int> seen;
        for (std::uint32_t index = 0; index < total; ++index) {
            PageRequest request = scan("sorted");
            request.segment = {index, total};
            request.limit = 4;
            for (bool more = true; more;) {
                const auto page = store().read_page(request);
                ASSERT_TRUE(page) << page.error().message;
                simdjson::dom::parser parser;
                const std::string json = "[" + page->items + "]";
                for (const auto each : parser.parse(json).get_array()) {
                    ++seen[simdjson::minify(each)];
                }
                more = page->last_key.has_value();
                if (more) {
                    request.start_after = item_of(*page->last_key);
                }
            }
        }
        EXPECT_EQ(seen.size(), 33U) << total;
        for (const auto& [text, times] : seen) {
            EXPECT_EQ(times, 1) << text;
        }
    }
}

// Limit counts what is looked at, not what is shown.
TEST_F(PageReaderTest, FiltersAfterCounting) {
    PageRequest request = query("a");
    const auto even =
        tests::condition_of({"even = :t", R"({":t":{"BOOL":true}})", ""}, expression::Kind::Filter);
    ASSERT_TRUE(even);
    request.filter = *even;
    request.limit = 6;
    auto page = store().read_page(request);
    ASSERT_TRUE(page);
    EXPECT_EQ(page->scanned_count, 6U);
    EXPECT_EQ(page->count, 3U);
    EXPECT_EQ(page->last_key, key("a", 0));
    EXPECT_GT(page->evaluated_bytes, 0U);
    request.select = Select::Count;
    page = store().read_page(request);
    ASSERT_TRUE(page);
    EXPECT_EQ(page->count, 3U);
    EXPECT_EQ(page->items, "");
}

// If it fails, a page holds more than a client's memory was made for.
TEST_F(PageReaderTest, APageEndsWithTheItemThatReachesAMegabyte) {
    for (int i = 0; i < 8; ++i) {
        const std::string text(300'000, 'x');
        ASSERT_TRUE(put("sorted", R"({"n":)" + number_value(i) + R"(,"pk":{"S":"large"},"text":)" +
                                      text_value(text) + "}"));
    }
    auto page = store().read_page(query("large"));
    ASSERT_TRUE(page);
    EXPECT_EQ(page->count, 4U);
    EXPECT_EQ(page->last_key, key("large", 3));
}

TEST_F(PageReaderTest, RefusesStartingKeysThatCannotBe) {
    struct Row {
        PageRequest request;
        std::string start;
        const char* message;
    };
    PageRequest positive = query("b", {{"n", KeyOperator::Greater, number_value(0), ""}});
    PageRequest segment = scan("sorted");
    segment.segment = {0, 1'000'000};
    PageRequest single = scan("single");
    single.terms = {{"pk", KeyOperator::Equal, text_value("a"), ""}};
    const std::vector<Row> rows = {
        {query("b"), R"({"pk":{"S":"b"}})", "The provided starting key is invalid"},
        {scan("sorted"), R"({"n":{"S":"1"},"pk":{"S":"b"}})",
         "The provided starting key is invalid"},
        {query("b"), key("a", 1),
         "The provided starting key is outside query boundaries based on provided conditions"},
        {positive, key("b", -1),
         "The provided starting key does not match the range key predicate"},
        {positive, key("a", 1), "The query can return at most one row and cannot be restarted"},
        {positive, key("a", -1),
         "The provided starting key does not match the range key predicate"},
        {single, R"({"pk":{"S":"b"}})", "The provided exclusive start key is invalid"},
        {segment, key("a", 1),
         "The provided starting key is invalid: Invalid ExclusiveStartKey. Please use "
         "ExclusiveStartKey with correct Segment. TotalSegments: 1000000 Segment: 0"},
    };
    for (Row row : rows) {
        row.request.start_after = item_of(row.start);
        const auto page = store().read_page(row.request);
        ASSERT_FALSE(page) << row.message;
        EXPECT_EQ(page.error().message, row.message);
    }
    single.start_after = item_of(R"({"pk":{"S":"a"}})");
    EXPECT_EQ(store().read_page(single)->count, 0U) << "behind the only item";
    EXPECT_EQ(store().read_page(scan("nowhere")).error().message, "Requested resource not found");
}

}  // namespace
}  // namespace millbeck::capture
