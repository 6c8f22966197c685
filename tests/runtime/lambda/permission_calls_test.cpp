// AddPermission, GetPolicy, RemovePermission: bodies and refusals as recorded from the service.
#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/support/function_node.hpp"

namespace millbeck::runtime::lambda {
namespace {

using Json = nlohmann::json;
using tests::FunctionNode;

const std::string kFn = "/2015-03-31/functions/fn";
const std::string kPolicy = kFn + "/policy";
const std::string kArn = "arn:aws:lambda:us-east-1:000000000000:function:fn";
const std::string kNoRevision =
    "The Revision Id provided does not match the latest Revision Id. Call the GetPolicy API to "
    "retrieve the latest Revision Id";

class PermissionCallsTest : public testing::Test {
  protected:
    PermissionCallsTest() { EXPECT_EQ(node.create().status, 201U); }

    FunctionNode::Reply call(const std::string& method, const std::string& target,
                             const Json& body = {}) {
        return node.call(method, target, body);
    }
    static Json permission(const std::string& id, const Json& more = Json::object()) {
        Json body{{"StatementId", id},
                  {"Action", "lambda:InvokeFunction"},
                  {"Principal", "events.amazonaws.com"}};
        body.update(more);
        return body;
    }
    void refused(const FunctionNode::Reply& reply, const std::string& exception,
                 const std::string& message) {
        EXPECT_EQ(reply.header("x-amzn-ErrorType"), exception) << reply.body;
        const Json body = reply.json();
        EXPECT_TRUE(
            body.value("message", body.value("Message", std::string())).starts_with(message))
            << reply.body;
    }
    Json policy(const std::string& query = "") {
        return Json::parse(call("GET", kPolicy + query).json().at("Policy").get<std::string>());
    }

    base::VirtualClock clock;
    FunctionNode node{clock};
};

// Source: a recorded answer of AddPermission and of GetPolicy.
TEST_F(PermissionCallsTest, ToldAsTheServiceTellsThem) {
    const std::string rule = "arn:aws:events:us-east-1:000000000000:rule/good";
    const auto added =
        call("POST", kPolicy,
             permission("EventRule", {{"SourceArn", rule}, {"SourceAccount", "000000000000"}}));
    EXPECT_EQ(added.status, 201U);
    const std::string statement =
        R"({"Sid":"EventRule","Effect":"Allow","Principal":{"Service":"events.amazonaws.com"},)"
        R"("Action":"lambda:InvokeFunction","Resource":")" +
        kArn +
        R"(","Condition":{"StringEquals":{"AWS:SourceAccount":"000000000000"},)"
        R"("ArnLike":{"AWS:SourceArn":")" +
        rule + R"("}}})";
    EXPECT_EQ(added.json(), (Json{{"Statement", statement}}));
    const Json got = call("GET", kPolicy).json();
    EXPECT_EQ(got.at("Policy"),
              R"({"Version":"2012-10-17","Id":"default","Statement":[)" + statement + "]}");
    EXPECT_EQ(got.at("RevisionId").get<std::string>().size(), 36U);
    node.restart();
    EXPECT_EQ(call("GET", kPolicy).json(), got) << "kept over a restart";
}

TEST_F(PermissionCallsTest, KnowsEverybodyTheServiceKnows) {
    struct Row {
        std::string principal;
        Json shown;  // null: nobody
    };
    int number = 0;
    for (const Row& row : {
             Row{"*", "*"},
             Row{"123456789012", {{"AWS", "arn:aws:iam::123456789012:root"}}},
             Row{"arn:aws:iam::123456789012:role/r", {{"AWS", "arn:aws:iam::123456789012:role/r"}}},
             Row{"s3.amazonaws.com", {{"Service", "s3.amazonaws.com"}}},
             Row{"alexa-appkit.amazon.com", {{"Service", "alexa-appkit.amazon.com"}}},
             Row{"invalid.nonaws.com", nullptr},
             Row{"12345", nullptr},
             Row{"somebody", nullptr},
         }) {
        const std::string id = "p" + std::to_string(++number);
        const auto reply = call("POST", kPolicy, permission(id, {{"Principal", row.principal}}));
        if (row.shown.is_null()) {
            refused(reply, "InvalidParameterValueException",
                    "The provided principal was invalid. Please check the principal and try "
                    "again.");
            continue;
        }
        ASSERT_EQ(reply.status, 201U) << row.principal << reply.body;
        EXPECT_EQ(policy()["Statement"].back()["Principal"], row.shown);
    }
}

TEST_F(PermissionCallsTest, ConditionsAreShown) {
    ASSERT_EQ(call("POST", kPolicy,
                   permission("all", {{"FunctionUrlAuthType", "NONE"},
                                      {"PrincipalOrgID", "o-abcdefghij"},
                                      {"EventSourceToken", "token"},
                                      {"InvokedViaFunctionUrl", true}}))
                  .status,
              201U);
    EXPECT_EQ(policy()["Statement"][0]["Condition"],
              (Json{{"StringEquals",
                     {{"lambda:FunctionUrlAuthType", "NONE"},
                      {"aws:PrincipalOrgID", "o-abcdefghij"},
                      {"lambda:EventSourceToken", "token"}}},
                    {"Bool", {{"lambda:InvokedViaFunctionUrl", "true"}}}}));
    ASSERT_EQ(call("POST", kPolicy, permission("none")).status, 201U);
    EXPECT_FALSE(policy()["Statement"][1].contains("Condition"));
}

