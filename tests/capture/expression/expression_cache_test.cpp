// If these fail, the cache answers with another expression, grows without end, or is of no use.
#include "capture/expression/expression_cache.hpp"

#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace millbeck::capture::expression {
namespace {

std::string text_of(int i) {
    return "a" + std::to_string(i) + " = :v";
}

TEST(ExpressionCache, AnswersWithTheSameParse) {
    ExpressionCache cache;
    const auto first = cache.parse(Kind::Condition, "a = :v");
    ASSERT_TRUE(first);
    EXPECT_EQ((*first)->text, "a = :v");
    // One grammar for the three conditions, another for each of the rest.
    EXPECT_EQ(*cache.parse(Kind::Filter, "a = :v"), *first);
    EXPECT_EQ(cache.size(), 1U);
    ASSERT_TRUE(cache.parse(Kind::Projection, "a"));
    EXPECT_FALSE(cache.parse(Kind::Condition, "a"));
    EXPECT_FALSE(cache.parse(Kind::Update, "a"));
    EXPECT_EQ(cache.size(), 2U);
    // What was handed out stays when the cache is gone.
    std::shared_ptr<const Syntax> kept;
    {
        ExpressionCache other;
        kept = *other.parse(Kind::Condition, "b = :v");
    }
    EXPECT_EQ(kept->text, "b = :v");
}

TEST(ExpressionCache, KeepsTheErrorsKind) {
    ExpressionCache cache;
    for (const Kind kind : {Kind::Filter, Kind::Condition, Kind::Filter}) {
        const auto refused = cache.parse(kind, "a =");
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().message, "Invalid " + std::string(to_string(kind)) +
                                               ": Syntax error; token: \"<EOF>\", near: \"=\"");
    }
    EXPECT_EQ(cache.size(), 0U);
}

TEST(ExpressionCache, HoldsNoMoreThanItMay) {
    ExpressionCache few({.entries_max = 64, .bytes_max = 1u << 20});
    for (int i = 0; i < 1'000; ++i) {
        ASSERT_TRUE(few.parse(Kind::Condition, text_of(i)));
        ASSERT_LE(few.size(), 64U);
    }
    EXPECT_GE(few.size(), 16U);
    ExpressionCache small({.entries_max = 1'000'000, .bytes_max = 64u << 10});
    for (int i = 0; i < 1'000; ++i) {
        ASSERT_TRUE(small.parse(Kind::Condition, text_of(i)));
    }
    EXPECT_LT(small.size(), 250U);
    EXPECT_GT(small.size(), 20U);
    // Too large for the cache, but parsed all the same.
    std::string large = "a";
    for (int i = 0; i < 600; ++i) {
        large += ",a" + std::to_string(i);
    }
    EXPECT_TRUE(small.parse(Kind::Projection, large));
}

TEST(ExpressionCache, KeepsWhatIsUsed) {
    ExpressionCache cache({.entries_max = 64, .bytes_max = 1u << 20});
    const auto kept = *cache.parse(Kind::Condition, "kept = :v");
    for (int i = 0; i < 1'000; ++i) {
        ASSERT_TRUE(cache.parse(Kind::Condition, text_of(i)));
        ASSERT_EQ(*cache.parse(Kind::Condition, "kept = :v"), kept) << i;
    }
}

TEST(ExpressionCache, IsSharedByThreads) {
    ExpressionCache cache({.entries_max = 32, .bytes_max = 1u << 20});
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < 4; ++thread) {
        threads.emplace_back([&cache, thread] {
            for (int i = 0; i < 2'000; ++i) {
                const std::string text = text_of((i * 7 + thread) % 50);
                const auto syntax = cache.parse(Kind::Condition, text);
                ASSERT_TRUE(syntax);
                ASSERT_EQ((*syntax)->text, text);
            }
        });
    }
    threads.clear();
    EXPECT_LE(cache.size(), 32U);
}

}  // namespace
}  // namespace millbeck::capture::expression
