#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "runtime/api/request_parser.hpp"
#include "tests/runtime/refused_rows.hpp"

namespace millbeck::runtime {
namespace {

using tests::expect_refused;
using tests::on_demand;
using tests::Row;

// If it fails, a parameter that is not built is dropped in silence, and a write happens that the
// client meant to be conditional.
TEST(RequestParser, RefusesByNameWhatIsNotBuilt) {
    std::vector<Row> rows;
    for (const std::string name : {"ResourcePolicy", "GlobalTableSourceArn", "VectorIndexes",
                                   "GlobalTableSettingsReplicationMode"}) {
        rows.push_back({"CreateTable", on_demand(",\"" + name + "\":{}"), "ValidationException",
                        name + " is not supported by Millbeck yet"});
    }
    for (const std::string name : {"ReplicaUpdates", "VectorIndexUpdates", "MultiRegionConsistency",
                                   "DisassociationProtectionEnabled"}) {
        rows.push_back({"UpdateTable", R"({"TableName":"tab",")" + name + "\":[]}",
                        "ValidationException", name + " is not supported by Millbeck yet"});
    }
    for (const std::string call : {"CreateGlobalTable", "DescribeImport", "ImportTable"}) {
        rows.push_back(
            {call, "{}", "ValidationException", call + " is not supported by Millbeck yet"});
    }
    for (const std::string call : {"ListTable", "", "CreateTables", "putItem"}) {
        rows.push_back({call, "{}", "UnknownOperationException", ""});
    }
    expect_refused(rows);
}

// If it fails, calls of one service reach the other's, or a bad header is taken for a call.
TEST(RequestParser, TakesOnlyTargetsOfTheModel) {
    for (const std::string target :
         {"", "whatever", "DynamoDB_20111205.PutItem", "DynamoDBStreams_20120810.PutItem",
          "DynamoDB_20120810.GetRecords", "DynamoDB_20120810", "DynamoDB_20120810.PutItem."}) {
        const auto parsed = tests::parse(target, "{}");
        ASSERT_FALSE(parsed) << target;
        EXPECT_EQ(parsed.error().code, base::Code::UnknownOperation) << target;
    }
}

// If it fails, correct requests are refused, or come out as something else.
TEST(RequestParser, ReadsCorrectRequests) {
    const auto put = tests::parse(
        "DynamoDB_20120810.PutItem",
        R"({"Unknown":{"x":1},"ReturnConsumedCapacity":"TOTAL","TableName":"first","TableName":"tab",)"
        R"("Item":{"p":{"S":"x"},"n":{"N":"1e1"}},"ReturnValues":"ALL_OLD",)"
        R"("ConditionExpression":null,"ReturnItemCollectionMetrics":"SIZE"})");
    ASSERT_TRUE(put) << put.error().message;
    const auto& write = std::get<PutItemRequest>(*put);
    EXPECT_EQ(write.write.table.value(), "tab");
    EXPECT_EQ(write.write.item.text(), R"({"n":{"N":"10"},"p":{"S":"x"}})");
    EXPECT_EQ(write.write.return_values, capture::ReturnValues::AllOld);
    EXPECT_EQ(write.capacity, ReturnCapacity::Total);

    const auto create = tests::parse(
        "DynamoDB_20120810.CreateTable",
        on_demand(R"(,"StreamSpecification":{"StreamEnabled":true,"StreamViewType":"OLD_IMAGE"},)"
                  R"("Tags":[{"Key":"a","Value":""}],"DeletionProtectionEnabled":true,)"
                  R"("TableClass":"STANDARD")"));
    ASSERT_TRUE(create) << create.error().message;
    const auto& spec = std::get<CreateTableRequest>(*create).spec;
    EXPECT_EQ(spec.keys.hash.name, "p");
    EXPECT_FALSE(spec.keys.range);
    EXPECT_EQ(spec.stream, shardlog::StreamViewType::OldImage);
    EXPECT_TRUE(spec.deletion_protection);
    ASSERT_EQ(spec.tags.size(), 1U);

    const auto arn =
        tests::parse("DynamoDB_20120810.DescribeTable",
                     R"({"TableName":"arn:aws:dynamodb:us-east-1:000000000000:table/from-arn"})");
    ASSERT_TRUE(arn) << arn.error().message;
    EXPECT_EQ(std::get<DescribeTableRequest>(*arn).table.value(), "from-arn");

    const auto batch =
        tests::parse("DynamoDB_20120810.BatchGetItem",
                     R"({"RequestItems":{"tab":{"ConsistentRead":true,"Keys":[{"p":{"N":"1000"}},)"
                     R"({"p":{"N":"1e3"}}]}}})");
    ASSERT_TRUE(batch) << batch.error().message;
    EXPECT_EQ(std::get<BatchGetItemRequest>(*batch).tables.at(0).keys.size(), 2U);
    EXPECT_TRUE(std::get<BatchGetItemRequest>(*batch).tables.at(0).consistent);
}

}  // namespace
}  // namespace millbeck::runtime
