// Documents that are there after a restart.
#include "runtime/lambda/document_store.hpp"

#include <gtest/gtest.h>

#include "tests/support/temp_folder.hpp"

namespace millbeck::runtime::lambda {
namespace {

// If it fails, a mapping or a role that was answered is gone, or a deleted one is back.
TEST(DocumentStore, KeepsByKindAndName) {
    const tests::TempFolder folder;
    const base::Path file = folder.path() / "lambda.db";
    {
        const auto store = DocumentStore::open(file);
        ASSERT_TRUE(store.has_value()) << store.error().message;
        ASSERT_TRUE((*store)->put("a", {"2", "{}"}));
        ASSERT_TRUE((*store)->put("a", {"1", "old"}));
        ASSERT_TRUE((*store)->put("a", {"1", "new"}));
        ASSERT_TRUE((*store)->put("b", {"1", "other"}));
        ASSERT_TRUE((*store)->put("a", {"3", "gone"}));
        EXPECT_TRUE((*store)->remove("a", "3").value());
        EXPECT_FALSE((*store)->remove("a", "3").value());
    }
    const auto store = DocumentStore::open(file);
    ASSERT_TRUE(store.has_value()) << store.error().message;
    EXPECT_EQ((*store)->all("a").value(), (std::vector<Document>{{"1", "new"}, {"2", "{}"}}));
    EXPECT_EQ((*store)->find("b", "1").value(), "other");
    EXPECT_EQ((*store)->find("b", "2").value(), std::nullopt);
    EXPECT_TRUE((*store)->all("c").value().empty());
}

}  // namespace
}  // namespace millbeck::runtime::lambda
