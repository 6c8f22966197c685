#include "runtime/api/transaction_tokens.hpp"

#include <gtest/gtest.h>

#include "base/clock.hpp"

namespace millbeck::runtime {
namespace {

using Outcome = TransactionTokens::Outcome;

TransactionToken token(std::uint64_t name, std::uint64_t content = 1) {
    return {{name, 0}, {content, 0}};
}

// If it fails, a repeated request moves the money twice.
TEST(TransactionTokens, KnowWhatWasMadeForTenMinutes) {
    base::VirtualClock clock;
    TransactionTokens tokens(clock);
    EXPECT_EQ(tokens.begin(token(1)), TokenState::New);
    EXPECT_EQ(tokens.begin(token(1)), TokenState::InProgress);
    EXPECT_EQ(tokens.begin(token(1, 2)), TokenState::Mismatch);
    // The ten minutes begin with the end of the transaction.
    clock.advance(base::Milliseconds(700'000));
    EXPECT_EQ(tokens.begin(token(1)), TokenState::InProgress);
    tokens.end(token(1), Outcome::Completed);
    EXPECT_EQ(tokens.begin(token(1)), TokenState::Done);
    EXPECT_EQ(tokens.begin(token(1, 2)), TokenState::Mismatch);
    EXPECT_EQ(tokens.begin(token(2)), TokenState::New);
    clock.advance(base::Milliseconds(599'999));
    EXPECT_EQ(tokens.begin(token(1)), TokenState::Done);
    clock.advance(base::Milliseconds(1));
    EXPECT_EQ(tokens.begin(token(1, 2)), TokenState::New);
}

// If it fails, a client cannot try a transaction again that changed nothing.
TEST(TransactionTokens, ForgetWhatFailed) {
    base::VirtualClock clock;
    TransactionTokens tokens(clock);
    EXPECT_EQ(tokens.begin(token(1)), TokenState::New);
    tokens.end(token(1), Outcome::Failed);
    EXPECT_EQ(tokens.begin(token(1, 2)), TokenState::New);
}

// If it fails, many transactions take the memory of the node.
TEST(TransactionTokens, KeepNoMoreThanAllowed) {
    base::VirtualClock clock;
    TransactionTokens tokens(clock, {.tokens_max = 2});
    for (std::uint64_t i = 1; i <= 3; ++i) {
        EXPECT_EQ(tokens.begin(token(i)), TokenState::New);
        tokens.end(token(i), Outcome::Completed);
    }
    EXPECT_EQ(tokens.begin(token(2)), TokenState::Done);
    EXPECT_EQ(tokens.begin(token(3)), TokenState::Done);
    EXPECT_EQ(tokens.begin(token(1)), TokenState::New);
}

}  // namespace
}  // namespace millbeck::runtime
