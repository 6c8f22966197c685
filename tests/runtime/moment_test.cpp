#include "runtime/config/moment.hpp"

#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace millbeck::runtime {
namespace {

using shardlog::SequenceNumber;

struct InstantRow {
    std::string text;
    std::string instant;  // "": refused
};

// If it fails, a time that somebody writes means another one, and other records are delivered.
TEST(Moment, ReadsInstants) {
    const std::vector<InstantRow> rows{
        {"2026-02-28T13:45:10Z", "2026-02-28T13:45:10.000"},
        {"2026-02-28t13:45:10z", "2026-02-28T13:45:10.000"},
        {"2026-02-28 13:45:10.25Z", "2026-02-28T13:45:10.250"},
        {"2026-02-28T13:45:10.1239999Z", "2026-02-28T13:45:10.123"},
        {"2026-02-28T14:45:10+01:00", "2026-02-28T13:45:10.000"},
        {"2026-02-28T23:45:10-05:30", "2026-03-01T05:15:10.000"},
        {"2024-02-29T00:00:00Z", "2024-02-29T00:00:00.000"},
        {"2016-12-31T23:59:60Z", "2017-01-01T00:00:00.000"},
        {"2026-02-29T00:00:00Z", ""},
        {"2026-13-01T00:00:00Z", ""},
        {"2026-02-28T24:00:00Z", ""},
        {"2026-02-28T13:60:00Z", ""},
        {"2026-02-28T13:45:10", ""},  // whose clock?
        {"2026-02-28T13:45Z", ""},
        {"2026-02-28T13:45:10.Z", ""},
        {"2026-02-28T13:45:10+1:00", ""},
        {"2026-02-28T13:45:10Z ", ""},
        {"2026-02-28", ""},
        {"", ""},
    };
    for (const InstantRow& row : rows) {
        const auto read = parse_instant(row.text);
        EXPECT_EQ(read ? base::to_iso8601(*read) : "", row.instant) << row.text;
        EXPECT_TRUE(read || read.error().code == base::Code::Invalid);
    }
}

struct MomentRow {
    std::string text;
    std::optional<Moment> moment;
};

TEST(Moment, IsASequenceNumberAnAgeOrAnInstant) {
    const base::WallTime now{base::Milliseconds{1'700'000'000'000}};
    const std::vector<MomentRow> rows{
        {"100000000000000000000", SequenceNumber{0}},
        {"100000000000000000017", SequenceNumber{17}},
        {"2h", now - base::Milliseconds{7'200'000}},
        {"2h ago", now - base::Milliseconds{7'200'000}},
        {"1500ms", now - base::Milliseconds{1'500}},
        {"2023-11-14T22:13:20Z", now},
        {"0", now - base::Milliseconds{0}},
        {"17", std::nullopt},
        {"2 h", std::nullopt},
        {"-2h", std::nullopt},
        {"yesterday", std::nullopt},
        {"1960-01-01T00:00:00Z", std::nullopt},
        {"100000d", std::nullopt},
        {"12345678901234567890123456789012345678901", std::nullopt},
        {"", std::nullopt},
    };
    for (const MomentRow& row : rows) {
        const auto read = parse_moment(row.text, now);
        EXPECT_EQ(read ? std::optional(*read) : std::nullopt, row.moment) << row.text;
    }
}

}  // namespace
}  // namespace millbeck::runtime
