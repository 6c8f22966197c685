// If these fail, an update writes another item than the service would, or reports other values.
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/expressions.hpp"

namespace millbeck::capture::expression {
namespace {

using tests::updated;

struct Row {
    std::string text;
    std::string values;
    std::string item;
    std::string expected;
};

void check(const std::vector<Row>& rows) {
    for (const Row& row : rows) {
        SCOPED_TRACE(row.text + " with " + row.values + " on " + row.item);
        EXPECT_EQ(updated({row.text, row.values, ""}, row.item),
                  row.expected.empty() ? "" : tests::item_of(row.expected).text());
    }
}

TEST(Update, SetsValuesPathsAndSums) {
    const std::string item = R"({"a":{"N":"1"},"b":{"S":"x"},"id":{"S":"k"},"n":{"N":"40"}})";
    check({
        {"SET n = n + :d", R"({":d":{"N":"2"}})", item,
         R"({"a":{"N":"1"},"b":{"S":"x"},"id":{"S":"k"},"n":{"N":"42"}})"},
        {"set n = :d - n", R"({":d":{"N":"0.5"}})", item,
         R"({"a":{"N":"1"},"b":{"S":"x"},"id":{"S":"k"},"n":{"N":"-39.5"}})"},
        {"SET a = n, n = a", "", item,
         R"({"a":{"N":"40"},"b":{"S":"x"},"id":{"S":"k"},"n":{"N":"1"}})"},
        {"SET m = b", "", item,
         R"({"a":{"N":"1"},"b":{"S":"x"},"id":{"S":"k"},"m":{"S":"x"},"n":{"N":"40"}})"},
        {"SET z = :d, aa = :d", R"({":d":{"N":"1"}})", item,
         R"({"a":{"N":"1"},"aa":{"N":"1"},"b":{"S":"x"},"id":{"S":"k"},"n":{"N":"40"},)"
         R"("z":{"N":"1"}})"},
        {"SET b = :m", R"({":m":{"M":{"x":{"L":[]}}}})", item,
         R"({"a":{"N":"1"},"b":{"M":{"x":{"L":[]}}},"id":{"S":"k"},"n":{"N":"40"}})"},
        {"SET n = if_not_exists(n, :d) + :d", R"({":d":{"N":"2"}})", item,
         R"({"a":{"N":"1"},"b":{"S":"x"},"id":{"S":"k"},"n":{"N":"42"}})"},
        {"SET c = if_not_exists(c, if_not_exists(d, a))", "", item,
         R"({"a":{"N":"1"},"b":{"S":"x"},"c":{"N":"1"},"id":{"S":"k"},"n":{"N":"40"}})"},
        {"SET c = (n - a)", "", item,
         R"({"a":{"N":"1"},"b":{"S":"x"},"c":{"N":"39"},"id":{"S":"k"},"n":{"N":"40"}})"},
    });
}

TEST(Update, AppendsLists) {
    const std::string item = R"({"e":{"L":[]},"id":{"S":"k"},"l":{"L":[{"N":"1"},{"N":"2"}]}})";
    const std::string value = R"({":l":{"L":[{"S":"x"}]}})";
    check({
        {"SET l = list_append(l, :l)", value, item,
         R"({"e":{"L":[]},"id":{"S":"k"},"l":{"L":[{"N":"1"},{"N":"2"},{"S":"x"}]}})"},
        {"SET l = list_append(:l, l)", value, item,
         R"({"e":{"L":[]},"id":{"S":"k"},"l":{"L":[{"S":"x"},{"N":"1"},{"N":"2"}]}})"},
        {"SET e = list_append(e, :l)", value, item,
         R"({"e":{"L":[{"S":"x"}]},"id":{"S":"k"},"l":{"L":[{"N":"1"},{"N":"2"}]}})"},
        {"SET e = list_append(l, e)", "", item,
         R"({"e":{"L":[{"N":"1"},{"N":"2"}]},"id":{"S":"k"},"l":{"L":[{"N":"1"},{"N":"2"}]}})"},
        {"SET e = list_append(e, e)", "", item, item},
        {"SET e = list_append(list_append(:l, e), if_not_exists(x, :l))", value, item,
         R"({"e":{"L":[{"S":"x"},{"S":"x"}]},"id":{"S":"k"},"l":{"L":[{"N":"1"},{"N":"2"}]}})"},
    });
}

TEST(Update, ChangesListsByTheirOldIndexes) {
    const std::string item = R"({"id":{"S":"k"},"l":{"L":[{"N":"0"},{"N":"1"},{"N":"2"}]}})";
    const std::string values = R"({":a":{"S":"a"},":b":{"S":"b"}})";
    check({
        {"SET l[1] = :a, l[0] = :b", values, item,
         R"({"id":{"S":"k"},"l":{"L":[{"S":"b"},{"S":"a"},{"N":"2"}]}})"},
        // Behind the end: at the end, in the order of the indexes.
        {"SET l[9] = :a, l[5] = :b", values, item,
         R"({"id":{"S":"k"},"l":{"L":[{"N":"0"},{"N":"1"},{"N":"2"},{"S":"b"},{"S":"a"}]}})"},
        {"REMOVE l[0], l[2]", "", item, R"({"id":{"S":"k"},"l":{"L":[{"N":"1"}]}})"},
        {"REMOVE l[7]", "", item, item},
        {"REMOVE l[0] SET l[1] = :a, l[3] = :b", values, item,
         R"({"id":{"S":"k"},"l":{"L":[{"S":"a"},{"N":"2"},{"S":"b"}]}})"},
        {"REMOVE l[0], l[1], l[2]", "", item, R"({"id":{"S":"k"},"l":{"L":[]}})"},
    });
}

TEST(Update, ReachesIntoMapsAndLists) {
    const std::string item =
        R"({"id":{"S":"k"},"m":{"M":{"a":{"N":"1"},"l":{"L":[{"M":{"x":{"N":"5"}}}]}}}})";
    check({
        {"SET m.b = :v, m.l[0].y = :v", R"({":v":{"S":"n"}})", item,
         R"({"id":{"S":"k"},"m":{"M":{"a":{"N":"1"},"b":{"S":"n"},)"
         R"("l":{"L":[{"M":{"x":{"N":"5"},"y":{"S":"n"}}}]}}}})"},
        {"REMOVE m.a, m.l[0].x", "", item, R"({"id":{"S":"k"},"m":{"M":{"l":{"L":[{"M":{}}]}}}})"},
        {"ADD m.l[0].x :v, m.c :v", R"({":v":{"N":"3"}})", item,
         R"({"id":{"S":"k"},"m":{"M":{"a":{"N":"1"},"c":{"N":"3"},)"
         R"("l":{"L":[{"M":{"x":{"N":"8"}}}]}}}})"},
        {"REMOVE m.gone", "", item, item},
        {"REMOVE m", "", item, R"({"id":{"S":"k"}})"},
        {"SET m.l = m.a, a = m.l[0]", "", item,
         R"({"a":{"M":{"x":{"N":"5"}}},"id":{"S":"k"},"m":{"M":{"a":{"N":"1"},)"
         R"("l":{"N":"1"}}}})"},
    });
}

TEST(Update, AddsAndDeletesMembersOfSets) {
    const std::string item =
        R"({"b":{"BS":["AQ=="]},"id":{"S":"k"},"n":{"NS":["1","10","2.5"]},"s":{"SS":["a\"","b"]}})";
    check({
        {"ADD n :v", R"({":v":{"NS":["3","1.0","-7"]}})", item,
         R"({"b":{"BS":["AQ=="]},"id":{"S":"k"},"n":{"NS":["-7","1","2.5","3","10"]},)"
         R"("s":{"SS":["a\"","b"]}})"},
        {"ADD s :v, b :w", R"({":v":{"SS":["a!","a\""]},":w":{"BS":["AA=="]}})", item,
         R"({"b":{"BS":["AA==","AQ=="]},"id":{"S":"k"},"n":{"NS":["1","2.5","10"]},)"
         R"("s":{"SS":["a!","a\"","b"]}})"},
        {"DELETE s :v", R"({":v":{"SS":["a\"","zz"]}})", item,
         R"({"b":{"BS":["AQ=="]},"id":{"S":"k"},"n":{"NS":["1","2.5","10"]},"s":{"SS":["b"]}})"},
        // A set is never empty: the attribute goes.
        {"DELETE s :v, n :w", R"({":v":{"SS":["a\"","b"]},":w":{"NS":["2.50"]}})", item,
         R"({"b":{"BS":["AQ=="]},"id":{"S":"k"},"n":{"NS":["1","10"]}})"},
        {"DELETE gone :v", R"({":v":{"SS":["x"]}})", item, item},
        {"ADD fresh :v", R"({":v":{"SS":["y","x"]}})", item,
         R"({"b":{"BS":["AQ=="]},"fresh":{"SS":["x","y"]},"id":{"S":"k"},)"
         R"("n":{"NS":["1","2.5","10"]},"s":{"SS":["a\"","b"]}})"},
    });
}

