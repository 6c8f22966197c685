// The table calls against a real store.
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/api_node.hpp"
#include "tests/support/golden.hpp"

namespace millbeck::runtime {
namespace {

using tests::ApiNode;
using tests::expect_golden;

std::string table(const std::string& name, const std::string& more) {
    return R"({"TableName":")" + name +
           R"(","AttributeDefinitions":[{"AttributeName":"p","AttributeType":"S"}],)"
           R"("KeySchema":[{"AttributeName":"p","KeyType":"HASH"}])" +
           more + "}";
}

const std::string kOnDemand = R"(,"BillingMode":"PAY_PER_REQUEST")";
const std::string kUnits =
    R"(,"ProvisionedThroughput":{"ReadCapacityUnits":5,"WriteCapacityUnits":7})";

std::string named(const std::string& name, const std::string& more = "") {
    return R"({"TableName":")" + name + "\"" + more + "}";
}

// If it fails, clients read another table out of a description than the one they made.
TEST(ApiTables, DescribesTablesAsTheServiceDoes) {
    const ApiNode node;
    expect_golden("api/create_table_provisioned.json",
                  node.ok("CreateTable", table("provisioned", kUnits)));
    const std::string whole =
        R"({"TableName":"whole","BillingMode":"PAY_PER_REQUEST","AttributeDefinitions":)"
        R"([{"AttributeName":"at","AttributeType":"N"},{"AttributeName":"p","AttributeType":"B"}],)"
        R"("KeySchema":[{"AttributeName":"p","KeyType":"HASH"},)"
        R"({"AttributeName":"at","KeyType":"RANGE"}],"DeletionProtectionEnabled":true,)"
        R"("TableClass":"STANDARD_INFREQUENT_ACCESS","Tags":[{"Key":"k","Value":"v"}],)"
        R"("StreamSpecification":{"StreamEnabled":true,"StreamViewType":"NEW_AND_OLD_IMAGES"}})";
    expect_golden("api/create_table_whole.json", node.ok("CreateTable", whole));
    EXPECT_EQ(node.ok("PutItem", R"({"TableName":"whole","Item":{"p":{"B":"AQ=="},)"
                                 R"("at":{"N":"1"}}})"),
              "{}");
    expect_golden("api/describe_table_whole.json", node.ok("DescribeTable", named("whole")));
}

// If it fails, infrastructure tools see changes that nobody made, or miss those they did.
TEST(ApiTables, ChangesWhatIsAskedAndNothingElse) {
    const ApiNode node;
    node.ok("CreateTable", table("tab", kUnits));
    expect_golden("api/update_table_stream_on.json",
                  node.ok("UpdateTable", named("tab", R"(,"StreamSpecification":)"
                                                      R"({"StreamEnabled":true,)"
                                                      R"("StreamViewType":"KEYS_ONLY"})")));
    expect_golden(
        "api/update_table_stream_off.json",
        node.ok("UpdateTable", named("tab", R"(,"StreamSpecification":{"StreamEnabled":false})")));
    expect_golden("api/update_table_on_demand.json",
                  node.ok("UpdateTable", named("tab", R"(,"BillingMode":"PAY_PER_REQUEST")")));
    const std::string protect = R"(,"DeletionProtectionEnabled":)";
    node.ok("UpdateTable", named("tab", protect + "true"));
    expect_golden("api/delete_table_protected.json", node.call("DeleteTable", named("tab")).body);
    node.ok("UpdateTable", named("tab", protect + "false"));
    expect_golden("api/delete_table.json", node.ok("DeleteTable", named("tab")));
    expect_golden("api/describe_table_unknown.json", node.call("DescribeTable", named("tab")).body);
}

// If it fails, infrastructure tools do not see when a table became on demand, and change it again.
TEST(ApiTables, SaysWhenATableBecameOnDemandAlsoAfterwards) {
    const ApiNode node;
    node.ok("CreateTable", table("tab", kUnits));
    const std::string summary = R"("BillingModeSummary":{"BillingMode":)";
    EXPECT_EQ(node.ok("DescribeTable", named("tab")).find(summary), std::string::npos);
    node.ok("UpdateTable", named("tab", kOnDemand));
    const std::string since = R"(,"LastUpdateToPayPerRequestDateTime":1700000000.000})";
    EXPECT_NE(node.ok("DescribeTable", named("tab")).find(summary + R"("PAY_PER_REQUEST")" + since),
              std::string::npos);
    node.ok("UpdateTable", named("tab", R"(,"BillingMode":"PROVISIONED")" + kUnits));
    EXPECT_NE(node.ok("DescribeTable", named("tab")).find(summary + R"("PROVISIONED")" + since),
              std::string::npos);
}

