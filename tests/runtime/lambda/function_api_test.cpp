// Lambda's calls about functions: bodies as reviewed, errors as the service words them.
#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/support/function_node.hpp"
#include "tests/support/golden.hpp"

namespace millbeck::runtime::lambda {
namespace {

using Json = nlohmann::json;
using tests::FunctionNode;

const std::string kFunctions = "/2015-03-31/functions";
const std::string kFn = kFunctions + "/fn";

class FunctionApiTest : public testing::Test {
  protected:
    FunctionNode::Reply call(const std::string& method, const std::string& target,
                             const Json& body = {}) {
        return node.call(method, target, body);
    }
    void golden(const std::string& name, const FunctionNode::Reply& reply) {
        std::string body = reply.body;
        // Where the code lies differs from run to run.
        const std::string folder = node.folder().native();
        for (std::size_t at = 0; (at = body.find(folder)) != std::string::npos;) {
            body.replace(at, folder.size(), "/data");
        }
        tests::expect_golden("lambda/" + name + ".json",
                             std::to_string(reply.status) + "\n" + body + "\n");
    }
    void refused(const FunctionNode::Reply& reply, const std::string& exception,
                 const std::string& message) {
        EXPECT_EQ(reply.header("x-amzn-ErrorType"), exception) << reply.body;
        const Json body = reply.json();
        const std::string told = body.value("message", body.value("Message", std::string()));
        EXPECT_TRUE(told.starts_with(message)) << reply.body;
    }