TEST(Update, TakesNamesThatNeedEscapes) {
    EXPECT_EQ(
        updated({"SET #m.#q = :v REMOVE #n", R"({":v":{"S":"\n"}})",
                 R"({"#m":"m","#q":"q\"\u0001","#n":"\n"})"},
                R"({"\n":{"N":"1"},"\"":{"N":"2"},"id":{"S":"k"},"m":{"M":{"a":{"N":"1"}}}})"),
        R"({"\"":{"N":"2"},"id":{"S":"k"},"m":{"M":{"a":{"N":"1"},"q\"\u0001":{"S":"\n"}}}})");
}

TEST(Update, MakesAnItemOnlyIfItGivesSomething) {
    check({
        {"SET a = :v", R"({":v":{"N":"1"}})", "", R"({"a":{"N":"1"},"id":{"S":"k"}})"},
        {"ADD z :v", R"({":v":{"N":"1"}})", "", R"({"id":{"S":"k"},"z":{"N":"1"}})"},
        {"SET a = if_not_exists(a, :v) REMOVE b", R"({":v":{"N":"1"}})", "",
         R"({"a":{"N":"1"},"id":{"S":"k"}})"},
        {"REMOVE a", "", "", ""},
        {"REMOVE a.b[3].c", "", "", ""},
        {"DELETE a :v", R"({":v":{"SS":["x"]}})", "", ""},
    });
    // No expression at all makes the item of its key.
    EXPECT_EQ(updated(Update(), ""), R"({"id":{"S":"k"}})");
    EXPECT_EQ(updated(Update(), R"({"a":{"N":"1"},"id":{"S":"k"}})"),
              R"({"a":{"N":"1"},"id":{"S":"k"}})");
}

