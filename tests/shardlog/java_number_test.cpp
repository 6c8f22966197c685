#include "shardlog/java_number.hpp"

#include <array>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace millbeck::shardlog {
namespace {

NumberFault older_fault(std::string_view text) {
    std::array<char, kNumberTextBytesMax> canonical{};
    NumberFault fault = NumberFault::None;
    write_canonical_number(canonical.data(), text, fault);
    return java_number_fault(text, fault);
}

// If it fails, a number whose exponent has more than 32 bits overflows here, or is refused with
// another message than the service's. Source of the rows: recorded of BatchWriteItem.
TEST(JavaNumber, FindsWhatDoesNotFitInto32Bits) {
    struct Row {
        NumberFault fault;
        std::vector<std::string> texts;
    };
    const std::vector<Row> rows{
        {NumberFault::None, {"0", "1e125", "-1.5E-130", "000012", "0e0"}},
        {NumberFault::NotNumeric,
         {"", "x", "1e", "1e99999999999", "-1e99999999999", "1e-99999999999", "1e2147483648",
          "1e-2147483648", "0.1e-2147483647", "-0e-2147483648", "0e-2147483648",
          "1e99999999999999999999999999999999"}},
        {NumberFault::Underflow,
         {"1e2147483647", "-1e2147483647", "0e2147483647", "1e2147483646", "10e2147483646",
          "12e2147483647", "1.5e2147483647", "1E+2147483647", "00001e2147483647", "1e-2147483647",
          "1e-131"}},
        {NumberFault::Overflow, {"1e2147483645", "1e126", "-1e126"}},
    };
    for (const Row& row : rows) {
        for (const std::string& text : row.texts) {
            EXPECT_EQ(older_fault(text), row.fault) << text;
        }
    }
}

// Too many digits stay too many digits as long as digits and exponent fit.
TEST(JavaNumber, LeavesOtherFaultsAsTheyAre) {
    const std::string digits(39, '1');
    EXPECT_EQ(older_fault(digits), NumberFault::TooManyDigits);
    EXPECT_EQ(older_fault(digits + "e2147483640"), NumberFault::Underflow);
}

}  // namespace
}  // namespace millbeck::shardlog
