// Settings of triggers on the command line, as members of Lambda's calls.
#include "runtime/cli/mapping_request.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "runtime/lambda/mapping_settings.hpp"

namespace millbeck::runtime::cli {
namespace {

using Json = nlohmann::json;

const std::string kStream =
    "arn:aws:dynamodb:eu-west-1:123456789012:table/orders/stream/2026-11-21T17:00:00.000";

struct Row {
    std::string key, written;
    Json members;
};

// If it fails, a flag sets another thing than the same key of the file, or nothing.
TEST(MappingRequest, EverySettingHasItsMember) {
    const std::vector<Row> rows{
        {"table", "orders", Json::object()},
        {"function", "notify:live", {{"FunctionName", "notify:live"}}},
        {"starting_position", "LATEST", {{"StartingPosition", "LATEST"}}},
        {"batch_size", "7", {{"BatchSize", 7}}},
        {"batching_window", "5s", {{"MaximumBatchingWindowInSeconds", 5}}},
        {"parallelization_factor", "3", {{"ParallelizationFactor", 3}}},
        {"tumbling_window", "1m", {{"TumblingWindowInSeconds", 60}}},
        {"batch_bytes_max", "1MB", {{"MillbeckBatchBytesMax", 1'048'576}}},
        {"filters",
         "[{eventName: [INSERT]}]",
         {{"FilterCriteria", {{"Filters", {{{"Pattern", R"({"eventName":["INSERT"]})"}}}}}}}},
        {"filters", "[]", {{"FilterCriteria", Json::object()}}},
        {"retry_first", "1s", {{"MillbeckRetryFirstInMilliseconds", 1'000}}},
        {"retry_longest", "2m", {{"MillbeckRetryLongestInMilliseconds", 120'000}}},
        {"maximum_retry_attempts", "2", {{"MaximumRetryAttempts", 2}}},
        {"maximum_retry_attempts", "unlimited", {{"MaximumRetryAttempts", -1}}},
        {"maximum_record_age", "1h", {{"MaximumRecordAgeInSeconds", 3'600}}},
        {"maximum_record_age", "unlimited", {{"MaximumRecordAgeInSeconds", -1}}},
        {"bisect_batch_on_function_error", "true", {{"BisectBatchOnFunctionError", true}}},
        {"report_batch_item_failures",
         "true",
         {{"FunctionResponseTypes", {"ReportBatchItemFailures"}}}},
        {"report_batch_item_failures", "false", {{"FunctionResponseTypes", Json::array()}}},
        {"on_failure", "dead-letters", {{"DestinationConfig", {{"OnFailure", Json::object()}}}}},
        {"on_failure",
         "arn:aws:s3:::failed",
         {{"DestinationConfig", {{"OnFailure", {{"Destination", "arn:aws:s3:::failed"}}}}}}},
        {"on_failure",
         "{function: keep}",
         {{"DestinationConfig",
           {{"OnFailure",
             {{"Destination", "arn:aws:lambda:eu-west-1:123456789012:function:keep"}}}}}}},
        {"on_poison", "park", {{"MillbeckOnPoison", "park"}}},
        {"polling", "aws", {{"MillbeckPolling", "aws"}}},
        {"enabled", "false", {{"Enabled", false}}},
    };
    for (const auto& setting : mapping_rows()) {
        EXPECT_TRUE(std::any_of(rows.begin(), rows.end(),
                                [&](const Row& row) { return row.key == setting.key; }))
            << setting.key << " has no row here";
    }
    const lambda::MappingSettings usual = *lambda::parse_new_mapping(
        {{"EventSourceArn", kStream}, {"FunctionName", "f"}, {"StartingPosition", "LATEST"}}, {});
    for (const Row& row : rows) {
        const auto members = mapping_members({{row.key, row.written}}, kStream);
        ASSERT_TRUE(members) << row.key << ": " << members.error().message;
        EXPECT_EQ(*members, row.members) << row.key;
        Json together = *members;
        if (row.key == "on_poison") {
            together["MaximumRetryAttempts"] = 1;
        }
        const auto taken = lambda::parse_mapping_update(
            together, usual, {.region = "eu-west-1", .account_id = "123456789012"});
        EXPECT_TRUE(taken) << row.key << ": " << taken.error().message;
    }
}

TEST(MappingRequest, SaysWhichFlagIsWrong) {
    for (const auto& [key, written, sentence] :
         std::vector<std::tuple<std::string, std::string, std::string>>{
             {"batch_size", "ten", "--batch-size: \"ten\" is not a whole number"},
             {"batch_size", "", "--batch-size: must be a whole number, but nothing is there"},
             {"maximum_record_age", "90500ms", "--maximum-record-age: must be whole seconds"},
             {"filters", "[{", "--filters:"},
             {"filters", "[{a: b}]", "--filters: Invalid filter pattern definition."},
             {"on_failure", "{url: 'http://h/'}", "--on-failure: such a place needs an ARN"},
             {"on_failure", "nowhere", "--on-failure: must be "},
             {"enabled", "yes", "--enabled: \"yes\" is not true or false"}}) {
        const auto members = mapping_members({{key, written}}, kStream);
        ASSERT_FALSE(members) << key;
        EXPECT_EQ(members.error().code, base::Code::Invalid);
        EXPECT_TRUE(members.error().message.starts_with(sentence)) << members.error().message;
    }
}

}  // namespace
}  // namespace millbeck::runtime::cli