// If it fails, UPDATED_OLD and UPDATED_NEW carry other attributes than the service's.
TEST(Update, TellsWhatItTouchedNestedAsInTheItem) {
    struct TouchRow {
        std::string text, values, item, old_attributes, new_attributes;
    };
    const std::string item =
        R"({"a":{"N":"1"},"id":{"S":"k"},"l":{"L":[{"N":"0"},{"N":"1"},{"N":"2"}]},)"
        R"("m":{"M":{"x":{"N":"1"},"y":{"N":"2"}}}})";
    const std::vector<TouchRow> rows{
        {"SET a = :v", R"({":v":{"N":"1"}})", item, R"({"a":{"N":"1"}})", R"({"a":{"N":"1"}})"},
        {"SET m.x = :v", R"({":v":{"N":"9"}})", item, R"({"m":{"M":{"x":{"N":"1"}}}})",
         R"({"m":{"M":{"x":{"N":"9"}}}})"},
        {"SET z = :v", R"({":v":{"N":"9"}})", item, "{}", R"({"z":{"N":"9"}})"},
        {"REMOVE a", "", item, R"({"a":{"N":"1"}})", "{}"},
        {"REMOVE gone", "", item, "{}", "{}"},
        // What is appended stands elsewhere than where it was asked for.
        {"SET l[7] = :v", R"({":v":{"N":"9"}})", item, "{}", "{}"},
        // What moved to where something was removed is shown.
        {"REMOVE l[1]", "", item, R"({"l":{"L":[{"N":"1"}]}})", R"({"l":{"L":[{"N":"2"}]}})"},
        {"SET l[2] = :v, l[0] = :v", R"({":v":{"N":"9"}})", item,
         R"({"l":{"L":[{"N":"0"},{"N":"2"}]}})", R"({"l":{"L":[{"N":"9"},{"N":"9"}]}})"},
    };
    for (const TouchRow& row : rows) {
        SCOPED_TRACE(row.text);
        const auto update = tests::update_of({row.text, row.values, ""});
        ASSERT_TRUE(update) << update.error().message;
        EXPECT_EQ(update->touched_attributes(item), row.old_attributes);
        EXPECT_EQ(update->touched_attributes(updated(*update, item)), row.new_attributes);
    }
    const auto update = tests::update_of({"SET a = :v", R"({":v":{"N":"1"}})", ""});
    EXPECT_EQ(update->touched_attributes(""), "{}");
}

}  // namespace
}  // namespace millbeck::capture::expression
