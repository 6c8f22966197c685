// What an event source mapping is asked to be: the members of Create- and
// UpdateEventSourceMapping, checked as the service checks them.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "runtime/lambda/function_reference.hpp"
#include "runtime/lambda/lambda_error.hpp"
#include "runtime/lambda/mapping_extensions.hpp"
#include "shardlog/ids.hpp"
#include "triggers/trigger_spec.hpp"

namespace millbeck::runtime::lambda {

// Defaults and ranges are the service's. Source: lambda API_CreateEventSourceMapping.
struct MappingSettings {
    std::string event_source_arn;  // of a stream
    FunctionReference function;
    std::string starting_position;
    bool enabled = true;
    std::int64_t batch_size = 100;
    std::int64_t batching_window_s = 0;
    std::int64_t parallelization_factor = 1;
    std::int64_t tumbling_window_s = 0;
    std::int64_t maximum_record_age_s = -1;    // -1: for ever
    std::int64_t maximum_retry_attempts = -1;  // -1: for ever
    bool bisect_batch_on_function_error = false;
    bool report_batch_item_failures = false;
    std::string on_failure;            // an ARN; empty: none
    std::vector<std::string> filters;  // patterns, as given
    std::vector<std::string> metrics;  // as given
    MappingExtensions extensions;

    friend bool operator==(const MappingSettings&, const MappingSettings&) = default;
};

// A new mapping. All that can be said without knowing what else there is.
LambdaResult<MappingSettings> parse_new_mapping(const nlohmann::json& body,
                                                const shardlog::Identity& identity);

// `now` with what `body` changes.
LambdaResult<MappingSettings> parse_mapping_update(const nlohmann::json& body,
                                                   const MappingSettings& now,
                                                   const shardlog::Identity& identity);

// The members of a reply that are settings, under the service's names; of the extensions those that
// are not as usual.
nlohmann::json settings_json(const MappingSettings& settings, const shardlog::Identity& identity);

// As a trigger; without id, name and on-failure destination. Requires: settings that were parsed.
triggers::TriggerSpec trigger_of(const MappingSettings& settings);

// The other way round, for triggers of the configuration file.
MappingSettings settings_of(const triggers::TriggerSpec& spec, std::string stream_arn);

}  // namespace millbeck::runtime::lambda
