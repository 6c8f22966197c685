// Secondary indexes over the wire, against a real store.
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/api_node.hpp"
#include "tests/support/golden.hpp"

namespace millbeck::runtime {
namespace {

using tests::ApiNode;
using tests::expect_golden;

const std::string kUnits =
    R"("ProvisionedThroughput":{"ReadCapacityUnits":3,"WriteCapacityUnits":4})";

// Table `tab` (p, at) with a local index by x and a global one by g.
std::string indexed(const std::string& billing, const std::string& units) {
    return R"({"TableName":"tab",)" + billing +
           R"(,"AttributeDefinitions":[{"AttributeName":"p","AttributeType":"S"},)"
           R"({"AttributeName":"at","AttributeType":"N"},)"
           R"({"AttributeName":"x","AttributeType":"B"},)"
           R"({"AttributeName":"g","AttributeType":"S"}],)"
           R"("KeySchema":[{"AttributeName":"p","KeyType":"HASH"},)"
           R"({"AttributeName":"at","KeyType":"RANGE"}],)"
           R"("LocalSecondaryIndexes":[{"IndexName":"local","Projection":)"
           R"({"ProjectionType":"KEYS_ONLY"},"KeySchema":[{"AttributeName":"p","KeyType":"HASH"},)"
           R"({"AttributeName":"x","KeyType":"RANGE"}]}],)"
           R"("GlobalSecondaryIndexes":[{"IndexName":"global","Projection":)"
           R"({"ProjectionType":"INCLUDE","NonKeyAttributes":["n"]},)"
           R"("KeySchema":[{"AttributeName":"g","KeyType":"HASH"}])" +
           units + "}]}";
}

const std::string kOnDemand = R"("BillingMode":"PAY_PER_REQUEST")";

std::string put(const std::string& item) {
    return R"({"TableName":"tab","Item":)" + item + "}";
}

std::string updated(const std::string& updates, const std::string& definitions = "") {
    return R"({"TableName":"tab",)" + definitions + R"("GlobalSecondaryIndexUpdates":[)" + updates +
           "]}";
}

std::string definition(const std::string& name, const std::string& type) {
    return R"("AttributeDefinitions":[{"AttributeName":")" + name + R"(","AttributeType":")" +
           type + "\"}],";
}

std::string created(const std::string& name, const std::string& key, const std::string& more = "") {
    return R"({"Create":{"IndexName":")" + name +
           R"(","Projection":{"ProjectionType":"ALL"},"KeySchema":[{"AttributeName":")" + key +
           R"(","KeyType":"HASH"}])" + more + "}}";
}

// If it fails, infrastructure tools see other indexes than those they made, and make them again.
TEST(ApiIndexes, DescribesIndexesAsTheServiceDoes) {
    const ApiNode node;
    expect_golden("api/create_table_indexes.json", node.ok("CreateTable", indexed(kOnDemand, "")));
    node.ok("PutItem", put(R"({"p":{"S":"a"},"at":{"N":"1"},"x":{"B":"AQ=="},"g":{"S":"k"}})"));
    node.ok("PutItem", put(R"({"p":{"S":"a"},"at":{"N":"2"},"x":{"B":"AQ=="}})"));
    expect_golden("api/describe_table_indexes.json",
                  node.ok("DescribeTable", R"({"TableName":"tab"})"));
}

// If it fails, the units of an index are not what was paid for, or none after a change of billing.
TEST(ApiIndexes, KeepsUnitsOfProvisionedIndexes) {
    const ApiNode node;
    node.ok("CreateTable", indexed(kUnits, "," + kUnits));
    const std::string change = R"({"Update":{"IndexName":"global","ProvisionedThroughput":)"
                               R"({"ReadCapacityUnits":8,"WriteCapacityUnits":9}}})";
    const std::string units =
        R"("IndexStatus":"ACTIVE","ProvisionedThroughput":{"NumberOfDecreasesToday":0,)"
        R"("ReadCapacityUnits":8,"WriteCapacityUnits":9})";
    EXPECT_NE(node.ok("UpdateTable", updated(change)).find(units), std::string::npos);
    EXPECT_NE(node.call("UpdateTable", updated(change))
                  .body.find("The provisioned throughput for the index global will not change."),
              std::string::npos);
    node.ok("UpdateTable", R"({"TableName":"tab","BillingMode":"PAY_PER_REQUEST"})");
    const std::string again = R"({"TableName":"tab","BillingMode":"PROVISIONED",)" + kUnits;
    EXPECT_NE(node.call("UpdateTable", again + "}")
                  .body.find("ProvisionedThroughput must be specified for index: global"),
              std::string::npos);
    EXPECT_NE(node.ok("UpdateTable", again + R"(,"GlobalSecondaryIndexUpdates":[)" + change + "]}")
                  .find(units),
              std::string::npos);
}

