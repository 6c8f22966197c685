// Secondary indexes in CreateTable and UpdateTable, as far as the request alone can tell.
#include <string>
#include <variant>
#include <vector>

#include <gtest/gtest.h>

#include "tests/runtime/refused_rows.hpp"

namespace millbeck::runtime {
namespace {

using tests::expect_refused;
using tests::kInvalid;
using tests::kNull;
using tests::kOne;
using tests::Row;

const std::string kType = "ValidationException";
const std::string kAll = R"({"ProjectionType":"ALL"})";
const std::string kUnits =
    R"(,"ProvisionedThroughput":{"ReadCapacityUnits":3,"WriteCapacityUnits":4})";

// `h:p,r:at` as a KeySchema.
std::string schema(const std::string& text) {
    std::string json;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.find(',', at), text.size());
        json += (json.empty() ? "" : ",") +
                (R"({"AttributeName":")" + text.substr(at + 2, end - at - 2)) + R"(","KeyType":")" +
                (text[at] == 'h' ? "HASH" : "RANGE") + "\"}";
        at = end + 1;
    }
    return "[" + json + "]";
}

std::string index(const std::string& name, const std::string& keys, const std::string& more = "",
                  const std::string& projection = kAll) {
    return R"({"IndexName":")" + name + R"(","KeySchema":)" + schema(keys) + R"(,"Projection":)" +
           projection + more + "}";
}

// `p:S,at:N` as AttributeDefinitions.
std::string definitions(const std::string& text) {
    std::string json;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.find(',', at), text.size());
        json += (json.empty() ? "" : ",") +
                (R"({"AttributeName":")" + text.substr(at, end - at - 2)) +
                R"(","AttributeType":")" + text[end - 1] + "\"}";
        at = end + 1;
    }
    return R"("AttributeDefinitions":[)" + json + "]";
}

struct Create {
    std::string attributes = "p:S,at:N,x:S";
    std::string keys = "h:p,r:at";
    std::string local = {};
    std::string global = {};
    std::string billing = R"("BillingMode":"PAY_PER_REQUEST")";
};

std::string body(const Create& create) {
    std::string text = R"({"TableName":"tab",)" + definitions(create.attributes) + "," +
                       create.billing + R"(,"KeySchema":)" + schema(create.keys);
    if (!create.local.empty()) {
        text += R"(,"LocalSecondaryIndexes":)" + create.local;
    }
    if (!create.global.empty()) {
        text += R"(,"GlobalSecondaryIndexes":)" + create.global;
    }
    return text + "}";
}

Row refused(const Create& create, const std::string& message, const std::string& type = kType) {
    return {"CreateTable", body(create), type, message};
}

std::string many(std::size_t count, const std::string& keys, const std::string& projection = kAll) {
    std::string list;
    for (std::size_t i = 0; i < count; ++i) {
        list += (i == 0 ? "" : ",") + index("index" + std::to_string(i), keys, "", projection);
    }
    return "[" + list + "]";
}

std::string include(std::size_t count, const std::string& prefix = "a") {
    std::string names;
    for (std::size_t i = 0; i < count; ++i) {
        names += (i == 0 ? "\"" : ",\"") + prefix + std::to_string(i) + "\"";
    }
    return R"({"ProjectionType":"INCLUDE","NonKeyAttributes":[)" + names + "]}";
}

