// If it fails, texts list names in another order than the service's, whose lists these are.
#include "capture/java_hash_order.hpp"

#include <gtest/gtest.h>

namespace millbeck::capture {
namespace {

TEST(JavaHashOrder, IsThatOfRecordedTexts) {
    struct Row {
        std::vector<std::string_view> names;
        Buckets buckets;
        std::string listed;
    };
    const std::vector<Row> rows{
        {{"PK", "h", "a", "unused"}, Buckets::BySize, "h, a, unused, PK"},
        {{"PK", "h", "a"}, Buckets::Sixteen, "a, h, PK"},
        {{"orderId", "customerId", "status", "createdAt", "notUsed"},
         Buckets::BySize,
         "customerId, createdAt, notUsed, orderId, status"},
        {{"orderId", "customerId", "createdAt", "status"},
         Buckets::Sixteen,
         "createdAt, orderId, customerId, status"},
        {{"PK", "a", "b", "c", "d", "u1", "u2"}, Buckets::BySize, "a, b, c, d, PK, u1, u2"},
        {{"PK", "a", "b", "c", "d", "u1"}, Buckets::BySize, "a, b, PK, c, d, u1"},
        {{"pk", "sk", "l1", "spare"}, Buckets::BySize, "sk, pk, l1, spare"},
        {{"h", "a", "zz"}, Buckets::BySize, "h, zz, a"},
        {{"w", "x", "y", "q"}, Buckets::BySize, "x, y, q, w"},
        {{"PK", "w", "x", "y"}, Buckets::BySize, "x, y, PK, w"},
        {{}, Buckets::BySize, ""},
    };
    for (const Row& row : rows) {
        EXPECT_EQ(join_names(java_hash_order(row.names, row.buckets)), row.listed);
    }
}

}  // namespace
}  // namespace millbeck::capture
