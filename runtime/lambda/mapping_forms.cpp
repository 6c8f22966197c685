// Settings as a reply and as a trigger, and back.
#include <chrono>
#include <utility>

#include <nlohmann/json.hpp>

#include "runtime/lambda/mapping_settings.hpp"
#include "triggers/filter/filter_criteria.hpp"

namespace millbeck::runtime::lambda {

using Json = nlohmann::json;
using base::Milliseconds;
using std::chrono::seconds;
using triggers::filter::FilterCriteria;

Json settings_json(const MappingSettings& settings, const shardlog::Identity& identity) {
    Json json{
        {"StartingPosition", settings.starting_position},
        {"BatchSize", settings.batch_size},
        {"MaximumBatchingWindowInSeconds", settings.batching_window_s},
        {"ParallelizationFactor", settings.parallelization_factor},
        {"EventSourceArn", settings.event_source_arn},
        {"FunctionArn", function_arn(identity, settings.function)},
        {"DestinationConfig", {{"OnFailure", Json::object()}}},
        {"MaximumRecordAgeInSeconds", settings.maximum_record_age_s},
        {"BisectBatchOnFunctionError", settings.bisect_batch_on_function_error},
        {"MaximumRetryAttempts", settings.maximum_retry_attempts},
        {"TumblingWindowInSeconds", settings.tumbling_window_s},
        {"FunctionResponseTypes", Json::array()},
    };
    if (settings.report_batch_item_failures) {
        json["FunctionResponseTypes"].push_back("ReportBatchItemFailures");
    }
    if (!settings.on_failure.empty()) {
        json["DestinationConfig"]["OnFailure"]["Destination"] = settings.on_failure;
    }
    for (const std::string& pattern : settings.filters) {
        json["FilterCriteria"]["Filters"].push_back({{"Pattern", pattern}});
    }
    if (!settings.metrics.empty()) {
        json["MetricsConfig"]["Metrics"] = settings.metrics;
    }
    json.update(extensions_json(settings.extensions, MappingExtensions{}));
    return json;
}

triggers::TriggerSpec trigger_of(const MappingSettings& settings) {
    triggers::TriggerSpec spec;
    spec.table = shardlog::parse_stream_arn(settings.event_source_arn)->table;
    spec.stream_arn = settings.event_source_arn;
    spec.function = settings.function.text();
    spec.starting_position = settings.starting_position == "LATEST"
                                 ? triggers::StartingPosition::Latest
                                 : triggers::StartingPosition::TrimHorizon;
    spec.batch_size = static_cast<std::uint32_t>(settings.batch_size);
    spec.batching_window = seconds(settings.batching_window_s);
    spec.parallelization_factor = static_cast<std::uint32_t>(settings.parallelization_factor);
    spec.tumbling_window = seconds(settings.tumbling_window_s);
    if (settings.maximum_retry_attempts >= 0) {
        spec.maximum_retry_attempts = static_cast<std::uint32_t>(settings.maximum_retry_attempts);
    }
    if (settings.maximum_record_age_s >= 0) {
        spec.maximum_record_age = seconds(settings.maximum_record_age_s);
    }
    spec.bisect_batch_on_function_error = settings.bisect_batch_on_function_error;
    spec.report_batch_item_failures = settings.report_batch_item_failures;
    if (!settings.filters.empty()) {
        spec.filter =
            std::make_shared<const FilterCriteria>(*FilterCriteria::parse(settings.filters));
    }
    spec.enabled = settings.enabled;
    apply_extensions(settings.extensions, spec);
    return spec;
}

MappingSettings settings_of(const triggers::TriggerSpec& spec, std::string stream_arn) {
    const auto in_seconds = [](Milliseconds time) {
        return std::chrono::duration_cast<seconds>(time).count();
    };
    MappingSettings settings;
    settings.event_source_arn = std::move(stream_arn);
    settings.function.name = spec.function;
    const bool is_latest = spec.starting_position == triggers::StartingPosition::Latest;
    settings.starting_position = is_latest ? "LATEST" : "TRIM_HORIZON";
    settings.enabled = spec.enabled;
    settings.batch_size = spec.batch_size;
    settings.batching_window_s = in_seconds(spec.batching_window);
    settings.parallelization_factor = spec.parallelization_factor;
    settings.tumbling_window_s = in_seconds(spec.tumbling_window);
    if (spec.maximum_retry_attempts) {
        settings.maximum_retry_attempts = *spec.maximum_retry_attempts;
    }
    if (spec.maximum_record_age) {
        settings.maximum_record_age_s = in_seconds(*spec.maximum_record_age);
    }
    settings.bisect_batch_on_function_error = spec.bisect_batch_on_function_error;
    settings.report_batch_item_failures = spec.report_batch_item_failures;
    if (spec.filter) {
        for (const auto& pattern : spec.filter->patterns()) {
            settings.filters.push_back(pattern.text());
        }
    }
    settings.extensions = extensions_of(spec);
    return settings;
}

}  // namespace millbeck::runtime::lambda