// If it fails, a table is made whose local index nobody can read, or tools act on other words.
TEST(IndexParser, ChecksLocalIndexes) {
    const auto local = [](const std::string& list) { return Create{.local = list}; };
    expect_refused({
        refused(local("[]"), kInvalid + "List of LocalSecondaryIndexes is empty"),
        refused(Create{.attributes = "p:S,x:S",
                       .keys = "h:p",
                       .local = "[" + index("loc", "h:p,r:x") + "]"},
                kInvalid + "Table KeySchema does not have a range key, which is required when "
                           "specifying a LocalSecondaryIndex"),
        refused(local("[" + index("loc", "h:p,r:none") + "]"),
                kInvalid + "Some index key attributes are not defined in AttributeDefinitions. "
                           "Keys: [p, none], AttributeDefinitions: [p, x, at]"),
        refused(local("[" + index("loc", "h:p,r:p") + "]"),
                "Both the Hash Key and the Range Key element in the KeySchema have the same name"),
        refused(local("[" + index("loc", "r:p,r:x") + "]"),
                "Invalid KeySchema: The first KeySchemaElement is not a HASH key type"),
        refused(local("[" + index("loc", "h:p,h:x") + "]"),
                "Invalid KeySchema: The second KeySchemaElement is not a RANGE key type"),
        refused(local("[" + index("loc", "h:p") + "]"),
                kInvalid + "Index KeySchema does not have a range key for index: loc"),
        refused(local("[" + index("loc", "h:x,r:at") + "]"),
                kInvalid + "Index KeySchema does not have the same leading hash key as table "
                           "KeySchema for index: loc. index hash key: x, table hash key: p"),
        refused(local("[" + index("loc", "h:p,r:x") + "," + index("loc", "h:p,r:x") + "]"),
                kInvalid + "Duplicate index name: loc"),
        refused(local(many(6, "h:p,r:x")),
                kInvalid + "Number of LocalSecondaryIndexes exceeds per-table limit of 5"),
    });
}

TEST(IndexParser, ChecksGlobalIndexes) {
    const auto global = [](const std::string& list) { return Create{.global = list}; };
    const Create both{.local = "[" + index("same", "h:p,r:x") + "]",
                      .global = "[" + index("same", "h:x") + "]"};
    const std::string provisioned = R"("BillingMode":"PROVISIONED")" + kUnits;
    expect_refused({
        refused(global("[]"), kInvalid + "List of GlobalSecondaryIndexes is empty"),
        refused(global("[" + index("glo", "h:none") + "]"),
                kInvalid + "Some index key attributes are not defined in AttributeDefinitions. "
                           "Keys: [none], AttributeDefinitions: [p, x, at]"),
        refused(global("[" + index("glo", "r:x") + "]"),
                "Invalid KeySchema: The first KeySchemaElement is not a HASH key type"),
        refused(global("[" + index("glo", "h:x", kUnits) + "]"),
                kInvalid + "ProvisionedThroughput should not be specified for index: glo when "
                           "BillingMode is PAY_PER_REQUEST"),
        refused(Create{.global = "[" + index("glo", "h:x") + "]", .billing = provisioned},
                kInvalid + "ProvisionedThroughput is not specified for index: glo"),
        refused(both, kInvalid + "Duplicate index name: same"),
        refused(global(many(21, "h:x")),
                kInvalid + "GlobalSecondaryIndex count exceeds the per-table limit of 20"),
        refused(global("[" + index("glo", "h:p") + "]"),
                kInvalid + "Some AttributeDefinitions are not used. AttributeDefinitions: "
                           "[p, x, at], keys used: [p, at]"),
        refused(global(many(6, "h:x", include(20))),
                kInvalid +
                    "Number of NonKeyAttributes over all indexes exceeds the per-table limit "
                    "of 100"),
    });
}

