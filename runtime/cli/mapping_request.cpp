#include "runtime/cli/mapping_request.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "runtime/config/destination_settings.hpp"
#include "runtime/lambda/mapping_settings.hpp"

namespace millbeck::runtime::cli {

using base::Code;
using base::Result;
using base::Status;
using Json = nlohmann::json;
using triggers::OnFailure;

namespace {

// What each key is called in the requests.
const std::map<std::string, std::string>& members() {
    static const std::map<std::string, std::string> all{
        {"starting_position", "StartingPosition"},
        {"batch_size", "BatchSize"},
        {"batching_window", "MaximumBatchingWindowInSeconds"},
        {"parallelization_factor", "ParallelizationFactor"},
        {"tumbling_window", "TumblingWindowInSeconds"},
        {"batch_bytes_max", "MillbeckBatchBytesMax"},
        {"filters", "FilterCriteria"},
        {"retry_first", "MillbeckRetryFirstInMilliseconds"},
        {"retry_longest", "MillbeckRetryLongestInMilliseconds"},
        {"maximum_retry_attempts", "MaximumRetryAttempts"},
        {"maximum_record_age", "MaximumRecordAgeInSeconds"},
        {"bisect_batch_on_function_error", "BisectBatchOnFunctionError"},
        {"report_batch_item_failures", "FunctionResponseTypes"},
        {"on_poison", "MillbeckOnPoison"},
        {"polling", "MillbeckPolling"},
        {"enabled", "Enabled"},
    };
    return all;
}

// `arn:aws:dynamodb:<region>:<account>:...`
shardlog::Identity identity_of(const std::string& arn) {
    std::vector<std::string> parts;
    std::size_t begin = 0;
    for (int i = 0; i < 5; ++i) {
        const std::size_t end = std::min(arn.find(':', begin), arn.size());
        parts.push_back(arn.substr(begin, end - begin));
        begin = std::min(end + 1, arn.size());
    }
    return {.region = parts[3], .account_id = parts[4]};
}

// A mapping knows places by their ARNs only.
Result<Json> destination_json(const std::string& written, const Value& value,
                              const std::string& stream_arn) {
    if (written.starts_with("arn:")) {
        return Json{{"Destination", written}};
    }
    MB_TRY(const OnFailure place, on_failure_of(value));
    if (place.kind == OnFailure::Kind::DeadLetters) {
        return Json::object();
    }
    if (place.kind == OnFailure::Kind::Function) {
        return Json{
            {"Destination", lambda::function_arn(identity_of(stream_arn), {place.place, ""})}};
    }
    return base::fail(Code::Invalid,
                      "such a place needs an ARN that stands for it under destinations in the "
                      "configuration; name that ARN");
}

// The service counts seconds.
Status check_seconds(const std::string& key, const triggers::TriggerSpec& spec) {
    const base::Milliseconds time = key == "batching_window"
                                        ? spec.batching_window
                                        : spec.maximum_record_age.value_or(base::Milliseconds{0});
    const bool counts = key == "batching_window" || key == "maximum_record_age";
    return !counts || time.count() % 1'000 == 0
               ? Status{}
               : base::fail(Code::Invalid, "must be whole seconds");
}

Status apply(const std::string& key, const Value& value, TriggerConfig& to) {
    const Setting<TriggerConfig>* row = find_setting(trigger_settings(), key);
    MB_CHECK(row != nullptr, "a flag is a row of the table");
    MB_TRY_STATUS(row->set(to, value));
    return check_seconds(key, to.spec);
}

}  // namespace

std::vector<Setting<TriggerConfig>> mapping_rows() {
    std::vector<Setting<TriggerConfig>> rows = trigger_settings();
    std::erase_if(rows, [](const auto& row) { return row.key == "name"; });
    return rows;
}

Result<Json> mapping_members(const WrittenSettings& written, const std::string& stream_arn) {
    TriggerConfig config;
    Json body = Json::object();
    for (const auto& [key, text] : written) {
        const std::string flag = flag_of_key(key);
        if (key == "table") {
            continue;
        }
        if (key == "function") {
            body["FunctionName"] = text;
            continue;
        }
        MB_TRY(const Value value, parse_yaml(flag, text));
        if (key == "on_failure") {
            auto destination = destination_json(text, value, stream_arn);
            if (!destination) {
                return base::with_context(flag, std::move(destination).error());
            }
            body["DestinationConfig"]["OnFailure"] = std::move(*destination);
        } else if (Status applied = apply(key, value, config); !applied) {
            return base::with_context(flag, std::move(applied).error());
        }
    }
    const auto settings = lambda::settings_of(config.spec, stream_arn);
    Json all = lambda::settings_json(settings, {});
    all.update(lambda::extensions_json(settings.extensions));
    all["Enabled"] = settings.enabled;
    for (const auto& [key, text] : written) {
        if (const auto member = members().find(key); member != members().end()) {
            const auto found = all.find(member->second);
            body[member->second] = found == all.end() ? Json::object() : *found;
        }
    }
    return body;
}

}  // namespace millbeck::runtime::cli
