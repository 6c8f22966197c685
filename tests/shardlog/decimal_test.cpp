// If these fail, counters drift: an increment is lost, rounded, or refused where it fits.
#include "shardlog/decimal.hpp"

#include <array>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace millbeck::shardlog {
namespace {

std::string combined(bool subtract, const std::string& a, const std::string& b) {
    std::array<char, kNumberTextBytesMax> out{};
    NumberFault fault = NumberFault::None;
    const std::size_t size = (subtract ? subtract_numbers : add_numbers)(out.data(), a, b, fault);
    if (fault != NumberFault::None) {
        EXPECT_EQ(size, 0U);
        return fault == NumberFault::Overflow ? "overflow" : "underflow";
    }
    return {out.data(), size};
}

std::string zeros(std::size_t count) {
    return std::string(count, '0');
}

TEST(Decimal, AddsAndSubtractsExactly) {
    struct Row {
        std::string a, b, sum, difference;
    };
    const std::string nines(38, '9');
    const std::string tiny = "0." + zeros(129) + "1";
    const std::vector<Row> rows{
        {"1", "2", "3", "-1"},
        {"0", "0", "0", "0"},
        {"0", "-5.5", "-5.5", "5.5"},
        {"-5.5", "0", "-5.5", "-5.5"},
        {"0.1", "0.2", "0.3", "-0.1"},
        {"1.5", "-1.5", "0", "3"},
        {"10", "0.5", "10.5", "9.5"},
        {"999999999999999999", "1", "1000000000000000000", "999999999999999998"},
        {"-999999999999999999", "-999999999999999999", "-1999999999999999998", "0"},
        {"99999999999999999999", "1", "100000000000000000000", "99999999999999999998"},
        {nines, "1", "1" + zeros(38), nines.substr(1) + "8"},
        {"1" + zeros(38), "1", "overflow", nines},
        {nines, "0.1", "overflow", "overflow"},
        {"1" + zeros(50), "1", "overflow", "overflow"},
        {"1" + zeros(125), tiny, "overflow", "overflow"},
        {tiny, tiny, "0." + zeros(129) + "2", "0"},
        {"0." + zeros(129) + "12", tiny, "0." + zeros(129) + "22", "underflow"},
        {"9" + zeros(125), "1" + zeros(125), "overflow", "8" + zeros(125)},
        {"-9" + zeros(125), "1" + zeros(125), "-8" + zeros(125), "overflow"},
        {"5" + zeros(37), "5" + zeros(37), "1" + zeros(38), "0"},
        {"12" + zeros(35) + ".5", "0.5", "12" + zeros(34) + "1", "12" + zeros(35)},
    };
    for (const Row& row : rows) {
        SCOPED_TRACE(row.a + " and " + row.b);
        EXPECT_EQ(combined(false, row.a, row.b), row.sum);
        EXPECT_EQ(combined(false, row.b, row.a), row.sum);
        EXPECT_EQ(combined(true, row.a, row.b), row.difference);
    }
}

}  // namespace
}  // namespace millbeck::shardlog
