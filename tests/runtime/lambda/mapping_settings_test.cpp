// What Create- and UpdateEventSourceMapping take, and in which words they refuse.
#include "runtime/lambda/mapping_settings.hpp"

#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "runtime/lambda/mapping_document.hpp"
#include "runtime/lambda/tag_calls.hpp"

namespace millbeck::runtime::lambda {
namespace {

using Json = nlohmann::json;

const shardlog::Identity kHere;
const std::string kStream =
    "arn:aws:dynamodb:us-east-1:000000000000:table/orders/stream/2026-11-21T17:00:00.000";

// A request that is taken, with `members` in it.
Json request(const Json& members = Json::object()) {
    Json body{{"EventSourceArn", kStream},
              {"FunctionName", "totals"},
              {"StartingPosition", "TRIM_HORIZON"}};
    body.update(members);
    return body;
}

// If it fails, a mapping does something else than the same request does on AWS.
TEST(MappingSettings, HasTheServicesDefaults) {
    const auto settings = parse_new_mapping(request(), kHere);
    ASSERT_TRUE(settings.has_value()) << settings.error().message;
    EXPECT_EQ(settings_json(*settings, kHere), Json::parse(R"({
        "StartingPosition": "TRIM_HORIZON", "BatchSize": 100, "MaximumBatchingWindowInSeconds": 0,
        "ParallelizationFactor": 1, "EventSourceArn": ")" + kStream +
                                                           R"(",
        "FunctionArn": "arn:aws:lambda:us-east-1:000000000000:function:totals",
        "DestinationConfig": {"OnFailure": {}}, "MaximumRecordAgeInSeconds": -1,
        "BisectBatchOnFunctionError": false, "MaximumRetryAttempts": -1,
        "TumblingWindowInSeconds": 0, "FunctionResponseTypes": []})"));
    EXPECT_TRUE(settings->enabled);
}

// If it fails, a setting that was accepted is not acted on, or not shown.
TEST(MappingSettings, HonoursEachMember) {
    struct Row {
        Json members;
        std::function<bool(const MappingSettings&, const triggers::TriggerSpec&)> holds;
    };
    using S = MappingSettings;
    using T = triggers::TriggerSpec;
    const std::string queue = "arn:aws:sqs:us-east-1:000000000000:failed";
    const std::vector<Row> rows{
        {{{"Enabled", false}}, [](const S& s, const T& t) { return !s.enabled && !t.enabled; }},
        {{{"BatchSize", 10'000}}, [](const S&, const T& t) { return t.batch_size == 10'000; }},
        {{{"MaximumBatchingWindowInSeconds", 300}},
         [](const S&, const T& t) { return t.batching_window == std::chrono::minutes(5); }},
        {{{"ParallelizationFactor", 10}},
         [](const S&, const T& t) { return t.parallelization_factor == 10; }},
        {{{"StartingPosition", "LATEST"}},
         [](const S&, const T& t) {
             return t.starting_position == triggers::StartingPosition::Latest;
         }},
        {{{"MaximumRecordAgeInSeconds", 60}},
         [](const S&, const T& t) { return t.maximum_record_age == std::chrono::minutes(1); }},
        {{{"MaximumRecordAgeInSeconds", -1}},
         [](const S&, const T& t) { return !t.maximum_record_age; }},
        {{{"MaximumRetryAttempts", 0}},
         [](const S&, const T& t) { return t.maximum_retry_attempts == 0U; }},
        {{{"MaximumRetryAttempts", -1}},
         [](const S&, const T& t) { return !t.maximum_retry_attempts; }},
        {{{"BisectBatchOnFunctionError", true}},
         [](const S&, const T& t) { return t.bisect_batch_on_function_error; }},
        {{{"TumblingWindowInSeconds", 900}},
         [](const S&, const T& t) { return t.tumbling_window == std::chrono::minutes(15); }},
        {{{"FunctionResponseTypes", {"ReportBatchItemFailures"}}},
         [](const S&, const T& t) { return t.report_batch_item_failures; }},
        {{{"FunctionResponseTypes", Json::array()}},
         [](const S&, const T& t) { return !t.report_batch_item_failures; }},
        {{{"FilterCriteria", {{"Filters", {{{"Pattern", R"({"eventName":["INSERT"]})"}}}}}}},
         [](const S& s, const T& t) { return s.filters.size() == 1 && t.filter != nullptr; }},
        {{{"FilterCriteria", {{"Filters", Json::array()}}}},
         [](const S& s, const T& t) { return s.filters.empty() && t.filter == nullptr; }},
        {{{"DestinationConfig", {{"OnFailure", {{"Destination", queue}}}}}},
         [&](const S& s, const T&) { return s.on_failure == queue; }},
        {{{"MetricsConfig", {{"Metrics", {"EventCount"}}}}},
         [](const S& s, const T&) { return s.metrics.size() == 1; }},
        {{{"MillbeckOnPoison", "park"}, {"MaximumRetryAttempts", 2}},
         [](const S&, const T& t) { return t.on_poison == triggers::OnPoison::Park; }},
        {{{"MillbeckPolling", "aws"}},
         [](const S&, const T& t) { return t.polling == triggers::Polling::Aws; }},
        {{{"MillbeckRetryFirstInMilliseconds", 1}, {"MillbeckRetryLongestInMilliseconds", 2}},
         [](const S&, const T& t) {
             return t.retry.first == base::Milliseconds{1} &&
                    t.retry.longest == base::Milliseconds{2};
         }},
        {{{"MillbeckBatchBytesMax", 1'024}},
         [](const S&, const T& t) { return t.batch_bytes_max == 1'024; }},
        {{{"FunctionName", "arn:aws:lambda:us-east-1:000000000000:function:totals:live"}},
         [](const S& s, const T& t) {
             return s.function.qualifier == "live" && t.function == "totals:live";
         }},
    };
    for (const Row& row : rows) {
        const auto settings = parse_new_mapping(request(row.members), kHere);
        ASSERT_TRUE(settings.has_value()) << row.members << ": " << settings.error().message;
        const triggers::TriggerSpec spec = trigger_of(*settings);
        EXPECT_TRUE(row.holds(*settings, spec)) << row.members;
        EXPECT_EQ(spec.table.value(), "orders");
        EXPECT_EQ(spec.stream_arn, kStream);
        // Kept on disk and read again it is the same.
        const MappingDocument kept{.uuid = "u", .settings = *settings, .tags = {{"a", "b"}}};
        const auto read = read_mapping("u", write_mapping(kept, kHere), kHere);
        ASSERT_TRUE(read.has_value()) << read.error().message;
        EXPECT_EQ(*read, kept) << row.members;
    }
}

struct Refusal {
    Json members;
    std::string exception;
    std::string message;
};

std::string one(const std::string& value, const std::string& member,
                const std::string& constraint) {
    return "1 validation error detected: Value " + value + " at '" + member +
           "' failed to satisfy constraint: " + constraint;
}

const std::string kInvalid = "InvalidParameterValueException";
const std::string kShape = "ValidationException";

std::vector<Refusal> of_both_calls() {
    return {
        {{{"BatchSize", 10'001}},
         kShape,
         one("'10001'", "batchSize", "Member must have value less than or equal to 10000")},
        {{{"BatchSize", 0}},
         kShape,
         one("'0'", "batchSize", "Member must have value greater than or equal to 1")},
        {{{"ParallelizationFactor", 11}},
         kShape,
         one("'11'", "parallelizationFactor", "Member must have value less than or equal to 10")},
        {{{"MaximumBatchingWindowInSeconds", 301}},
         kShape,
         one("'301'", "maximumBatchingWindowInSeconds",
             "Member must have value less than or equal to 300")},
        {{{"TumblingWindowInSeconds", 901}},
         kShape,
         one("'901'", "tumblingWindowInSeconds",
             "Member must have value less than or equal to 900")},
        {{{"MaximumRetryAttempts", 10'001}},
         kShape,
         one("'10001'", "maximumRetryAttempts",
             "Member must have value less than or equal to 10000")},
        {{{"MaximumRecordAgeInSeconds", 604'801}},
         kShape,
         one("'604801'", "maximumRecordAgeInSeconds",
             "Member must have value less than or equal to 604800")},
        {{{"MaximumRecordAgeInSeconds", 59}},
         kInvalid,
         "MaximumRecordAgeInSeconds must be either -1 (forever) or between 60 and 604800 "
         "(inclusive)"},
        {{{"MaximumRecordAgeInSeconds", 0}},
         kInvalid,
         "MaximumRecordAgeInSeconds must be either -1 (forever) or between 60 and 604800 "
         "(inclusive)"},
        {{{"TumblingWindowInSeconds", 10}, {"ParallelizationFactor", 2}},
         kInvalid,
         "Parallelization factor must be equal to 1 when tumbling window period is configured"},
        {{{"FunctionResponseTypes", {"Bad"}}},
         kShape,
         one("'[Bad]'", "functionResponseTypes",
             "Member must satisfy constraint: [Member must satisfy enum value set: "
             "[ReportBatchItemFailures], Member must not be null]")},
        {{{"FilterCriteria", {{"Filters", {{{"Pattern", "{"}}}}}}},
         kInvalid,
         "Invalid filter pattern definition."},
        {{{"FilterCriteria", {{"Filters", {Json::object()}}}}},
         kInvalid,
         "Invalid filter pattern definition."},
        {{{"DestinationConfig",
           {{"OnSuccess", {{"Destination", "arn:aws:sqs:us-east-1:000000000000:q"}}}}}},
         kInvalid,
         "OnSuccess configuration is not supported for event source mappings."},
        {{{"DestinationConfig", {{"OnFailure", {{"Destination", "q"}}}}}},
         kShape,
         one("'q'", "destinationConfig.onFailure.destination",
             "Member must satisfy regular expression pattern: "
             R"($|kafka://([^.]([a-zA-Z0-9\-_.]{0,248}))|arn:(aws[a-zA-Z0-9-]*):)"
             R"(([a-zA-Z0-9\-])+:([a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1})?:)"
             R"((\d{12})?:(.*))")},
        {{{"MillbeckOnPoison", "park"}},
         kInvalid,
         "MillbeckOnPoison park needs MaximumRetryAttempts, which says when a record is poisoned."},
        {{{"MillbeckOnPoison", "park"},
          {"MaximumRetryAttempts", 1},
          {"TumblingWindowInSeconds", 5}},
         kInvalid,
         "MillbeckOnPoison park and TumblingWindowInSeconds do not go together."},
        {{{"MillbeckOnPoison", "drop"}},
         kShape,
         one("'drop'", "millbeckOnPoison", "Member must satisfy enum value set: [give-up, park]")},
        {{{"MillbeckRetryFirstInMilliseconds", 60'001}},
         kInvalid,
         "MillbeckRetryLongestInMilliseconds (60000) is shorter than "
         "MillbeckRetryFirstInMilliseconds (60001)."},
        {{{"ScalingConfig", {{"MaximumConcurrency", 5}}}},
         kInvalid,
         "Unsupported ScalingConfig parameter for given event source mapping type."},
        {{{"KMSKeyArn", "arn:aws:kms:us-east-1:000000000000:key/k"}},
         kInvalid,
         "KMSKeyArn is not supported by Millbeck."},
        {{{"BatchSize", "ten"}},
         "SerializationException",
         "STRING_VALUE can not be converted to an Integer"},
        {{{"BatchSize", 0}, {"ParallelizationFactor", 0}},
         kShape,
         "2 validation errors detected: Value '0' at 'batchSize' failed to satisfy constraint: "
         "Member must have value greater than or equal to 1; Value '0' at "
         "'parallelizationFactor' failed to satisfy constraint: Member must have value greater "
         "than or equal to 1"},
    };
}

// If it fails, a mistake that AWS points out goes unnoticed until deployment, or the other way
// round.
TEST(MappingSettings, RefusesInTheServicesWords) {
    auto rows = of_both_calls();
    const std::vector<Refusal> of_create{
        {{{"EventSourceArn", nullptr}}, kInvalid, "Unrecognized event source."},
        {{{"EventSourceArn", "arn:aws:sqs:us-east-1:000000000000:q"}},
         kInvalid,
         "arn:aws:sqs:us-east-1:000000000000:q is not supported by Millbeck: EventSourceArn takes "
         "the ARN of a DynamoDB stream."},
        {{{"StartingPosition", nullptr}},
         kInvalid,
         one("null", "startingPosition", "Member must not be null.")},
        {{{"StartingPosition", "BOGUS"}},
         kShape,
         one("'BOGUS'", "startingPosition",
             "Member must satisfy enum value set: [LATEST, AT_TIMESTAMP, TRIM_HORIZON]")},
        {{{"StartingPosition", "AT_TIMESTAMP"}},
         kInvalid,
         "Unsupported starting position for arn type: " + kStream},
        {{{"StartingPositionTimestamp", 1'700'000'000}},
         kInvalid,
         "Timestamp only valid with StartingPosition AT_TIMESTAMP"},
        {{{"FunctionName", nullptr}},
         kShape,
         one("null", "functionName", "Member must not be null")},
    };
    rows.insert(rows.end(), of_create.begin(), of_create.end());
    for (const Refusal& row : rows) {
        const auto parsed = parse_new_mapping(request(row.members), kHere);
        ASSERT_FALSE(parsed.has_value()) << row.members;
        EXPECT_EQ(parsed.error().exception.name, row.exception) << row.members;
        EXPECT_EQ(parsed.error().message, row.message);
    }
    const MappingSettings now = *parse_new_mapping(request(), kHere);
    for (const Refusal& row : of_both_calls()) {
        const auto parsed = parse_mapping_update(row.members, now, kHere);
        ASSERT_FALSE(parsed.has_value()) << row.members;
        EXPECT_EQ(parsed.error().exception.name, row.exception) << row.members;
        EXPECT_EQ(parsed.error().message, row.message);
    }
}

// If it fails, an update forgets what it did not speak of, or cannot take a setting back.
TEST(MappingSettings, UpdatesWhatItNames) {
    const auto before = parse_new_mapping(
        request({{"BatchSize", 7},
                 {"FunctionResponseTypes", {"ReportBatchItemFailures"}},
                 {"FilterCriteria", {{"Filters", {{{"Pattern", R"({"eventName":["INSERT"]})"}}}}}},
                 {"DestinationConfig",
                  {{"OnFailure", {{"Destination", "arn:aws:sqs:us-east-1:000000000000:q"}}}}}}),
        kHere);
    ASSERT_TRUE(before.has_value()) << before.error().message;
    const auto same = parse_mapping_update(Json::object(), *before, kHere);
    EXPECT_EQ(*same, *before);
    const auto after =
        parse_mapping_update(Json{{"FilterCriteria", Json::object()},
                                  {"DestinationConfig", {{"OnFailure", Json::object()}}},
                                  {"FunctionResponseTypes", Json::array()},
                                  {"FunctionName", "other"}},
                             *before, kHere);
    ASSERT_TRUE(after.has_value()) << after.error().message;
    MappingSettings expected = *before;
    expected.filters.clear();
    expected.on_failure.clear();
    expected.report_batch_item_failures = false;
    expected.function.name = "other";
    EXPECT_EQ(*after, expected);
}

// If it fails, mappings made by an older release are lost with an update.
TEST(MappingSettings, ReadsWhatVersionOneWrote) {
    const auto read = read_mapping(
        "u",
        R"({"deleting":false,"modified_ms":1700000000000,"settings":{"BatchSize":7,)"
        R"("BisectBatchOnFunctionError":false,"DestinationConfig":{"OnFailure":{}},"Enabled":true,)"
        R"("EventSourceArn":")" +
            kStream +
            R"(","FunctionName":"totals:live","FunctionResponseTypes":[],)"
            R"("MaximumBatchingWindowInSeconds":0,"MaximumRecordAgeInSeconds":-1,)"
            R"("MaximumRetryAttempts":-1,"ParallelizationFactor":1,"StartingPosition":"LATEST",)"
            R"("Tags":{"team":"a"},"TumblingWindowInSeconds":0},"version":1})",
        kHere);
    ASSERT_TRUE(read.has_value()) << read.error().message;
    EXPECT_EQ(read->settings.batch_size, 7);
    EXPECT_EQ(read->settings.function.text(), "totals:live");
    EXPECT_EQ(read->tags.at("team"), "a");
    EXPECT_EQ(read_mapping("u", "{\"version\":2}", kHere).error().code, base::Code::Corrupt);
    EXPECT_EQ(read_mapping("u", "nonsense", kHere).error().code, base::Code::Corrupt);
}

}  // namespace
}  // namespace millbeck::runtime::lambda
