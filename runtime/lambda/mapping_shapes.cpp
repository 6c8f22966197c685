#include "runtime/lambda/mapping_shapes.hpp"

#include <algorithm>
#include <cctype>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "runtime/lambda/arn.hpp"

namespace millbeck::runtime::lambda {

namespace {

using Json = nlohmann::json;

constexpr std::string_view kReportBatchItemFailures = "ReportBatchItemFailures";
constexpr std::string_view kDestinationPattern =
    R"($|kafka://([^.]([a-zA-Z0-9\-_.]{0,248}))|arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\-])+:)"
    R"(([a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1})?:(\d{12})?:(.*))";
constexpr std::string_view kArnPattern =
    R"(arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\-])+:([a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1})?:)"
    R"((\d{12})?:(.*))";
// `kafka://` and a topic's name, which does not begin with a dot.
bool is_topic(std::string_view text) {
    constexpr std::string_view kScheme = "kafka://";
    constexpr std::size_t kNameMax = 249;
    if (!text.starts_with(kScheme)) {
        return false;
    }
    text.remove_prefix(kScheme.size());
    return !text.empty() && text.size() <= kNameMax && text.front() != '.' &&
           std::all_of(text.begin() + 1, text.end(), [](unsigned char c) {
               return std::isalnum(c) != 0 || c == '-' || c == '_' || c == '.';
           });
}

bool is_destination(std::string_view text) {
    return text.empty() || is_topic(text) || is_arn(text);
}

// A list of words out of a closed set, at most `most` of them.
std::optional<std::vector<std::string>> words(MemberReader& reader, const char* name,
                                              const std::string& path, std::size_t most,
                                              const std::vector<std::string_view>& known) {
    auto all = reader.list(name);
    if (!all) {
        return std::nullopt;
    }
    const std::string shown = fmt::format("[{}]", fmt::join(*all, ", "));
    if (all->size() > most) {
        reader.add(shown, path,
                   fmt::format("Member must have length less than or equal to {}", most));
    }
    if (std::any_of(all->begin(), all->end(), [&](const std::string& each) {
            return std::find(known.begin(), known.end(), each) == known.end();
        })) {
        reader.add(shown, path,
                   fmt::format("Member must satisfy constraint: [Member must satisfy enum value "
                               "set: [{}], Member must not be null]",
                               fmt::join(known, ", ")));
    }
    return all;
}

void read_on_failure(MemberReader& reader, std::string& on_failure) {
    const Json* config = reader.object("DestinationConfig");
    if (config == nullptr) {
        return;
    }
    MemberReader inside(*config, "destinationConfig.");
    on_failure = read_destination(inside, "OnFailure", "destinationConfig.onFailure.");
    reader.take(std::move(inside));
}

void read_metrics(MemberReader& reader, std::vector<std::string>& metrics) {
    if (const Json* config = reader.object("MetricsConfig")) {
        MemberReader inside(*config, "metricsConfig.");
        metrics = words(inside, "Metrics", "metricsConfig.metrics", 3,
                        {"EventCount", "ErrorCount", "KafkaMetrics"})
                      .value_or(std::vector<std::string>());
        reader.take(std::move(inside));
    }
}

}  // namespace

std::string read_destination(MemberReader& config, const char* when, const std::string& path) {
    std::string arn;
    if (const Json* found = config.object(when)) {
        MemberReader inside(*found, path);
        arn = inside
                  .text("Destination",
                        {.max = 350, .fits = is_destination, .pattern = kDestinationPattern})
                  .value_or("");
        config.take(std::move(inside));
    }
    return arn;
}

void read_shapes(MemberReader& reader, MappingSettings& to) {
    const auto number = [&](const char* name, std::int64_t least, std::int64_t most,
                            std::int64_t& member) {
        member = reader.number(name, {.min = least, .max = most}).value_or(member);
    };
    number("BatchSize", 1, 10'000, to.batch_size);
    number("MaximumBatchingWindowInSeconds", 0, 300, to.batching_window_s);
    number("ParallelizationFactor", 1, 10, to.parallelization_factor);
    number("TumblingWindowInSeconds", 0, 900, to.tumbling_window_s);
    number("MaximumRecordAgeInSeconds", -1, 604'800, to.maximum_record_age_s);
    number("MaximumRetryAttempts", -1, 10'000, to.maximum_retry_attempts);
    to.enabled = reader.flag("Enabled").value_or(to.enabled);
    to.bisect_batch_on_function_error =
        reader.flag("BisectBatchOnFunctionError").value_or(to.bisect_batch_on_function_error);
    if (const auto types = words(reader, "FunctionResponseTypes", "functionResponseTypes", 1,
                                 {kReportBatchItemFailures})) {
        to.report_batch_item_failures = !types->empty();
    }
    read_on_failure(reader, to.on_failure);
    read_metrics(reader, to.metrics);
    read_extensions(reader, to.extensions);
}

void read_source_shapes(MemberReader& reader, MappingSettings& to) {
    to.event_source_arn =
        reader.text("EventSourceArn", {.fits = is_arn, .pattern = kArnPattern}).value_or("");
    to.starting_position =
        reader.text("StartingPosition", {.values = {"LATEST", "AT_TIMESTAMP", "TRIM_HORIZON"}})
            .value_or("");
}

}  // namespace millbeck::runtime::lambda