    base::VirtualClock clock;
    FunctionNode node{clock};
};

// If it fails, clients read other fields than AWS sends.
TEST_F(FunctionApiTest, BodiesAreTheServices) {
    // The same bytes in every run: a zip's own dates would change its digest.
    const Json more{{"Code", {{"MillbeckPath", "/"}}},
                    {"MillbeckCommand", {"run"}},
                    {"Description", "adds up"},
                    {"Environment", {{"Variables", {{"WORD", "one"}}}}},
                    {"Tags", {{"team", "a"}}}};
    golden("create_function", node.create(more));
    golden("get_function", call("GET", kFn));
    golden("get_function_configuration", call("GET", kFn + "/configuration"));
    clock.advance(base::Milliseconds{1'000});
    golden("update_function_configuration", call("PUT", kFn + "/configuration", {{"Timeout", 10}}));
    golden("publish_version", call("POST", kFn + "/versions", {{"Description", "first"}}));
    golden("create_alias",
           call("POST", kFn + "/aliases",
                {{"Name", "live"}, {"FunctionVersion", "1"}, {"Description", "what runs"}}));
    golden("get_function_alias", call("GET", kFn + "?Qualifier=live"));
    golden("list_functions", call("GET", kFunctions));
    golden("list_functions_all", call("GET", kFunctions + "?FunctionVersion=ALL"));
    golden("list_versions", call("GET", kFn + "/versions"));
    golden("list_aliases", call("GET", kFn + "/aliases"));
    golden("put_concurrency", call("PUT", "/2017-10-31/functions/fn/concurrency",
                                   {{"ReservedConcurrentExecutions", 5}}));
    golden("event_invoke_config", call("PUT", "/2019-09-25/functions/fn/event-invoke-config",
                                       {{"MaximumRetryAttempts", 1}}));
    golden("code_signing_config", call("GET", "/2020-06-30/functions/fn/code-signing-config"));
    golden("account_settings", call("GET", "/2016-08-19/account-settings"));
}

TEST_F(FunctionApiTest, SaysWhatIsNotThere) {
    const std::string none =
        "Function not found: arn:aws:lambda:us-east-1:000000000000:function:fn";
    for (const auto& [method, target] : std::vector<std::pair<std::string, std::string>>{
             {"GET", kFn},
             {"GET", kFn + "/configuration"},
             {"DELETE", kFn},
             {"PUT", kFn + "/code"},
             {"PUT", kFn + "/configuration"},
             {"POST", kFn + "/versions"},
             {"GET", kFn + "/aliases/live"},
             {"PUT", "/2017-10-31/functions/fn/concurrency"},
             {"GET", "/2019-09-25/functions/fn/event-invoke-config"},
             {"GET", "/2020-06-30/functions/fn/code-signing-config"}}) {
        refused(call(method, target, method == "GET" ? Json() : Json::object()),
                "ResourceNotFoundException", none);
    }
    const auto invoked = call("POST", kFn + "/invocations");
    EXPECT_EQ(invoked.json()["Message"], none + ":$LATEST");
    EXPECT_EQ(invoked.status, 404U);
    EXPECT_EQ(invoked.json()["Type"], "User");
    ASSERT_EQ(node.create().status, 201U);
    refused(call("GET", kFn + "?Qualifier=7"), "ResourceNotFoundException", none + ":7");
    refused(call("GET", kFn + "/aliases/live"), "ResourceNotFoundException",
            "Cannot find alias arn: "
            "arn:aws:lambda:us-east-1:000000000000:function:fn:live");
    refused(call("POST", kFn + "/aliases", {{"Name", "live"}, {"FunctionVersion", "4"}}),
            "ResourceNotFoundException", none + ":4");
    refused(call("GET", "/2019-09-25/functions/fn/event-invoke-config"),
            "ResourceNotFoundException", "The function arn:aws:lambda:us-east-1:");
}

TEST_F(FunctionApiTest, SaysWhatIsInTheWay) {
    ASSERT_EQ(node.create().status, 201U);
    refused(node.create(), "ResourceConflictException", "Function already exist: fn");
    refused(call("PUT", kFn + "/configuration", {{"RevisionId", "other"}, {"Timeout", 4}}),
            "PreconditionFailedException",
            "The Revision Id provided does not match the latest Revision Id. Call the "
            "GetFunction/GetAlias API to retrieve the latest Revision Id");
    refused(call("DELETE", kFn + "?Qualifier=$LATEST"), "InvalidParameterValueException",
            "$LATEST version cannot be deleted without deleting the function.");
    refused(call("POST", kFn + "/versions", {{"CodeSha256", "other"}}),
            "InvalidParameterValueException", "CodeSHA256 (other) is different from current");
    refused(call("PUT", "/2017-10-31/functions/fn/concurrency",
                 {{"ReservedConcurrentExecutions", 901}}),
            "InvalidParameterValueException",
            "Specified ReservedConcurrentExecutions for function decreases account's "
            "UnreservedConcurrentExecution below its minimum value of [100].");
    ASSERT_EQ(call("POST", kFn + "/versions", Json::object()).status, 201U);
    ASSERT_EQ(call("POST", kFn + "/aliases", {{"Name", "live"}, {"FunctionVersion", "1"}}).status,
              201U);
    refused(call("POST", kFn + "/aliases", {{"Name", "live"}, {"FunctionVersion", "1"}}),
            "ResourceConflictException", "Alias already exists: arn:aws:lambda:");
    refused(call("POST", kFn + "/aliases", {{"Name", "12"}, {"FunctionVersion", "x"}}),
            "ValidationException", "2 validation errors detected: Value '12' at 'name'");
    refused(call("DELETE", kFn + "?Qualifier=1"), "ResourceConflictException",
            "Unable to delete version because the following aliases reference it: [live]");
    refused(call("POST", kFn + "/aliases",
                 {{"Name", "two"},
                  {"FunctionVersion", "1"},
                  {"RoutingConfig", {{"AdditionalVersionWeights", {{"1", 0.5}}}}}}),
            "InvalidParameterValueException", "Invalid function version 1.");
    refused(call("PUT", "/2019-09-25/functions/fn/event-invoke-config", Json::object()),
            "InvalidParameterValueException", "You must specify at least one");
}

// If it fails, a destination that nobody stands for is taken, or one is refused that AWS takes.
TEST_F(FunctionApiTest, DestinationsOfCallsAreTheServices) {
    ASSERT_EQ(node.create().status, 201U);
    ASSERT_EQ(node.create({{"FunctionName", "other"}}).status, 201U);
    const std::string config = "/2019-09-25/functions/fn/event-invoke-config";
    const std::string here = ":us-east-1:000000000000:";
    const auto to = [](const std::string& success, const std::string& failure) {
        Json destinations = Json::object();
        if (!success.empty()) {
            destinations["OnSuccess"] = {{"Destination", success}};
        }
        if (!failure.empty()) {
            destinations["OnFailure"] = {{"Destination", failure}};
        }
        return Json{{"DestinationConfig", destinations}};
    };
    const std::string queue = "arn:aws:sqs" + here + "q";
    const std::string function = "arn:aws:lambda" + here + "function:";
    const std::string provided = "The provided destination config DestinationConfig(";
    struct Row {
        std::string success, failure, exception, message;
    };
    for (const Row& row : {
             Row{"", "sqs:x", "ValidationException",
                 "1 validation error detected: Value 'sqs:x' at "
                 "'destinationConfig.onFailure.destination'"},
             Row{"", function + "fn", "InvalidParameterValueException",
                 "You can't specify the function as a destination for itself."},
             Row{function + "gone", "", "InvalidParameterValueException",
                 "The destination ARN " + function + "gone is invalid."},
             Row{queue, "", "InvalidParameterValueException",
                 "The destination ARN " + queue + " is invalid."},
             Row{"arn:aws:s3:::b", queue, "InvalidParameterValueException",
                 provided +
                     "onSuccess=OnSuccess(destination=arn:aws:s3:::b), "
                     "onFailure=OnFailure(destination=" +
                     queue + ")) is invalid."},
             Row{"", "arn:aws:dynamodb" + here + "table/t", "InvalidParameterValueException",
                 provided + "onSuccess=null, onFailure="},
             Row{"", queue + ".fifo", "InvalidParameterValueException", provided},
         }) {
        refused(call("PUT", config, to(row.success, row.failure)), row.exception, row.message);
    }
    for (const auto& [success, failure] : std::vector<std::pair<std::string, std::string>>{
             {"", queue},
             {"", "arn:aws:s3:::b"},
             {"", "arn:aws:events" + here + "event-bus/b"},
             {"arn:aws:sns" + here + ":known", ""},
             {function + "other", function + "other:$LATEST"}}) {
        EXPECT_EQ(call("PUT", config, to(success, failure)).status, 200U) << success << failure;
    }
    golden("event_invoke_config_destinations", call("GET", config));
    ASSERT_EQ(call("POST", config, {{"MaximumRetryAttempts", 0}}).status, 200U);
    const Json kept = call("GET", config).json();
    EXPECT_EQ(kept["DestinationConfig"]["OnFailure"]["Destination"], function + "other:$LATEST");
    EXPECT_EQ(kept["MaximumRetryAttempts"], 0);
    ASSERT_EQ(call("PUT", config, {{"MaximumRetryAttempts", 1}}).status, 200U);
    EXPECT_EQ(call("GET", config).json()["DestinationConfig"],
              (Json{{"OnFailure", Json::object()}, {"OnSuccess", Json::object()}}));
}

TEST_F(FunctionApiTest, InvokeIsCheckedBeforeTheFunctionIs) {
    ASSERT_EQ(node.create().status, 201U);
    struct Row {
        std::string name, value, exception, message;
        std::string body = "{}";
    };
    for (const Row& row : {
             Row{"X-Amz-Invocation-Type", "Later", "ValidationException",
                 "1 validation error detected: Value 'Later' at 'invocationType'"},
             Row{"X-Amz-Log-Type", "All", "ValidationException",
                 "1 validation error detected: Value 'All' at 'logType'"},
             Row{"X-Amz-Client-Context", "???", "InvalidRequestContentException",
                 "Client context must be a valid Base64-encoded JSON object."},
             Row{"X-Amz-Tenant-Id", "t", "InvalidParameterValueException", "X-Amz-Tenant-Id is"},
             Row{"X-Any", "", "InvalidRequestContentException",
                 "Could not parse request body into json: Could not parse payload into json: ",
                 "{nonsense"},
             Row{"X-Amz-Invocation-Type", "Event", "InvalidRequestContentException",
                 "Could not parse request body into json", "{nonsense"},
             Row{"X-Any", "", "RequestEntityTooLargeException",
                 "Request must be smaller than 6291456 bytes for the InvokeFunction operation",
                 std::string(6'291'457, ' ')},
             Row{"X-Amz-Invocation-Type", "Event", "RequestEntityTooLargeException",
                 "Request must be smaller than 1048576 bytes for the InvokeFunction operation",
                 std::string(1'048'577, ' ')},
         }) {
        tests::FakeHttpRequest request("POST", kFn + "/invocations", row.body);
        request.with(row.name, row.value);
        refused(node.send(request), row.exception, row.message);
    }
    tests::FakeHttpRequest dry("POST", kFn + "/invocations", "{}");
    dry.with("X-Amz-Invocation-Type", "DryRun");
    EXPECT_EQ(node.send(dry).status, 204U);
}

TEST_F(FunctionApiTest, ListsInPages) {
    for (const std::string name : {"c", "a", "b"}) {
        ASSERT_EQ(node.create({{"FunctionName", name}}).status, 201U);
    }
    std::string names;
    std::string marker;
    do {
        const Json page =
            call("GET", kFunctions + "?MaxItems=2" + (marker.empty() ? "" : "&Marker=" + marker))
                .json();
        for (const Json& each : page["Functions"]) {
            names += each["FunctionName"].get<std::string>();
        }
        names += '|';
        marker = page.value("NextMarker", "");
    } while (!marker.empty());
    EXPECT_EQ(names, "ab|c|");
    refused(call("GET", kFunctions + "?Marker=!"), "InvalidParameterValueException", "Invalid");
    refused(call("GET", kFunctions + "?MaxItems=0"), "ValidationException", "1 validation error");
}

TEST_F(FunctionApiTest, TagsBelongToTheFunction) {
    ASSERT_EQ(node.create({{"Tags", {{"team", "a"}}}}).status, 201U);
    const std::string tags =
        "/2017-03-31/tags/arn%3Aaws%3Alambda%3Aus-east-1%3A000000000000%3Afunction%3Afn";
    EXPECT_EQ(call("POST", tags, {{"Tags", {{"more", "b"}}}}).status, 204U);
    EXPECT_EQ(call("GET", tags).json()["Tags"], (Json{{"more", "b"}, {"team", "a"}}));
    EXPECT_EQ(call("DELETE", tags + "?tagKeys=team&tagKeys=none").status, 204U);
    EXPECT_EQ(call("GET", kFn).json()["Tags"], (Json{{"more", "b"}}));
    refused(call("GET", tags + "%3A1"), "InvalidParameterValueException",
            "Tags on function aliases and versions are not supported.");
}

// If it fails, a configuration file and the API contradict each other.
TEST_F(FunctionApiTest, FunctionsOfTheFileAreShownAndNotChanged) {
    sinks::HandlerOptions options;
    options.function = "filed";
    options.command = {"cat"};
    node.configure({{options, "millbeck.yaml:3"}});
    EXPECT_EQ(call("GET", kFunctions + "/filed").json()["Configuration"]["Description"],
              "In Millbeck's configuration file");
    for (const auto& [method, rest] :
         std::vector<std::pair<std::string, std::string>>{{"DELETE", ""},
                                                          {"PUT", "/code"},
                                                          {"PUT", "/configuration"},
                                                          {"POST", "/versions"},
                                                          {"POST", "/aliases"}}) {
        refused(call(method, kFunctions + "/filed" + rest, Json::object()),
                "ResourceConflictException",
                "The function filed stands in Millbeck's configuration file: change it there");
    }
    refused(node.create({{"FunctionName", "filed"}}), "ResourceConflictException",
            "Function already exist: filed");
}

TEST_F(FunctionApiTest, FunctionsAreThereAfterARestart) {
    ASSERT_EQ(node.create({{"Tags", {{"team", "a"}}}}).status, 201U);
    ASSERT_EQ(call("POST", kFn + "/versions", Json::object()).status, 201U);
    const std::string before = call("GET", kFn).body;
    node.restart();
    EXPECT_EQ(call("GET", kFn).body, before);
    EXPECT_EQ(call("GET", kFn + "/versions").json()["Versions"].size(), 2U);
    EXPECT_EQ(call("DELETE", kFn).status, 204U);
    node.restart();
    EXPECT_EQ(call("GET", kFn).status, 404U);
    EXPECT_FALSE(std::filesystem::exists(node.folder() / "functions/fn"));
}

}  // namespace
}  // namespace millbeck::runtime::lambda
