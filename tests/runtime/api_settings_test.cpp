// Tags, and what tables and accounts have beyond items, against a real store.
#include <string>

#include <gtest/gtest.h>

#include "tests/support/api_node.hpp"

namespace millbeck::runtime {
namespace {

using tests::ApiNode;

const std::string kArn = "arn:aws:dynamodb:us-east-1:000000000000:table/tab";

void create(const ApiNode& node) {
    node.ok("CreateTable",
            R"({"TableName":"tab","BillingMode":"PAY_PER_REQUEST","AttributeDefinitions":)"
            R"([{"AttributeName":"p","AttributeType":"S"}],"KeySchema":)"
            R"([{"AttributeName":"p","KeyType":"HASH"}],"Tags":)"
            R"([{"Key":"b","Value":"2"},{"Key":"a","Value":"1"}]})");
}

std::string on(const std::string& arn, const std::string& more = "") {
    return R"({"ResourceArn":")" + arn + "\"" + more + "}";
}

// If it fails, infrastructure tools put the same tags on again for ever, or bills are split wrong.
TEST(ApiSettings, KeepsTags) {
    const ApiNode node;
    create(node);
    EXPECT_EQ(node.ok("ListTagsOfResource", on(kArn)),
              R"({"Tags":[{"Key":"a","Value":"1"},{"Key":"b","Value":"2"}]})");
    EXPECT_EQ(node.ok("TagResource",
                      on(kArn, R"(,"Tags":[{"Key":"c","Value":""},{"Key":"a","Value":"Ѯ 9"}])")),
              "");
    EXPECT_EQ(node.ok("UntagResource", on(kArn, R"(,"TagKeys":["b","none"])")), "");
    EXPECT_EQ(node.ok("ListTagsOfResource", on(kArn)),
              R"({"Tags":[{"Key":"a","Value":"Ѯ 9"},{"Key":"c","Value":""}]})");
    std::string many;
    for (int i = 0; i < 49; ++i) {
        many.append(i == 0 ? "" : ",").append(R"({"Key":"k)" + std::to_string(i));
        many += R"(","Value":""})";
    }
    const auto refused = node.call("TagResource", on(kArn, R"(,"Tags":[)" + many + "]"));
    EXPECT_EQ(refused.status, 400U);
    EXPECT_EQ(refused.body,
              R"({"__type":"com.amazon.coral.validate#ValidationException","message":)"
              R"("Number of Tags exceed the current limit for the provided ResourceArn"})");
    EXPECT_EQ(node.ok("ListTagsOfResource", on(kArn)),
              R"({"Tags":[{"Key":"a","Value":"Ѯ 9"},{"Key":"c","Value":""}]})");
}

// If it fails, tools that clean up cannot tell "gone" from "broken".
TEST(ApiSettings, SaysWhatIsNotThere) {
    const ApiNode node;
    const std::string none = R"({"TableName":"none"})";
    const std::string not_found =
        R"({"__type":"com.amazonaws.dynamodb.v20120810#ResourceNotFoundException","message":)";
    const std::string resource =
        not_found + R"("Requested resource not found: ResourceArn: )" + kArn + R"( not found"})";
    EXPECT_EQ(node.call("ListTagsOfResource", on(kArn)).body, resource);
    EXPECT_EQ(node.call("TagResource", on(kArn, R"(,"Tags":[{"Key":"k","Value":""}])")).body,
              resource);
    EXPECT_EQ(node.call("UntagResource", on(kArn, R"(,"TagKeys":["k"])")).body, resource);
    EXPECT_EQ(node.call("DescribeTimeToLive", none).body,
              not_found + R"("Requested resource not found: Table: none not found"})");
    EXPECT_EQ(node.call("DescribeContinuousBackups", none).body,
              R"({"__type":"com.amazonaws.dynamodb.v20120810#TableNotFoundException",)"
              R"("message":"Table not found: none"})");
}

// If it fails, clients that ask before they start do not start.
TEST(ApiSettings, AnswersWhatClientsAskUnprompted) {
    const ApiNode node;
    create(node);
    const std::string tab = R"({"TableName":"tab"})";
    EXPECT_EQ(node.ok("DescribeTimeToLive", tab),
              R"({"TimeToLiveDescription":{"TimeToLiveStatus":"DISABLED"}})");
    EXPECT_EQ(node.ok("DescribeContinuousBackups", tab),
              R"({"ContinuousBackupsDescription":{"ContinuousBackupsStatus":"ENABLED",)"
              R"("PointInTimeRecoveryDescription":{"PointInTimeRecoveryStatus":"DISABLED"}}})");
    EXPECT_EQ(node.ok("DescribeLimits", "{}"),
              R"({"AccountMaxReadCapacityUnits":80000,"AccountMaxWriteCapacityUnits":80000,)"
              R"("TableMaxReadCapacityUnits":40000,"TableMaxWriteCapacityUnits":40000})");
    EXPECT_EQ(node.ok("DescribeEndpoints", "{}"),
              R"({"Endpoints":[{"Address":"dynamodb.us-east-1.amazonaws.com",)"
              R"("CachePeriodInMinutes":1440}]})");
    auto request = ApiNode::signed_request("DescribeEndpoints", "{}");
    request.with("Host", "127.0.0.1:8000");
    EXPECT_EQ(node.send(request).body,
              R"({"Endpoints":[{"Address":"127.0.0.1:8000","CachePeriodInMinutes":1440}]})");
}

// If it fails, tools that set a time to live wait for ever, or are told what is not so.
TEST(ApiSettings, TimeToLiveIsSetShownAndTakenAway) {
    const ApiNode node;
    create(node);
    const auto update = [&](const char* enabled, const char* name) {
        return node.call(
            "UpdateTimeToLive",
            std::string(R"({"TableName":"tab","TimeToLiveSpecification":{"Enabled":)") + enabled +
                R"(,"AttributeName":")" + name + R"("}})");
    };
    EXPECT_EQ(update("true", "due").body,
              R"({"TimeToLiveSpecification":{"Enabled":true,"AttributeName":"due"}})");
    const std::string described = node.ok("DescribeTimeToLive", R"({"TableName":"tab"})");
    EXPECT_NE(described.find(R"("AttributeName":"due")"), std::string::npos) << described;
    EXPECT_NE(described.find("ENABL"), std::string::npos) << described;
    const std::string invalid =
        R"({"__type":"com.amazon.coral.validate#ValidationException","message":)";
    EXPECT_EQ(update("true", "due").body, invalid + R"("TimeToLive is already enabled"})");
    EXPECT_EQ(update("false", "other").body,
              invalid +
                  R"("TimeToLive is active on a different AttributeName: current AttributeName is )"
                  R"(due"})");
    EXPECT_EQ(update("false", "due").body,
              R"({"TimeToLiveSpecification":{"Enabled":false,"AttributeName":"due"}})");
    EXPECT_EQ(node.ok("DescribeTimeToLive", R"({"TableName":"tab"})"),
              R"({"TimeToLiveDescription":{"TimeToLiveStatus":"DISABLED"}})");
}

}  // namespace
}  // namespace millbeck::runtime
