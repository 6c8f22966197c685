#include "runtime/lambda/mapping_settings.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "runtime/lambda/shape_checks.hpp"
#include "triggers/filter/filter_criteria.hpp"

namespace millbeck::runtime::lambda {

namespace {

using Json = nlohmann::json;
using triggers::filter::FilterCriteria;

constexpr std::int64_t kRecordAgeLeast = 60;
constexpr std::string_view kReportBatchItemFailures = "ReportBatchItemFailures";
constexpr std::string_view kDestinationPattern =
    R"($|kafka://([^.]([a-zA-Z0-9\-_.]{0,248}))|arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\-])+:)"
    R"(([a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1})?:(\d{12})?:(.*))";
constexpr std::string_view kArnPattern =
    R"(arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\-])+:([a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1})?:)"
    R"((\d{12})?:(.*))";
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

// ---- the shapes: each value by itself

void read_shapes(ShapeChecks& shape, MappingSettings& to) {
    const auto number = [&](std::string_view name, std::int64_t least, std::int64_t most,
                            std::int64_t& member) {
        member = shape.integer(name, least, most).value_or(member);
    };
    number("BatchSize", 1, 10'000, to.batch_size);
    number("MaximumBatchingWindowInSeconds", 0, 300, to.batching_window_s);
    number("ParallelizationFactor", 1, 10, to.parallelization_factor);
    number("TumblingWindowInSeconds", 0, 900, to.tumbling_window_s);
    number("MaximumRecordAgeInSeconds", -1, 604'800, to.maximum_record_age_s);
    number("MaximumRetryAttempts", -1, 10'000, to.maximum_retry_attempts);
    to.enabled = shape.flag("Enabled").value_or(to.enabled);
    to.bisect_batch_on_function_error =
        shape.flag("BisectBatchOnFunctionError").value_or(to.bisect_batch_on_function_error);
    if (const auto types = shape.choices("FunctionResponseTypes", 1, {kReportBatchItemFailures})) {
        to.report_batch_item_failures = !types->empty();
    }
    if (shape.object("DestinationConfig") != nullptr) {
        to.on_failure =
            shape.text("DestinationConfig.OnFailure.Destination", 350, kDestinationPattern)
                .value_or("");
    }
    if (shape.object("MetricsConfig") != nullptr) {
        to.metrics =
            shape.choices("MetricsConfig.Metrics", 3, {"EventCount", "ErrorCount", "KafkaMetrics"})
                .value_or(std::vector<std::string>());
    }
}

// ---- what the service says of values that fit their shapes

LambdaResult<void> read_filters(ShapeChecks& shape, MappingSettings& to) {
    if (shape.object("FilterCriteria") == nullptr) {
        return {};
    }
    to.filters.clear();
    const Json* filters = shape.list("FilterCriteria.Filters");
    if (filters == nullptr || filters->empty()) {
        return {};
    }
    for (const Json& filter : *filters) {
        const auto pattern = filter.is_object() ? filter.find("Pattern") : filter.end();
        if (!filter.is_object() || pattern == filter.end() || !pattern->is_string()) {
            return refuse(kInvalidParameterValue, std::string(triggers::filter::kInvalidPattern));
        }
        to.filters.push_back(pattern->get<std::string>());
    }
    if (to.filters.size() > triggers::filter::kPatternsMax) {
        return refuse(kInvalidParameterValue,
                      fmt::format("FilterCriteria has {} filters, and {} at most are taken.",
                                  to.filters.size(), triggers::filter::kPatternsMax));
    }
    return FilterCriteria::parse(to.filters)
               ? LambdaResult<void>{}
               : refuse(kInvalidParameterValue, std::string(triggers::filter::kInvalidPattern));
}

LambdaResult<void> check_destination(const ShapeChecks& shape, const std::string& arn) {
    if (shape.has("DestinationConfig.OnSuccess.Destination")) {
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

LambdaResult<void> check_of_other_sources(const ShapeChecks& shape) {
    for (const std::string_view name : kOfOtherSources) {
        if (shape.has(name)) {
            return refuse(kInvalidParameterValue,
                          fmt::format("Unsupported {} parameter for given event source mapping "
                                      "type.",
                                      name));
        }
    }
    if (shape.has("KMSKeyArn")) {
        return refuse(kInvalidParameterValue, "KMSKeyArn is not supported by Millbeck.");
    }
    return {};
}

LambdaResult<void> read_function(ShapeChecks& shape, const shardlog::Identity& identity,
                                 MappingSettings& to) {
    const auto name = shape.text("FunctionName");
    MB_LAMBDA_TRY_STATUS(shape.result());
    if (name) {
        MB_LAMBDA_TRY(to.function, parse_function_reference(*name, identity));
    }
    return {};
}

// What Create and Update have in common, behind the shapes.
LambdaResult<void> read_common(ShapeChecks& shape, const shardlog::Identity& identity,
                               MappingSettings& to) {
    MB_LAMBDA_TRY_STATUS(check_of_other_sources(shape));
    MB_LAMBDA_TRY_STATUS(read_function(shape, identity, to));
    MB_LAMBDA_TRY_STATUS(check_destination(shape, to.on_failure));
    MB_LAMBDA_TRY_STATUS(read_filters(shape, to));
    return check_together(to);
}

LambdaResult<void> check_source(const ShapeChecks& shape, const MappingSettings& settings) {
    const std::string& arn = settings.event_source_arn;
    if (shape.has("SelfManagedEventSource")) {
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

LambdaResult<void> check_position(const ShapeChecks& shape, const MappingSettings& settings) {
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
    if (shape.has("StartingPositionTimestamp")) {
        return refuse(kInvalidParameterValue,
                      "Timestamp only valid with StartingPosition AT_TIMESTAMP");
    }
    return {};
}

}  // namespace

LambdaResult<MappingSettings> parse_new_mapping(const Json& body,
                                                const shardlog::Identity& identity) {
    MappingSettings settings;
    ShapeChecks shape(body);
    if (!shape.has("FunctionName")) {
        shape.note("FunctionName", "null", "Member must not be null");
    }
    settings.event_source_arn = shape.text("EventSourceArn", 10'000, kArnPattern).value_or("");
    settings.starting_position =
        shape.choice("StartingPosition", {"LATEST", "AT_TIMESTAMP", "TRIM_HORIZON"}).value_or("");
    read_shapes(shape, settings);
    MB_LAMBDA_TRY_STATUS(shape.result());
    MB_LAMBDA_TRY_STATUS(check_source(shape, settings));
    MB_LAMBDA_TRY_STATUS(check_position(shape, settings));
    MB_LAMBDA_TRY_STATUS(read_common(shape, identity, settings));
    return settings;
}

LambdaResult<MappingSettings> parse_mapping_update(const Json& body, const MappingSettings& now,
                                                   const shardlog::Identity& identity) {
    MappingSettings settings = now;
    ShapeChecks shape(body);
    read_shapes(shape, settings);
    MB_LAMBDA_TRY_STATUS(shape.result());
    MB_LAMBDA_TRY_STATUS(read_common(shape, identity, settings));
    return settings;
}

}  // namespace millbeck::runtime::lambda