TEST(ApiIndexes, RefusesIndexChangesThatTheTableForbids) {
    const ApiNode node;
    node.ok("CreateTable", indexed(kOnDemand, ""));
    const std::string invalid = R"({"__type":"com.amazon.coral.validate#ValidationException",)"
                                R"("message":")";
    const std::string values = invalid + "One or more parameter values were invalid: ";
    const std::string unknown =
        R"({"__type":"com.amazonaws.dynamodb.v20120810#ResourceNotFoundException","message":")"
        R"(Requested resource not found: Index none for table tab"})";
    const std::string local = " an index that is not a GlobalSecondaryIndex: local\"}";
    struct Row {
        std::string body, answer;
    };
    const std::vector<Row> rows{
        {updated(created("global", "x"), definition("x", "B")),
         invalid + R"(Attempting to create an index which already exists"})"},
        {updated(created("other", "x"), definition("x", "S")),
         values + "Attributes cannot be redefined. Please check that your attribute has the same "
                  "type as previously defined. Existing schema: Schema:[SchemaElement: "
                  "key{p:S:HASH}, SchemaElement: key{at:N:RANGE}] New schema: "
                  R"(Schema:[SchemaElement: key{x:S:HASH}]"})"},
        {updated(created("other", "x", "," + kUnits), definition("x", "B")),
         values + "ProvisionedThroughput should not be specified for index: other when BillingMode "
                  R"(is PAY_PER_REQUEST"})"},
        {updated(R"({"Delete":{"IndexName":"none"}})"), unknown},
        {updated(R"({"Delete":{"IndexName":"local"}})"), invalid + "Cannot delete" + local},
        {updated(R"({"Update":{"IndexName":"local",)" + kUnits + "}}"),
         invalid + "Cannot update" + local},
        {updated(R"({"Update":{"IndexName":"global",)" + kUnits + "}}"),
         values + "The only Updates for index: global when TableThroughputMode is PAY_PER_REQUEST "
                  R"(can be to OnDemandThroughput, WarmThroughput"})"},
    };
    for (const Row& row : rows) {
        const auto response = node.call("UpdateTable", row.body);
        EXPECT_EQ(response.status, 400U) << row.body;
        EXPECT_EQ(response.body, row.answer);
    }
}

// If it fails, a query of an index gives other items, other attributes, or never ends.
TEST(ApiIndexes, ReadsIndexesInPages) {
    const ApiNode node;
    node.ok("CreateTable", indexed(kOnDemand, ""));
    for (const std::string at : {"1", "2", "3"}) {
        node.ok("PutItem",
                put(R"({"p":{"S":"a"},"at":{"N":")" + at +
                    R"("},"x":{"B":"AQ=="},"g":{"S":"k"},"n":{"N":"7"},"o":{"N":"8"}})"));
    }
    const auto query = [&](const std::string& index, const std::string& key,
                           const std::string& more) {
        return node
            .call("Query", R"({"TableName":"tab","IndexName":")" + index +
                               R"(","KeyConditionExpression":")" + key +
                               R"( = :v","ExpressionAttributeValues":{":v":{"S":")" +
                               (key == "g" ? "k" : "a") + R"("}})" + more + "}")
            .body;
    };
    const std::string global = R"({"at":{"N":"1"},"g":{"S":"k"},"n":{"N":"7"},"p":{"S":"a"}})";
    const std::string key = R"({"g":{"S":"k"},"p":{"S":"a"},"at":{"N":"1"}})";
    const std::string first = query("global", "g", R"(,"Limit":1)");
    EXPECT_NE(first.find(R"("Count":1,"Items":[)" + global + "]"), std::string::npos) << first;
    const std::size_t last = first.find(R"("LastEvaluatedKey":)");
    ASSERT_NE(last, std::string::npos);
    const std::string rest =
        query("global", "g", R"(,"ExclusiveStartKey":)" + key + R"(,"ProjectionExpression":"n")");
    EXPECT_NE(rest.find(R"("Count":2,"Items":[{"n":{"N":"7"}},{"n":{"N":"7"}}])"),
              std::string::npos)
        << rest;
    EXPECT_EQ(rest.find("LastEvaluatedKey"), std::string::npos);
    const std::string whole = query("local", "p", R"(,"Select":"ALL_ATTRIBUTES","Limit":1)");
    EXPECT_NE(whole.find(R"("o":{"N":"8"})"), std::string::npos) << whole;
    const std::string entry =
        query("local", "p", R"(,"Select":"ALL_PROJECTED_ATTRIBUTES","ConsistentRead":true)");
    EXPECT_NE(entry.find(R"("Count":3)"), std::string::npos) << entry;
    EXPECT_EQ(entry.find(R"("o":)"), std::string::npos);
    for (const std::string more : {R"(,"ConsistentRead":true)", R"(,"Select":"ALL_ATTRIBUTES")"}) {
        EXPECT_NE(query("global", "g", more).find("ValidationException"), std::string::npos);
    }
    EXPECT_NE(query("none", "g", "").find("The table does not have the specified index: none"),
              std::string::npos);
    const std::string table = R"("ConsumedCapacity":{"TableName":"tab","CapacityUnits":0.5,)"
                              R"("Table":{"CapacityUnits":0.0},)";
    for (const std::string name : {"global", "local"}) {
        const bool is_local = name == "local";
        const std::string answer =
            query(name, is_local ? "p" : "g", R"(,"ReturnConsumedCapacity":"INDEXES")");
        const std::string kind = is_local ? R"("LocalSecondaryIndexes":{"local":)"
                                          : R"("GlobalSecondaryIndexes":{"global":)";
        EXPECT_NE(answer.find(table + kind + R"({"CapacityUnits":0.5}}})"), std::string::npos)
            << answer;
    }
    const std::string scan = node.ok("Scan", R"({"TableName":"tab","IndexName":"global"})");
    EXPECT_NE(scan.find(R"("Count":3)"), std::string::npos) << scan;
}