// If it fails, an index is made that the service would not make.
TEST(IndexParser, ChecksKeysOfManyAttributes) {
    const auto keys = [](const std::string& text) {
        return Create{.global = "[" + index("glo", text) + "]"};
    };
    const std::string wide = "a:S,b:S,c:S,d:S,e:S,p:S,at:N";
    const auto five = [&](const std::string& text) {
        return Create{.attributes = wide, .global = "[" + index("glo", text) + "]"};
    };
    const std::string twice = "The KeySchema contains multiple key attributes with the same name";
    expect_refused({
        refused(keys("h:x,r:p,h:at"),
                kInvalid + "All HASH key attributes must precede RANGE key attributes in the "
                           "KeySchema"),
        refused(keys("r:x,h:p,h:at"),
                "Invalid KeySchema: The first KeySchemaElement is not a HASH key type"),
        refused(keys("h:x,h:p,h:x"), twice),
        refused(keys("h:x,h:x"), twice),
        refused(keys("h:x,r:p,r:p"), twice),
        refused(keys("h:x,h:p,h:none"),
                kInvalid + "Some index key attributes are not defined in AttributeDefinitions. "
                           "Keys: [x, p, none], AttributeDefinitions: [p, x, at]"),
        // Names stand in the order of the service's hash sets.
        refused(Create{.attributes = "p:S,at:N,a:S,unused:S",
                       .global = "[" + index("glo", "h:a") + "]"},
                kInvalid + "Some AttributeDefinitions are not used. AttributeDefinitions: [p, a, "
                           "unused, at], keys used: [p, a, at]"),
        refused(five("h:a,h:b,h:c,h:d,h:e"),
                kInvalid + "The KeySchema exceeds the maximum allowed number of HASH key "
                           "attributes"),
        refused(five("h:p,r:a,r:b,r:c,r:d,r:e"),
                kInvalid + "The KeySchema exceeds the maximum allowed number of RANGE key "
                           "attributes"),
    });
}

TEST(IndexParser, ChecksProjections) {
    const auto with = [](const std::string& projection) {
        return Create{.global = "[" + index("glo", "h:x", "", projection) + "]"};
    };
    const std::string at = " at 'globalSecondaryIndexes.1.member.projection.";
    expect_refused({
        refused(with("{}"), kInvalid + "Unknown ProjectionType: null"),
        refused(with(R"({"ProjectionType":"INCLUDE"})"),
                kInvalid + "ProjectionType is INCLUDE, but NonKeyAttributes is not specified"),
        refused(with(R"({"ProjectionType":"ALL","NonKeyAttributes":["a"]})"),
                kInvalid + "ProjectionType is ALL, but NonKeyAttributes is specified"),
        refused(with(R"({"ProjectionType":"KEYS_ONLY","NonKeyAttributes":["a"]})"),
                kInvalid + "ProjectionType is KEYS_ONLY, but NonKeyAttributes is specified"),
        refused(with(R"({"ProjectionType":"INCLUDE","NonKeyAttributes":["a","a"]})"),
                kInvalid + "Duplicate element in NonKeyAttributes: a"),
        refused(with(R"({"ProjectionType":"SOME"})"),
                kOne + "Value 'SOME'" + at +
                    "projectionType' failed to satisfy constraint: Member must satisfy enum value "
                    "set: [ALL, INCLUDE, KEYS_ONLY]"),
        refused(with(R"({"ProjectionType":"INCLUDE","NonKeyAttributes":[]})"),
                kOne + "Value '[]'" + at +
                    "nonKeyAttributes' failed to satisfy constraint: Member must have length "
                    "greater than or equal to 1"),
    });
}

TEST(IndexParser, ChecksShapes) {
    const auto global = [](const std::string& list) { return Create{.global = list}; };
    const std::string at = " at 'globalSecondaryIndexes.1.member.";
    expect_refused({
        refused(global(R"([{"IndexName":"glo","KeySchema":)" + schema("h:x") + "}]"),
                kOne + "Value null" + at + "projection'" + kNull),
        refused(global("[" + index("gl", "h:x") + "]"),
                kOne + "Value 'gl'" + at +
                    "indexName' failed to satisfy constraint: Member must have length greater than "
                    "or equal to 3"),
        refused(global("[" + index("glo", "h:x", R"(,"WarmThroughput":{"ReadUnitsPerSecond":1})") +
                       "]"),
                kInvalid + "Requested ReadUnitsPerSecond for WarmThroughput for index glo is lower "
                           "than initial throughput for OnDemand. See: "
                           "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/"
                           "on-demand-capacity-mode.html#on-demand-capacity-mode-initial"),
        refused(
            global("[" + index("glo", "h:x", R"(,"OnDemandThroughput":{"MaxReadRequestUnits":0})") +
                   "]"),
            kInvalid + "Requested MaxReadRequestUnits for OnDemandThroughput for index : glo "
                       "is outside of valid range"),
        refused(global(R"("x")"), "Unexpected field type", "SerializationException"),
    });
}

