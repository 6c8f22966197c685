// If it fails, UpdateItem takes an update that the service refuses for its size, or the reverse.
#include "capture/expression/update_charge.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "capture/expression/update.hpp"
#include "shardlog/item.hpp"
#include "tests/support/expressions.hpp"

namespace millbeck::capture::expression {
namespace {

std::string text(std::size_t length) {
    return R"({"S":")" + std::string(length, 'x') + "\"}";
}

// `most`: the longest :pad that the service took with `SET b = :pad` and what follows, so that the
// update came to 400 KB exactly.
struct Row {
    std::string more;
    std::size_t most;
    std::string values = {};  // behind :pad
    std::string names = {};
};

std::uint64_t charged(const Row& row, std::size_t pad) {
    const auto update = tests::update_of(
        {"SET b = :pad" + row.more, R"({":pad":)" + text(pad) + row.values + "}", row.names});
    EXPECT_TRUE(update) << row.more << ": " << update.error().message;
    return update ? update_charge(update->bindings()) : 0;
}

TEST(UpdateCharge, IsWhatTheServiceCounted) {
    const std::string one = R"(,":one":{"N":"1"})";
    const std::string ten = R"(,":v":)" + text(10);
    const std::string hundred = R"(,":x":)" + text(100);
    const std::string list = R"(,":new":{"L":[)" + text(10) + "]}";
    const std::vector<Row> rows{
        {"", 409'577},
        {", c = :same", 408'557, R"(,":same":)" + text(1000)},
        {", n = :two", 409'555, R"(,":two":{"N":"2"})"},
        {", n = n + :one", 409'505, one},
        {", n = :one + n", 409'505, one},
        {", n = (n + :one)", 409'505, one},
        {", n = n - :one", 409'502, one},
        {", n = n + n", 409'491},
        {", n = :one + :one", 409'519, one},
        {", n = :one - :one", 409'516, one},
        {", n = n + :big", 409'496, R"(,":big":{"N":"12345678901234567890"})"},
        {", abcdefghij = abcdefghij + :one", 409'487, one},
        {", #t = #t + :one", 409'487, one, R"({"#t":"abcdefghij"})"},
        {", c = big", 409'539},
        {", c = abcdefghij", 409'532},
        {", c = #e", 409'536, "", R"({"#e":"\u20ac\u20ac"})"},
        {", c = m.z", 409'526},
        {", c = m.zzzzz", 409'522},
        {", c = m.a.z", 409'511},
        {", c = l[0]", 409'526},
        {", c = l[10]", 409'525},
        {", c = if_not_exists(c, :v)", 409'501, R"(,":v":{"S":"v"})"},
        {", c = if_not_exists(c, :v)", 409'492, ten},
        {", c = if_not_exists(c, :x)", 409'501, R"(,":x":{"BOOL":true})"},
        {", c = if_not_exists(c, :x)", 409'501, R"(,":x":{"NULL":true})"},
        {", c = if_not_exists(c, :x)", 409'495, R"(,":x":{"NS":["1","22","333"]})"},
        {", c = if_not_exists(c, :x)", 409'402, hundred},
        {", c = if_not_exists(c, :m)", 409'397, R"(,":m":{"M":{"a":)" + text(100) + "}}"},
        {", c = if_not_exists(c, :x), d = if_not_exists(d, :x)", 409'227, hundred},
        {", l = list_append(l, :new)", 409'490, list},
        {", l = list_append(:new, l)", 409'490, list},
        {", l = list_append(if_not_exists(l, :e), :new)", 409'448, list + R"(,":e":{"L":[]})"},
        {", l[0] = :v", 409'542, ten},
        {", l[10] = :v", 409'541, ten},
        {", m.a.x = :v", 409'537, ten},
        {", mmmmm.xxxxx = :v", 409'534, ten},
        {", m.#e = :v", 409'537, ten, R"({"#e":"\u20ac\u20ac"})"},
        {" REMOVE abcdefghij", 409'566},
        {" REMOVE m.y", 409'570},
        {" REMOVE abcdefghij[1]", 409'561},
        {" REMOVE m.a.y", 409'565},
        {" DELETE abcdefghij :rm", 409'566, R"(,":rm":{"SS":["qqqqqqqqqqqqqqqqqqqq"]})"},
        {" ADD n :one", 409'555, one},
        {" ADD abcdefghij :one", 409'546, one},
        {" ADD m.n :one", 409'550, one},
    };
    for (const Row& row : rows) {
        EXPECT_EQ(charged(row, 1) + row.most - 1, shardlog::kItemBytesMax) << row.more;
    }
    EXPECT_EQ(charged(rows[0], 409'577), shardlog::kItemBytesMax);
}

}  // namespace
}  // namespace millbeck::capture::expression