TEST_F(PermissionCallsTest, VersionsAndAliasesHaveTheirOwn) {
    ASSERT_EQ(call("POST", kFn + "/versions", Json::object()).status, 201U);
    ASSERT_EQ(call("POST", kFn + "/aliases", {{"Name", "live"}, {"FunctionVersion", "1"}}).status,
              201U);
    for (const std::string qualifier : {"live", "1"}) {
        const std::string query = "?Qualifier=" + qualifier;
        ASSERT_EQ(call("POST", kPolicy + query, permission("s")).status, 201U);
        EXPECT_EQ(policy(query)["Statement"][0]["Resource"], kArn + ":" + qualifier);
    }
    EXPECT_EQ(call("GET", kPolicy).status, 404U);
    ASSERT_EQ(call("DELETE", kFn + "/aliases/live").status, 204U);
    ASSERT_EQ(call("POST", kFn + "/aliases", {{"Name", "live"}, {"FunctionVersion", "1"}}).status,
              201U);
    EXPECT_EQ(call("GET", kPolicy + "?Qualifier=live").status, 404U) << "gone with its alias";
}

// Source: recorded refusals.
TEST_F(PermissionCallsTest, RefusesAsTheServiceDoes) {
    const std::string none = "The resource you requested does not exist.";
    refused(call("GET", kPolicy), "ResourceNotFoundException", none);
    refused(call("DELETE", kPolicy + "/missing"), "ResourceNotFoundException",
            "No policy is associated with the given resource.");
    refused(call("DELETE", kPolicy + "/missing?RevisionId=stale"), "ResourceNotFoundException",
            "No policy is associated with the given resource.");
    refused(call("POST", kPolicy, permission("s", {{"RevisionId", "stale"}})),
            "PreconditionFailedException", kNoRevision);
    refused(call("POST", kPolicy + "?Qualifier=$LATEST", permission("s")),
            "InvalidParameterValueException",
            "We currently do not support adding policies for $LATEST.");
    refused(call("POST", kPolicy + "?Qualifier=nobody", permission("s")),
            "ResourceNotFoundException", "Cannot find alias arn: " + kArn + ":nobody");
    refused(call("POST", kPolicy + "?Qualifier=42", permission("s")), "ResourceNotFoundException",
            "Function not found: " + kArn + ":42");
    refused(call("POST", "/2015-03-31/functions/gone/policy", permission("s")),
            "ResourceNotFoundException", "Function not found: arn:aws:lambda:us-east-1:");
    refused(call("DELETE", "/2015-03-31/functions/gone/policy/s"), "ResourceNotFoundException",
            "No policy found for: arn:aws:lambda:us-east-1:000000000000:function:gone");
    refused(call("POST", kPolicy, permission("example.com")), "ValidationException",
            "1 validation error detected: Value 'example.com' at 'statementId' failed to satisfy "
            "constraint: Member must satisfy regular expression pattern: ([a-zA-Z0-9-_]+)");
    refused(call("POST", kPolicy, permission("s", {{"Action", "s3:Get"}})), "ValidationException",
            "1 validation error detected: Value 's3:Get' at 'action'");
    refused(call("POST", kPolicy, Json::object()), "ValidationException",
            "3 validation errors detected");
    ASSERT_EQ(call("POST", kPolicy, permission("s")).status, 201U);
    refused(call("POST", kPolicy, permission("s")), "ResourceConflictException",
            "The statement id (s) provided already exists. Please provide a new statement id, or "
            "remove the existing statement.");
    refused(call("DELETE", kPolicy + "/missing"), "ResourceNotFoundException",
            "Statement missing is not found in resource policy.");
    refused(call("DELETE", kPolicy + "/s?RevisionId=stale"), "PreconditionFailedException",
            kNoRevision);
    const std::string revision = call("GET", kPolicy).json().at("RevisionId");
    ASSERT_EQ(call("POST", kPolicy, permission("t", {{"RevisionId", revision}})).status, 201U);
    EXPECT_NE(call("GET", kPolicy).json().at("RevisionId"), revision);
    EXPECT_EQ(call("DELETE", kPolicy + "/s").status, 204U);
    EXPECT_EQ(policy()["Statement"].size(), 1U);
    EXPECT_EQ(call("DELETE", kPolicy + "/t").status, 204U);
    refused(call("GET", kPolicy), "ResourceNotFoundException", none);
}

// If it fails, a policy grows without end.
TEST_F(PermissionCallsTest, HasTheServicesLargestSize) {
    const std::string source =
        "arn:aws:events:us-east-1:000000000000:rule/" + std::string(900, 'x');
    FunctionNode::Reply reply;
    for (int i = 0; i < 30; ++i) {
        reply = call("POST", kPolicy, permission(std::to_string(i), {{"SourceArn", source}}));
        if (reply.status != 201U) {
            break;
        }
    }
    refused(reply, "PolicyLengthExceededException", "The final policy size (");
    EXPECT_LT(call("GET", kPolicy).json().at("Policy").get<std::string>().size(), 20'481U);
}

}  // namespace
}  // namespace millbeck::runtime::lambda