// If it fails, infrastructure tools set capacity or encryption again at every run.
TEST(ApiTables, TellsCapacityAndEncryptionAsTheyWereSet) {
    const ApiNode node;
    const auto has = [&](const std::string& answer, const std::string& text) {
        EXPECT_NE(answer.find(text), std::string::npos) << text << " is not in " << answer;
    };
    const std::string warm = R"("WarmThroughput":{"ReadUnitsPerSecond":13000,)"
                             R"("WriteUnitsPerSecond":4000,"Status":"ACTIVE"})";
    const std::string id = "1234abcd-12ab-34cd-56ef-1234567890ab";
    const std::string made = node.ok(
        "CreateTable",
        table("tab", kOnDemand + R"(,"OnDemandThroughput":{"MaxReadRequestUnits":9},)" +
                         R"("WarmThroughput":{"ReadUnitsPerSecond":13000},)" +
                         R"("SSESpecification":{"SSEType":"KMS","KMSMasterKeyId":")" + id + "\"}"));
    const std::string encrypted = R"("SSEDescription":{"Status":"ENABLED","SSEType":"KMS",)"
                                  R"("KMSMasterKeyArn":"arn:aws:kms:)";
    for (const std::string& answer : {made, node.ok("DescribeTable", named("tab"))}) {
        has(answer, R"("OnDemandThroughput":{"MaxReadRequestUnits":9})");
        has(answer, warm);
        has(answer, encrypted);
        has(answer, ":key/" + id + "\"}");
    }
    has(node.ok("UpdateTable", named("tab", R"(,"OnDemandThroughput":{"MaxReadRequestUnits":-1})")),
        R"("OnDemandThroughput":{"MaxReadRequestUnits":-1})");
    EXPECT_EQ(node.ok("DescribeTable", named("tab")).find("OnDemandThroughput"), std::string::npos);
    const std::string off = R"(,"SSESpecification":{"Enabled":false})";
    EXPECT_EQ(node.ok("UpdateTable", named("tab", off)).find("SSEDescription"), std::string::npos);
    has(node.call("UpdateTable", named("tab", off)).body, "Table is already encrypted by default");
    const std::string arn = "arn:aws:kms:eu-west-1:111122223333:key/" + id;
    has(node.ok("UpdateTable",
                named("tab", R"(,"SSESpecification":{"Enabled":true,"SSEType":"KMS",)"
                             R"("KMSMasterKeyId":")" +
                                 arn + "\"}")),
        R"("KMSMasterKeyArn":")" + arn + "\"");
    has(node.call("UpdateTable", named("tab", R"(,"WarmThroughput":{"ReadUnitsPerSecond":12000})"))
            .body,
        "is lower than current WarmThroughput, decreasing WarmThroughput is not supported");
}

// If it fails, a list of tables misses some, repeats some or never ends.
TEST(ApiTables, ListsInPages) {
    const ApiNode node;
    for (const std::string name : {"tab-c", "tab-a", "tab-d", "tab-b"}) {
        node.ok("CreateTable", table(name, kOnDemand));
    }
    EXPECT_EQ(node.ok("ListTables", "{}"), R"({"TableNames":["tab-a","tab-b","tab-c","tab-d"]})");
    EXPECT_EQ(node.ok("ListTables", R"({"Limit":2})"),
              R"({"TableNames":["tab-a","tab-b"],"LastEvaluatedTableName":"tab-b"})");
    EXPECT_EQ(node.ok("ListTables", R"({"Limit":2,"ExclusiveStartTableName":"tab-b"})"),
              R"({"TableNames":["tab-c","tab-d"]})");
    EXPECT_EQ(node.ok("ListTables", R"({"ExclusiveStartTableName":"tab-ba"})"),
              R"({"TableNames":["tab-c","tab-d"]})");
}

// If it fails, clients that act on the type or the words of a refusal go wrong.
TEST(ApiTables, RefusesWhatTheStateForbids) {
    const ApiNode node;
    node.ok("CreateTable", table("tab", kUnits));
    const std::string invalid = R"({"__type":"com.amazon.coral.validate#ValidationException",)";
    const std::string in_use =
        R"({"__type":"com.amazonaws.dynamodb.v20120810#ResourceInUseException",)";
    struct Row {
        std::string call, body, answer;
    };
    const std::vector<Row> rows{
        {"CreateTable", table("tab", kOnDemand),
         in_use + R"("message":"Table already exists: tab"})"},
        {"UpdateTable", named("tab", R"(,"StreamSpecification":{"StreamEnabled":false})"),
         invalid + R"("message":"Table has no stream to disable: TableName: tab"})"},
        {"UpdateTable", named("none", R"(,"DeletionProtectionEnabled":true)"),
         R"({"__type":"com.amazonaws.dynamodb.v20120810#ResourceNotFoundException",)"
         R"("message":"Requested resource not found: Table: none not found"})"},
        {"GetItem", named("none", R"(,"Key":{"p":{"S":"x"}})"),
         R"({"__type":"com.amazonaws.dynamodb.v20120810#ResourceNotFoundException",)"
         R"("message":"Requested resource not found"})"},
    };
    for (const auto& row : rows) {
        const auto response = node.call(row.call, row.body);
        EXPECT_EQ(response.status, 400U);
        EXPECT_EQ(response.body, row.answer);
    }
}

}  // namespace
}  // namespace millbeck::runtime
