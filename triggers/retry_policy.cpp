#include "triggers/retry_policy.hpp"

#include <algorithm>
#include <limits>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace millbeck::triggers {

namespace {
constexpr std::uint32_t kNoLimit = std::numeric_limits<std::uint32_t>::max();
}

RetryState after_outcome(RetryState state, sinks::Outcome::Kind kind) {
    MB_CHECK(kind != sinks::Outcome::Kind::Delivered, "a delivered batch is not retried");
    if (kind == sinks::Outcome::Kind::NotInvoked) {
        ++state.refusals;
    } else {
        ++state.failures;
        state.refusals = 0;
    }
    return state;
}

Ruling rule_on(const TriggerSpec& spec, const sinks::Batch& batch, const sinks::Outcome& outcome,
               const RetryState& after) {
    using Kind = Ruling::Kind;
    if (outcome.kind == sinks::Outcome::Kind::NotInvoked) {
        return {.kind = Kind::Again};
    }
    if (outcome.kind == sinks::Outcome::Kind::PartlyFailed) {
        if (const auto accepted = delivered_prefix(batch, outcome)) {
            const bool is_spent = after.failures > spec.maximum_retry_attempts.value_or(kNoLimit);
            return {.kind = *accepted > 0 ? Kind::Rest
                            : is_spent    ? Kind::GiveUp
                                          : Kind::Again,
                    .accepted = *accepted,
                    .is_reported = true};
        }
    }
    if (spec.bisect_batch_on_function_error && batch.messages.size() > 1) {
        return {.kind = Kind::Halves};
    }
    const bool is_spent = after.failures > spec.maximum_retry_attempts.value_or(kNoLimit);
    return {.kind = is_spent ? Kind::GiveUp : Kind::Again};
}

base::Milliseconds retry_wait(const base::BackoffOptions& options, const RetryState& state) {
    MB_CHECK(state.failures + state.refusals > 0, "only what failed waits for a retry");
    return base::backoff_after(options, state.refusals > 0 ? state.refusals : state.failures);
}

std::size_t expired_prefix(std::span<const RecordMark> records, base::Milliseconds retention,
                           base::WallTime now) {
    const auto kept = std::find_if(records.begin(), records.end(), [&](const RecordMark& record) {
        return now - record.time < retention;
    });
    return static_cast<std::size_t>(kept - records.begin());
}

std::optional<std::size_t> delivered_prefix(const sinks::Batch& batch,
                                            const sinks::Outcome& outcome) {
    if (outcome.failed.empty()) {
        return std::nullopt;
    }
    // Ids are sequence numbers of one width in increasing order: the text finds its place.
    const auto before = [](const sinks::Message& message, std::string_view id) {
        return message.id < id;
    };
    std::size_t lowest = batch.messages.size();
    for (const std::string& id : outcome.failed) {
        const auto found =
            std::lower_bound(batch.messages.begin(), batch.messages.end(), id, before);
        if (found == batch.messages.end() || found->id != id) {
            return std::nullopt;
        }
        lowest = std::min(lowest, static_cast<std::size_t>(found - batch.messages.begin()));
    }
    return lowest;
}

}  // namespace millbeck::triggers
