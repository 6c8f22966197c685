#include "triggers/retry_policy.hpp"

#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace millbeck::triggers {
namespace {

using base::Milliseconds;
using base::WallTime;
using Kind = sinks::Outcome::Kind;

TEST(RetryPolicy, RefusalsUseNoAttempt) {
    RetryState state;
    state = after_outcome(state, Kind::Failed);
    state = after_outcome(state, Kind::NotInvoked);
    state = after_outcome(state, Kind::NotInvoked);
    EXPECT_EQ(state, (RetryState{.failures = 1, .refusals = 2}));
    state = after_outcome(state, Kind::PartlyFailed);
    EXPECT_EQ(state, (RetryState{.failures = 2, .refusals = 0}));
}

// If it fails, a target that is down is asked in a loop, or hardly ever again.
TEST(RetryPolicy, WaitsLongerWithEachFailureUpToTheBound) {
    const base::BackoffOptions options;
    const std::vector<std::pair<RetryState, int>> rows = {
        {{.failures = 1, .refusals = 0}, 500},  {{.failures = 2, .refusals = 0}, 1000},
        {{.failures = 3, .refusals = 0}, 2000}, {{.failures = 30, .refusals = 0}, 60'000},
        {{.failures = 9, .refusals = 1}, 500},  {{.failures = 0, .refusals = 3}, 2000},
    };
    for (const auto& [state, wait_ms] : rows) {
        EXPECT_EQ(retry_wait(options, state), Milliseconds{wait_ms})
            << state.failures << " failures, " << state.refusals << " refusals";
    }
}

// Only a prefix expires, also when a clock that stepped back left an old time behind a young one.
TEST(RetryPolicy, ExpiresAPrefixAtExactlyTheRetention) {
    const WallTime now{Milliseconds{10'000}};
    const auto mark = [](std::int64_t time_ms) {
        return RecordMark{shardlog::SequenceNumber{1}, WallTime{Milliseconds{time_ms}}};
    };
    const std::vector<std::pair<std::vector<RecordMark>, std::size_t>> rows = {
        {{}, 0},
        {{mark(9'001)}, 0},
        {{mark(9'000)}, 1},
        {{mark(8'000), mark(9'000), mark(9'500)}, 2},
        {{mark(9'500), mark(1'000)}, 0},
    };
    for (const auto& [records, expired] : rows) {
        EXPECT_EQ(expired_prefix(records, Milliseconds{1'000}, now), expired);
    }
}

// If it fails, records after a failed one are skipped, or the wrong ones are sent again.
TEST(RetryPolicy, APartialFailureAcknowledgesWhatIsBelowTheLowestId) {
    sinks::Batch batch;
    const std::vector<std::string> ids = {"100", "101", "105"};
    for (const std::string& id : ids) {
        batch.messages.push_back({id, "", "{}"});
    }
    const std::vector<std::pair<std::vector<std::string>, std::optional<std::size_t>>> rows = {
        {{"100"}, 0},
        {{"101"}, 1},
        {{"105"}, 2},
        {{"101", "105"}, 1},
        {{"105", "101"}, 1},
        {{}, std::nullopt},
        {{"104"}, std::nullopt},
        {{"106"}, std::nullopt},
        {{""}, std::nullopt},
        {{"101", "999"}, std::nullopt},
    };
    for (const auto& [failed, expected] : rows) {
        sinks::Outcome outcome;
        outcome.kind = Kind::PartlyFailed;
        outcome.failed = failed;
        EXPECT_EQ(delivered_prefix(batch, outcome), expected)
            << (failed.empty() ? "no ids" : failed.front());
    }
}

}  // namespace
}  // namespace millbeck::triggers
