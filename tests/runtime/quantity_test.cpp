#include "runtime/config/quantity.hpp"

#include <cstdint>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "runtime/config/nearest.hpp"

namespace millbeck::runtime {
namespace {

using base::Milliseconds;

struct DurationRow {
    std::string text;
    std::int64_t ms;  // -1: refused
    std::string shown;
};

// If it fails, 5m is five months or milliseconds.
TEST(Quantity, ReadsAndWritesDurations) {
    const std::vector<DurationRow> rows{
        {"500ms", 500, "500ms"},
        {"10s", 10'000, "10s"},
        {"5m", 300'000, "5m"},
        {"24h", 86'400'000, "24h"},
        {"7d", 604'800'000, "7d"},
        {"60s", 60'000, "1m"},
        {"90s", 90'000, "90s"},
        {"48h", 172'800'000, "48h"},
        {"0", 0, "0s"},
        {"0s", 0, "0s"},
        {"1500ms", 1'500, "1500ms"},
        {"", -1, ""},
        {"5", -1, ""},
        {"5 s", -1, ""},
        {"-5s", -1, ""},
        {"5sec", -1, ""},
        {"1.5s", -1, ""},
        {"s", -1, ""},
        {"99999999999999999d", -1, ""},
        {"5S", -1, ""},
    };
    for (const DurationRow& row : rows) {
        const auto parsed = parse_duration(row.text);
        ASSERT_EQ(parsed.has_value(), row.ms >= 0) << row.text;
        if (parsed) {
            EXPECT_EQ(parsed->count(), row.ms) << row.text;
            EXPECT_EQ(format_duration(*parsed), row.shown) << row.text;
        }
    }
}

// If it fails, a limit is a thousand times off.
TEST(Quantity, ReadsAndWritesSizes) {
    EXPECT_EQ(parse_size("64MB").value_or(0), 64u << 20);
    EXPECT_EQ(parse_size("1GB").value_or(0), 1u << 30);
    EXPECT_EQ(parse_size("3KB").value_or(0), 3072u);
    EXPECT_EQ(parse_size("17").value_or(0), 17u);
    EXPECT_EQ(parse_size("17B").value_or(0), 17u);
    for (const std::string bad :
         {"", "MB", "1.5MB", "64mb", "64 MB", "-1", "18446744073709551616"}) {
        EXPECT_FALSE(parse_size(bad)) << bad;
    }
    EXPECT_EQ(format_size(64u << 20), "64MB");
    EXPECT_EQ(format_size(1'025), "1025B");
    EXPECT_EQ(format_size(0), "0");
}

// If it fails, the suggestion is a guess, or the obvious one is missed.
TEST(Nearest, SuggestsOnlyWhatIsNear) {
    const std::vector<std::string> known{"region", "retention", "retention_bytes", "name"};
    EXPECT_EQ(nearest("regoin", known), "region");
    EXPECT_EQ(nearest("retenton", known), "retention");
    EXPECT_EQ(nearest("nmae", known), "name");
    EXPECT_EQ(nearest("something", known), "");
    EXPECT_EQ(nearest("", known), "");
    EXPECT_EQ(edit_distance("serve", "sreve"), 1u);
    EXPECT_EQ(edit_distance("abc", "abc"), 0u);
    EXPECT_EQ(edit_distance("", "abc"), 3u);
}

}  // namespace
}  // namespace millbeck::runtime
