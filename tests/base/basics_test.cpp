#include <set>
#include <string_view>

#include <gtest/gtest.h>

#include "base/backoff.hpp"
#include "base/clock.hpp"
#include "base/random.hpp"
#include "base/result.hpp"

namespace millbeck::base {
namespace {

Result<int> half_of(int value) {
    if (value % 2 != 0) {
        return fail(Code::Invalid, "odd");
    }
    return value / 2;
}

Result<int> quarter_of(int value) {
    MB_TRY(const int half, half_of(value));
    MB_TRY(const int quarter, half_of(half));
    return quarter;
}

Status check_even(int value) {
    MB_TRY_STATUS(half_of(value));
    return {};
}

// If it fails, errors vanish on their way up.
TEST(Result, TryHandsTheErrorUpAndTheValueOn) {
    EXPECT_EQ(quarter_of(8).value(), 2);
    EXPECT_EQ(quarter_of(6).error(), (Error{Code::Invalid, "odd"}));
    EXPECT_TRUE(check_even(2));
    EXPECT_EQ(check_even(3).error().code, Code::Invalid);
}

TEST(Result, ContextStandsInFrontOfTheMessage) {
    const Error error = with_context("append", Error{Code::NoSpace, "no space left"}).value();
    EXPECT_EQ(error, (Error{Code::NoSpace, "append: no space left"}));
}

// If it fails, a trigger retries for ever what can never work, or gives up what would.
TEST(Result, OnlyPassingTroubleIsRetryable) {
    std::set<std::string_view> names;
    std::set<std::string_view> retried;
    for (int i = 0; i <= static_cast<int>(Code::Internal); ++i) {
        const auto code = static_cast<Code>(i);
        names.insert(to_string(code));
        if (retryable(code)) {
            retried.insert(to_string(code));
        }
    }
    EXPECT_EQ(names.size(), static_cast<std::size_t>(Code::Internal) + 1);
    EXPECT_EQ(names.count("?"), 0u);
    EXPECT_EQ(retried,
              (std::set<std::string_view>{"Unavailable", "DeadlineExceeded", "NoSpace", "Io"}));
}

TEST(ResultDeathTest, ABrokenInvariantAbortsWithItsPlace) {
    EXPECT_DEATH(MB_CHECK(1 == 2, "numbers differ"), "basics_test.cpp:.*numbers differ.*1 == 2");
}

TEST(Clock, VirtualTimeMovesOnlyWhenTold) {
    VirtualClock clock;
    const WallTime wall = clock.wall();
    const Instant instant = clock.instant();
    EXPECT_EQ(clock.wall(), wall);
    clock.advance(Milliseconds{1500});
    EXPECT_EQ(clock.wall() - wall, Milliseconds{1500});
    EXPECT_EQ(clock.instant() - instant, Milliseconds{1500});
}

// If it fails, stream labels are not what AWS clients parse.
TEST(Clock, IsoTextIsUtcWithMilliseconds) {
    EXPECT_EQ(to_iso8601(WallTime{Milliseconds{0}}), "1970-01-01T00:00:00.000");
    EXPECT_EQ(to_iso8601(WallTime{Milliseconds{1431379293291}}), "2015-05-11T21:21:33.291");
    EXPECT_EQ(to_iso8601(WallTime{Milliseconds{951782400007}}), "2000-02-29T00:00:00.007");
    EXPECT_EQ(to_iso8601(WallTime{Milliseconds{-1}}), "1969-12-31T23:59:59.999");
}

TEST(Clock, SystemTimeIsLaterThanThisProgram) {
    EXPECT_GT(SystemClock{}.wall(), VirtualClock{}.wall());
    const Instant earlier = SystemClock{}.instant();
    EXPECT_LE(earlier, SystemClock{}.instant());
}

// If it fails, a seed printed by a failed property test replays something else.
TEST(Random, TheSameSeedGivesTheSameNumbersEverywhere) {
    const auto random = seeded_random(5489);
    // First output of mt19937_64 with its default seed, fixed by the C++ standard.
    EXPECT_EQ(random->next_u64(), 14514284786278117030ull);
    EXPECT_NE(system_random()->next_u64(), system_random()->next_u64());
}

// `x` stands for any lower-case hexadecimal digit, `V` for one of the variant's.
bool has_form(std::string_view text, std::string_view form) {
    for (std::size_t i = 0; i < form.size() && i < text.size(); ++i) {
        const std::string_view allowed = form[i] == 'x'   ? "0123456789abcdef"
                                         : form[i] == 'V' ? "89ab"
                                                          : form.substr(i, 1);
        if (allowed.find(text[i]) == std::string_view::npos) {
            return false;
        }
    }
    return text.size() == form.size();
}

TEST(Random, UuidsAreVersionFour) {
    const auto random = seeded_random(1);
    constexpr std::string_view kForm = "xxxxxxxx-xxxx-4xxx-Vxxx-xxxxxxxxxxxx";
    std::set<std::string> seen;
    for (int i = 0; i < 100; ++i) {
        const std::string uuid = make_uuid(*random);
        EXPECT_TRUE(has_form(uuid, kForm)) << uuid;
        seen.insert(uuid);
    }
    EXPECT_EQ(seen.size(), 100u);
    EXPECT_EQ(make_hex(*random, 5).size(), 5u);
}

// If it fails, a broken handler is hammered, or a repaired one waits for hours.
TEST(Backoff, DoublesUpToItsBound) {
    const BackoffOptions options{Milliseconds{500}, Milliseconds{60'000}, 2.0};
    const std::vector<std::pair<std::uint32_t, std::int64_t>> rows = {
        {0, 0}, {1, 500}, {2, 1000}, {3, 2000}, {7, 32'000}, {8, 60'000}, {4'000'000'000, 60'000}};
    for (const auto& [failures, wait] : rows) {
        EXPECT_EQ(backoff_after(options, failures).count(), wait) << failures << " failures";
    }
}

}  // namespace
}  // namespace millbeck::base
