#include "runtime/api/transaction_tokens.hpp"

#include <future>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "base/clock.hpp"
#include "tests/support/api_node.hpp"

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

// Makes a transaction of the token's row alone.
void make(tests::ApiNode& node, TransactionTokens& tokens, const TransactionToken& token) {
    EXPECT_EQ(tokens.begin(token), TokenState::New);
    std::vector<capture::Commit> commits(1);
    commits[0].emplace_back(tokens.row(token));
    std::promise<bool> made;
    node.store().submit(std::move(commits),
                        [&](const auto& results) { made.set_value(results.has_value()); });
    EXPECT_TRUE(made.get_future().get());
    tokens.end(token, Outcome::Completed);
}

// If it fails, a restart, or the crash behind it, lets a repeated request move the money twice; or
// rows pile up for ever.
TEST(TransactionTokens, AreReadFromTheirRowsAfterARestart) {
    tests::ApiNode node;
    const TransactionTokenOptions options{.tokens_max = 3};
    TransactionTokens before(node.clock(), options);
    ASSERT_TRUE(before.load(node.store()));
    for (std::uint64_t i = 1; i <= 4; ++i) {
        make(node, before, token(i, 10 * i));
        node.clock().advance(base::Milliseconds(60'000));
    }
    TransactionTokens after(node.clock(), options);
    ASSERT_TRUE(after.load(node.store()));
    EXPECT_EQ(after.begin(token(4, 40)), TokenState::Done);
    EXPECT_EQ(after.begin(token(4, 41)), TokenState::Mismatch);
    EXPECT_EQ(after.begin(token(2, 20)), TokenState::Done);
    EXPECT_EQ(after.begin(token(1, 10)), TokenState::New) << "beyond the most, the oldest goes";
    after.end(token(1, 10), Outcome::Failed);
    make(node, after, token(5, 50));
    // The third is as old as it may become, and the row of the second was written over.
    node.clock().advance(base::Milliseconds(600'000 - 120'000));
    TransactionTokens later(node.clock(), options);
    ASSERT_TRUE(later.load(node.store()));
    EXPECT_EQ(later.begin(token(2, 20)), TokenState::New);
    EXPECT_EQ(later.begin(token(3, 30)), TokenState::New);
    EXPECT_EQ(later.begin(token(4, 40)), TokenState::Done);
    EXPECT_EQ(later.begin(token(5, 51)), TokenState::Mismatch);
    node.clock().advance(base::Milliseconds(60'000));
    EXPECT_EQ(later.begin(token(4, 40)), TokenState::New);
}

}  // namespace
}  // namespace millbeck::runtime