// If it fails, an index by several attributes is shown as another one, or a statement reads it as
// if it had one attribute.
TEST(ApiIndexes, KnowsKeysOfManyAttributes) {
    const ApiNode node;
    const auto attribute = [](const std::string& name) {
        return R"({"AttributeName":")" + name + R"(","AttributeType":"S"})";
    };
    const auto element = [](const std::string& name, const std::string& type) {
        return R"({"AttributeName":")" + name + R"(","KeyType":")" + type + "\"}";
    };
    const std::string schema = "\"KeySchema\":[" + element("g", "HASH") + "," +
                               element("h", "HASH") + "," + element("a", "RANGE") + "," +
                               element("b", "RANGE") + "]";
    const std::string definitions = attribute("p") + "," + attribute("g") + "," + attribute("h") +
                                    "," + attribute("a") + "," + attribute("b");
    node.ok("CreateTable", R"({"TableName":"many","BillingMode":"PAY_PER_REQUEST",)"
                           R"("AttributeDefinitions":[)" +
                               definitions + R"(],"KeySchema":[)" + element("p", "HASH") +
                               R"(],"GlobalSecondaryIndexes":[{"IndexName":"gsi",)" + schema +
                               R"(,"Projection":{"ProjectionType":"ALL"}}]})");
    const std::string described = node.ok("DescribeTable", R"({"TableName":"many"})");
    EXPECT_NE(described.find(schema), std::string::npos) << described;
    const std::string by_name = attribute("a") + "," + attribute("b") + "," + attribute("g") + "," +
                                attribute("h") + "," + attribute("p");
    EXPECT_NE(described.find("\"AttributeDefinitions\":[" + by_name + "]"), std::string::npos)
        << described;
    node.ok("PutItem", R"({"TableName":"many","Item":{"p":{"S":"1"},"g":{"S":"x"},"h":{"S":"y"},)"
                       R"("a":{"S":"k"},"b":{"S":"l"}}})");
    const std::string refusal =
        "PartiQL statements cannot be executed on tables with multi-attribute HASH keys or "
        "multi-attribute RANGE keys.";
    const auto statement = [&](const std::string& text) {
        return node.call("ExecuteStatement", R"({"Statement":")" + text + "\"}").body;
    };
    const std::string select = R"(SELECT * FROM \"many\".\"gsi\" WHERE g = 'x')";
    EXPECT_NE(statement(select).find(refusal), std::string::npos) << statement(select);
    EXPECT_NE(statement("SELECT * FROM many WHERE p = '1'").find(R"("S":"k")"), std::string::npos);
    const std::string batch =
        node.ok("BatchExecuteStatement", R"({"Statements":[{"Statement":")" + select + "\"}]}");
    EXPECT_NE(batch.find(refusal), std::string::npos) << batch;
}

}  // namespace
}  // namespace millbeck::runtime
