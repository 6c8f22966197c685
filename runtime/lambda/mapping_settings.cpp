#include "runtime/lambda/mapping_settings.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "runtime/lambda/mapping_shapes.hpp"
#include "runtime/lambda/member_reader.hpp"
#include "triggers/filter/filter_criteria.hpp"

namespace millbeck::runtime::lambda {

namespace {

using Json = nlohmann::json;
using triggers::filter::FilterCriteria;

constexpr std::int64_t kRecordAgeLeast = 60;
// What a DynamoDB stream has no use for: of queues, brokers and document databases.
constexpr std::array<std::string_view, 10> kOfOtherSources{"Topics",
                                                           "Queues",
                                                           "SourceAccessConfigurations",
                                                           "SelfManagedEventSource",
                                                           "AmazonManagedKafkaEventSourceConfig",
                                                           "SelfManagedKafkaEventSourceConfig",
                                                           "ScalingConfig",
                                                           "DocumentDBEventSourceConfig",
                                                           "ProvisionedPollerConfig",
                                                           "LoggingConfig"};

// Whether the member is there and not null.
bool given(const Json& body, std::string_view name) {
    const auto found = body.find(std::string(name));
    return found != body.end() && !found->is_null();
}

// ---- what the service says of values that fit their shapes

LambdaResult<void> read_filters(const Json& body, MappingSettings& to) {
    if (!given(body, "FilterCriteria")) {
        return {};
    }
    MemberReader reader(body);
    const Json* criteria = reader.object("FilterCriteria");
    MB_LAMBDA_TRY_STATUS(reader.verdict());
    to.filters.clear();
    if (!given(*criteria, "Filters")) {
        return {};
    }
    const Json& filters = (*criteria)["Filters"];
    for (const Json& filter : filters.is_array() ? filters : Json::array({Json()})) {
        const bool has_pattern =
            filter.is_object() && filter.contains("Pattern") && filter["Pattern"].is_string();
        if (!has_pattern) {
            return refuse(kInvalidParameterValue, std::string(triggers::filter::kInvalidPattern));
        }
        to.filters.push_back(filter["Pattern"].get<std::string>());
    }
    if (to.filters.size() > triggers::filter::kPatternsMax) {
        return refuse(kInvalidParameterValue,
                      fmt::format("FilterCriteria has {} filters, and {} at most are taken.",
                                  to.filters.size(), triggers::filter::kPatternsMax));
    }
    return to.filters.empty() || FilterCriteria::parse(to.filters)
               ? LambdaResult<void>{}
               : refuse(kInvalidParameterValue, std::string(triggers::filter::kInvalidPattern));
}

LambdaResult<void> check_destination(const Json& body, const std::string& arn) {
    const bool has_success = given(body, "DestinationConfig") &&
                             given(body["DestinationConfig"], "OnSuccess") &&
                             !body["DestinationConfig"]["OnSuccess"].empty();
    if (has_success) {
        return refuse(kInvalidParameterValue,
                      "OnSuccess configuration is not supported for event source mappings.");
    }
    constexpr std::array<std::string_view, 4> kServices{":sqs:", ":sns:", ":s3:", ":lambda:"};
    const bool is_known =
        arn.empty() || std::any_of(kServices.begin(), kServices.end(), [&](std::string_view each) {
            return arn.find(each) != std::string::npos;
        });
    if (!is_known || arn.ends_with(".fifo")) {
        return refuse(kInvalidParameterValue,
                      "Unsupported DestinationConfig parameter for given event source mapping "
                      "type.");
    }
    return {};
}

LambdaResult<void> check_together(const MappingSettings& settings) {
    if (settings.maximum_record_age_s != -1 && settings.maximum_record_age_s < kRecordAgeLeast) {
        return refuse(kInvalidParameterValue,
                      "MaximumRecordAgeInSeconds must be either -1 (forever) or between 60 and "
                      "604800 (inclusive)");
    }
    if (settings.tumbling_window_s > 0 && settings.parallelization_factor > 1) {
        return refuse(kInvalidParameterValue,
                      "Parallelization factor must be equal to 1 when tumbling window period is "
                      "configured");
    }
    if (settings.tumbling_window_s > 0 && !settings.filters.empty()) {
        return refuse(kInvalidParameterValue,
                      "FilterCriteria is not supported when tumbling window period is configured");
    }
    const bool only_counts = std::all_of(settings.metrics.begin(), settings.metrics.end(),
                                         [](const auto& each) { return each == "EventCount"; });
    if (!only_counts) {
        return refuse(kInvalidParameterValue,
                      "Unsupported MetricsConfig parameter for given event source mapping type.");
    }
    return {};
}

LambdaResult<void> check_extensions(const MappingSettings& settings) {
    const MappingExtensions& extensions = settings.extensions;
    const bool parks = extensions.on_poison == "park";
    if (parks && settings.maximum_retry_attempts < 0) {
        return refuse(kInvalidParameterValue,
                      "MillbeckOnPoison park needs MaximumRetryAttempts, which says when a record "
                      "is poisoned.");
    }
    if (parks && settings.tumbling_window_s > 0) {
        return refuse(kInvalidParameterValue,
                      "MillbeckOnPoison park and TumblingWindowInSeconds do not go together.");
    }
    if (extensions.retry_longest_ms < extensions.retry_first_ms) {
        return refuse(kInvalidParameterValue,
                      fmt::format("MillbeckRetryLongestInMilliseconds ({}) is shorter than "
                                  "MillbeckRetryFirstInMilliseconds ({}).",
                                  extensions.retry_longest_ms, extensions.retry_first_ms));
    }
    return {};
}

LambdaResult<void> check_of_other_sources(const Json& body) {
    for (const std::string_view name : kOfOtherSources) {
        if (given(body, name)) {
            return refuse(kInvalidParameterValue,
                          fmt::format("Unsupported {} parameter for given event source mapping "
                                      "type.",
                                      name));
        }
    }
    if (given(body, "KMSKeyArn")) {
        return refuse(kInvalidParameterValue, "KMSKeyArn is not supported by Millbeck.");
    }
    return {};
}

// What Create and Update have in common, behind the shapes.
LambdaResult<void> read_common(const Json& body, const std::optional<std::string>& function,
                               const shardlog::Identity& identity, MappingSettings& to) {
    MB_LAMBDA_TRY_STATUS(check_of_other_sources(body));
    if (function) {
        MB_LAMBDA_TRY(to.function, parse_function_reference(*function, identity));
    }
    MB_LAMBDA_TRY_STATUS(check_destination(body, to.on_failure));
    MB_LAMBDA_TRY_STATUS(read_filters(body, to));
    MB_LAMBDA_TRY_STATUS(check_together(to));
    return check_extensions(to);
}

LambdaResult<void> check_source(const Json& body, const MappingSettings& settings) {
    const std::string& arn = settings.event_source_arn;
    if (given(body, "SelfManagedEventSource")) {
        return refuse(kInvalidParameterValue,
                      "SelfManagedEventSource is not supported by Millbeck: EventSourceArn takes "
                      "the ARN of a DynamoDB stream.");
    }
    if (arn.empty()) {
        return refuse(kInvalidParameterValue, "Unrecognized event source.");
    }
    if (!shardlog::parse_stream_arn(arn)) {
        return refuse(kInvalidParameterValue,
                      fmt::format("{} is not supported by Millbeck: EventSourceArn takes the ARN "
                                  "of a DynamoDB stream.",
                                  arn));
    }
    return {};
}

LambdaResult<void> check_position(const Json& body, const MappingSettings& settings) {
    if (settings.starting_position.empty()) {
        return refuse(kInvalidParameterValue,
                      "1 validation error detected: Value null at 'startingPosition' failed to "
                      "satisfy constraint: Member must not be null.");
    }
    if (settings.starting_position == "AT_TIMESTAMP") {
        return refuse(kInvalidParameterValue,
                      fmt::format("Unsupported starting position for arn type: {}",
                                  settings.event_source_arn));
    }
    if (given(body, "StartingPositionTimestamp")) {
        return refuse(kInvalidParameterValue,
                      "Timestamp only valid with StartingPosition AT_TIMESTAMP");
    }
    return {};
}

}  // namespace

LambdaResult<MappingSettings> parse_new_mapping(const Json& body,
                                                const shardlog::Identity& identity) {
    MappingSettings settings;
    MemberReader reader(body);
    reader.require("FunctionName");
    const auto function = reader.text("FunctionName");
    read_source_shapes(reader, settings);
    read_shapes(reader, settings);
    MB_LAMBDA_TRY_STATUS(reader.verdict());
    MB_LAMBDA_TRY_STATUS(check_source(body, settings));
    MB_LAMBDA_TRY_STATUS(check_position(body, settings));
    MB_LAMBDA_TRY_STATUS(read_common(body, function, identity, settings));
    return settings;
}

LambdaResult<MappingSettings> parse_mapping_update(const Json& body, const MappingSettings& now,
                                                   const shardlog::Identity& identity) {
    MappingSettings settings = now;
    MemberReader reader(body);
    const auto function = reader.text("FunctionName");
    read_shapes(reader, settings);
    MB_LAMBDA_TRY_STATUS(reader.verdict());
    MB_LAMBDA_TRY_STATUS(read_common(body, function, identity, settings));
    return settings;
}

}  // namespace millbeck::runtime::lambda