std::string update(const std::string& updates, const std::string& more = "") {
    return R"({"TableName":"tab","GlobalSecondaryIndexUpdates":[)" + updates + "]" + more + "}";
}

TEST(IndexParser, ChecksIndexUpdates) {
    const std::string text =
        "GlobalSecondaryIndexUpdate.Update, GlobalSecondaryIndexUpdate.Create, "
        "GlobalSecondaryIndexUpdate.Delete ";
    const auto deleted = [](const std::string& name) {
        return R"({"Delete":{"IndexName":")" + name + "\"}}";
    };
    const std::string created = R"({"Create":)" + index("glo", "h:x") + "}";
    expect_refused({
        {"UpdateTable", update("{}"), kType, kInvalid + "One of " + text + "must not be null"},
        {"UpdateTable",
         update(R"({"Delete":{"IndexName":"abc"},"Create":)" + index("glo", "h:x") + "}"), kType,
         kInvalid + "Only one global secondary index action is allowed per "
                    "GlobalSecondaryIndexUpdate object"},
        {"UpdateTable", update(deleted("abc") + "," + deleted("abc")), kType,
         kInvalid + "Only one global secondary index update per index is allowed simultaneously. "
                    "Index: abc"},
        {"UpdateTable", update(deleted("abc") + "," + deleted("abd")), "LimitExceededException",
         "Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously "
         "per table"},
        {"UpdateTable", update(created), kType,
         kInvalid + "AttributeDefinitions is not specified for index: glo"},
        {"UpdateTable", update(R"({"Update":{"IndexName":"abc","WarmThroughput":{}}})"), kType,
         kInvalid + "WarmThroughput must have at least one of ReadUnitsPerSecond or "
                    "WriteUnitsPerSecond specified for index: abc"},
        {"UpdateTable",
         update(R"({"Update":{"IndexName":"abc","ProvisionedThroughput":)"
                R"({"ReadCapacityUnits":1000000000001,"WriteCapacityUnits":1}}})"),
         kType, "Given value 1000000000001 for ReadCapacityUnits is out of bounds for index abc"},
        {"UpdateTable", update(deleted("abc"), R"(,"StreamSpecification":{"StreamEnabled":false})"),
         kType, kInvalid + "You cannot create or delete index while changing stream status"},
        {"UpdateTable", update(deleted("abc"), R"(,"TableClass":"STANDARD")"), kType,
         kInvalid + "TableClass modification must be the only operation in the request"},
    });
}

// If it fails, an index is not the one that was asked for.
TEST(IndexParser, TakesAllOfAnIndex) {
    const Create create{
        .local = "[" + index("loc", "h:p,r:x", "", R"({"ProjectionType":"KEYS_ONLY"})") + "]",
        .global = "[" + index("glo", "h:x,r:at", kUnits, include(2)) + "]",
        .billing = R"("BillingMode":"PROVISIONED")" + kUnits};
    const auto parsed = tests::parse("DynamoDB_20120810.CreateTable", body(create));
    ASSERT_TRUE(parsed) << parsed.error().message;
    const auto& indexes = std::get<CreateTableRequest>(*parsed).spec.indexes;
    using capture::KeyAttribute;
    using shardlog::AttributeType;
    capture::IndexSpec local;
    local.name = "loc";
    local.kind = capture::IndexKind::Local;
    local.keys.hash = {"p", AttributeType::S};
    local.keys.range = KeyAttribute{"x", AttributeType::S};
    local.projection = capture::IndexProjection::KeysOnly;
    capture::IndexSpec global;
    global.name = "glo";
    global.keys.hash = {"x", AttributeType::S};
    global.keys.range = KeyAttribute{"at", AttributeType::N};
    global.projection = capture::IndexProjection::Include;
    global.included = {"a0", "a1"};
    global.throughput = {3, 4};
    ASSERT_EQ(indexes.size(), 2U);
    EXPECT_EQ(indexes[0], local);
    EXPECT_EQ(indexes[1], global);
}

}  // namespace
}  // namespace millbeck::runtime
