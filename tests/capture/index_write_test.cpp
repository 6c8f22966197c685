#include "capture/index_write.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/items.hpp"

namespace millbeck::capture {
namespace {

using shardlog::AttributeType;
using shardlog::TableId;

// Of a table (pk, sk): one of each kind and projection, and the entries by time to live.
std::vector<IndexPlan> plans() {
    const KeySchema table{{"pk", AttributeType::S}, KeyAttribute{"sk", AttributeType::S}};
    const KeyAttribute group{"g", AttributeType::S};
    const KeyAttribute rank{"n", AttributeType::N};
    IndexSpec local{.name = "local", .kind = IndexKind::Local, .keys = {table.hash, rank}};
    local.projection = IndexProjection::KeysOnly;
    const IndexSpec all{.name = "all", .keys = {group, rank}};
    IndexSpec some{.name = "some", .keys = {group, {}}};
    some.projection = IndexProjection::Include;
    some.included = {"x"};
    return {{local, TableId{2}, table},
            {all, TableId{3}, table},
            {some, TableId{4}, table},
            {TimeToLive{"n", TableId{5}}, table}};
}

// "" is no item. `local -9 +9`: an entry of 9 bytes went, one of 9 came.
std::string written(const std::string& before, const std::string& after) {
    const auto item = [](const std::string& more) {
        return more.empty() ? shardlog::Item{}
                            : tests::item_of(R"({"pk":{"S":"a"},"sk":{"S":"b"})" + more + "}");
    };
    const shardlog::Item old = item(before);
    const shardlog::Item now = item(after);
    std::string text;
    for (const IndexWrite& write :
         index_writes(plans(), before.empty() ? shardlog::ItemView{} : old.view(),
                      after.empty() ? shardlog::ItemView{} : now.view())) {
        text += write.index;
        text += write.kind == IndexKind::Local ? "*" : "";
        text += write.removed_bytes > 0 ? " -" + std::to_string(write.removed_bytes) : "";
        text += write.put_bytes > 0 ? " +" + std::to_string(write.put_bytes) : "";
        text += "; ";
    }
    return text;
}

// Keys are 6 bytes, `n` 3, `g` 2, `x` and `o` 1 and their text. If it fails, a program that
// watches what its indexes cost sees wrong figures.
TEST(IndexWrite, TellsWhatAWriteDoesToEveryIndex) {
    const std::string g = R"(,"g":{"S":"A"})";
    const std::string h = R"(,"g":{"S":"B"})";
    const std::string n = R"(,"n":{"N":"1"})";
    const std::string m = R"(,"n":{"N":"2"})";
    const std::string x = R"(,"x":{"S":"12"})";
    const std::string y = R"(,"x":{"S":"3"})";
    const std::string o = R"(,"o":{"S":"4"})";
    const std::string bare = " ";
    struct Row {
        std::string before, after, written;
    };
    const std::vector<Row> rows{
        {"", "", ""},
        {"", bare, ""},
        {bare, "", ""},
        // comes, goes
        {"", g + n + x, "local* +9; all +14; some +11; "},
        {g + n + x, "", "local* -9; all -14; some -11; "},
        {bare, n, "local* +9; "},
        {n, bare, "local* -9; "},
        {g, g + n, "local* +9; all +11; "},
        // stays as it is
        {g + n + x, g + n + x, ""},
        {g, g + o, ""},
        {n, n + o, ""},
        // the same keys, other attributes: once, the larger
        {g + n, g + n + o, "all +13; "},
        {g + n + o, g + n, "all +13; "},
        {g + n + x, g + n + y, "all +14; some +11; "},
        {g + y, g + x, "some +11; "},
        // other keys: deleted and put
        {n, m, "local* -9 +9; "},
        {g + x, h + y, "some -11 +10; "},
        {g + n + x, h + m, "local* -9 +9; all -14 +11; some -11 +8; "},
        // of another type from before the index: no entry
        {R"(,"g":{"N":"1"})", g, "some +8; "},
    };
    for (const Row& row : rows) {
        EXPECT_EQ(written(row.before, row.after), row.written) << row.before << " > " << row.after;
    }
}

}  // namespace
}  // namespace millbeck::capture
