// If these fail, numbers come back as other text, or the service's refusals change their words.
#include "shardlog/number.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace millbeck::shardlog {
namespace {

constexpr std::string_view kOverflow =
    "Number overflow. Attempting to store a number with magnitude larger than supported range";
constexpr std::string_view kUnderflow =
    "Number underflow. Attempting to store a number with magnitude smaller than supported range";
constexpr std::string_view kDigits =
    "Attempting to store more than 38 significant digits in a Number";
constexpr std::string_view kNotNumeric = "The parameter cannot be converted to a numeric value";

std::string canonical(std::string_view text) {
    std::string out;
    const auto status = append_canonical_number(out, text);
    return status ? out : status.error().message;
}

std::string zeros(std::size_t count) {
    return std::string(count, '0');
}

TEST(Number, IsWrittenPlainlyWhateverItsSpelling) {
    struct Row {
        std::string text, canonical;
    };
    const std::vector<Row> rows{
        {"0", "0"},
        {"-0", "0"},
        {"+0", "0"},
        {"0.00", "0"},
        {"000", "0"},
        {"1", "1"},
        {"+1", "1"},
        {"-1", "-1"},
        {"007", "7"},
        {"1.0", "1"},
        {"1.", "1"},
        {".5", "0.5"},
        {"-.5", "-0.5"},
        {"1e3", "1000"},
        {"1E+3", "1000"},
        {"1000e-3", "1"},
        {"1.50", "1.5"},
        {"0.0010", "0.001"},
        {"12.34e1", "123.4"},
        {"12.34e2", "1234"},
        {"12.34e-3", "0.01234"},
        {"1e125", "1" + zeros(125)},
        {"1e-20", "0." + zeros(19) + "1"},
        {"1e-130", "0." + zeros(129) + "1"},
        {"0.1e126", "1" + zeros(125)},
        {"1000e-133", "0." + zeros(129) + "1"},
        {"0e125", "0"},
        {"0e-130", "0"},
        {"0.0e126", "0"},
        {"0000e0000000000000000000000000000125", "0"},
        {zeros(500) + "5" + zeros(3), "5000"},
        {"0." + zeros(100) + "1e101", "1"},
        {std::string(38, '9'), std::string(38, '9')},
        {std::string(38, '9') + zeros(88), std::string(38, '9') + zeros(88)},
        {"1.0000000000000000000000000000000000000000000000", "1"},
        {"-9.9999999999999999999999999999999999999E+125", "-" + std::string(38, '9') + zeros(88)},
    };
    for (const Row& row : rows) {
        EXPECT_EQ(canonical(row.text), row.canonical) << row.text;
    }
}

TEST(Number, OutsideTheRulesIsRefusedInTheServicesWords) {
    struct Row {
        std::string text;
        std::string message;
    };
    const std::string not_numeric(kNotNumeric);
    std::vector<Row> rows{
        {"", not_numeric},
        {"1e126", std::string(kOverflow)},
        {"-1e126", std::string(kOverflow)},
        {"10e125", std::string(kOverflow)},
        {"1e99999999999", std::string(kOverflow)},
        {"1e9223372036854775807", std::string(kOverflow)},
        {"0e126", std::string(kOverflow)},  // zero is held to the range as it is written
        {"0e-131", std::string(kUnderflow)},
        {"1e-131", std::string(kUnderflow)},
        {"-1e-131", std::string(kUnderflow)},
        {"0.1e-130", std::string(kUnderflow)},
        {"1e-99999999999", std::string(kUnderflow)},
        {"1e-00000000000000000000000000131", std::string(kUnderflow)},
        {"123456789012345678901234567890123456789", std::string(kDigits)},
        {"-1.23456789012345678901234567890123456789", std::string(kDigits)},
        {"1" + zeros(37) + "1", std::string(kDigits)},
        // Both too large and too long: the range is looked at first.
        {"1" + zeros(125) + "1", std::string(kOverflow)},
    };
    for (const std::string_view text : {"abc",
                                        "NaN",
                                        "Infinity",
                                        "-",
                                        "+",
                                        ".",
                                        "e5",
                                        "1e",
                                        "1e+",
                                        "1e1.5",
                                        "1 ",
                                        " 1",
                                        "1 2",
                                        "--1",
                                        "+-1",
                                        "1..2",
                                        "1.2.3",
                                        "0x10",
                                        "1_000",
                                        "1,5",
                                        "١",
                                        "1e9223372036854775808",
                                        "1e-9223372036854775808",
                                        "0e99999999999999999999"}) {
        rows.push_back({std::string(text), not_numeric + ": " + std::string(text)});
    }
    for (const Row& row : rows) {
        std::string out = "kept";
        const auto status = append_canonical_number(out, row.text);
        ASSERT_FALSE(status) << row.text;
        EXPECT_EQ(status.error().code, base::Code::Invalid) << row.text;
        EXPECT_EQ(status.error().message, row.message) << row.text;
        EXPECT_EQ(out, "kept") << "a refused number leaves no trace";
    }
}

TEST(Number, SizeCountsPairsOfDigitsAlignedAtThePoint) {
    struct Row {
        std::string canonical;
        std::uint32_t size_bytes;
    };
    const std::vector<Row> rows{
        {"0", 1},
        {"1", 2},
        {"42", 2},
        {"-42", 3},
        {"101", 3},
        {"100", 2},
        {"4.2", 3},
        {"10.1", 3},
        {"0.5", 2},
        {"0.05", 2},
        {"0.055", 3},
        {"120", 3},
        {"1200", 2},
        {"-0.5", 3},
        {"12345678", 5},
        {std::string(38, '9'), 20},
        {"1" + zeros(125), 2},
        {"-" + std::string(38, '9') + zeros(88), 21},
        {"0." + zeros(129) + "1", 2},
    };
    for (const Row& row : rows) {
        EXPECT_EQ(number_size_bytes(row.canonical), row.size_bytes) << row.canonical;
    }
}

// In ascending order: a sort key that broke this order would make queries skip items.
TEST(Number, SortsByValueAlsoAsBytes) {
    const std::vector<std::string> ascending{
        "-" + std::string(38, '9') + zeros(88),
        "-1" + zeros(125),
        "-1000",
        "-999.5",
        "-101",
        "-100",
        "-11",
        "-10.01",
        "-10",
        "-2",
        "-1.5",
        "-1.05",
        "-1",
        "-0.5",
        "-0.05",
        "-0." + zeros(129) + "1",
        "0",
        "0." + zeros(129) + "1",
        "0.05",
        "0.5",
        "1",
        "1.05",
        "1.5",
        "2",
        "9",
        "10",
        "10.01",
        "11",
        "99",
        "100",
        "101",
        "1000",
        "1" + zeros(125),
        std::string(38, '9') + zeros(88),
    };
    for (std::size_t i = 0; i + 1 < ascending.size(); ++i) {
        EXPECT_LT(compare_numbers(ascending[i], ascending[i + 1]), 0) << ascending[i];
        EXPECT_GT(compare_numbers(ascending[i + 1], ascending[i]), 0) << ascending[i];
        EXPECT_EQ(compare_numbers(ascending[i], ascending[i]), 0) << ascending[i];
        std::string smaller;
        std::string larger;
        append_sortable_number(smaller, ascending[i]);
        append_sortable_number(larger, ascending[i + 1]);
        EXPECT_LT(smaller, larger) << ascending[i];
    }
}

// Stored keys of old versions must keep their order: these bytes may never change.
TEST(Number, SortableBytesAreStable) {
    struct Row {
        std::string canonical, bytes;
    };
    const std::vector<Row> rows{
        {"0", "\x02"},
        {"1", std::string("\x03\x82\x0b\0", 4)},
        {"-1", "\x01\x7d\xf4\xff"},
        {"101.5", std::string("\x03\x84\x0b\x10\0", 5)},
    };
    for (const Row& row : rows) {
        std::string bytes;
        append_sortable_number(bytes, row.canonical);
        EXPECT_EQ(bytes, row.bytes) << row.canonical;
    }
}

}  // namespace
}  // namespace millbeck::shardlog
