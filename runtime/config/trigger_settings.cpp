// The rows of triggers.
#include <chrono>

#include "runtime/config/destination_settings.hpp"
#include "runtime/config/filter_settings.hpp"
#include "runtime/config/names.hpp"
#include "runtime/config/retry_settings.hpp"
#include "runtime/config/settings.hpp"

namespace millbeck::runtime {

using base::Status;
using namespace std::chrono_literals;

namespace {

Status set_tumbling_window(TriggerConfig& trigger, const Value& value) {
    MB_TRY(const std::string text, text_of(value, "a duration"));
    MB_TRY(const base::Milliseconds length, parse_duration(text));
    const bool is_whole = length.count() % 1'000 == 0;
    if (!is_whole || length < 0s || length > 900s) {
        return base::fail(base::Code::Invalid,
                          fmt::format("must be whole seconds from 0s to 15m, not {}", text));
    }
    trigger.spec.tumbling_window = length;
    return {};
}

}  // namespace

// NOLINTNEXTLINE(readability-function-size): a table.
const std::vector<Setting<TriggerConfig>>& trigger_settings() {
    using T = TriggerConfig;
    using triggers::StartingPosition;
    static const std::vector<Setting<T>> settings{
        special_setting<T>("name", "name", "table-function",
                           "For people and metrics; keeps its place by it.",
                           [](T& t, const Value& value) { return set_name(t.spec.name, value); }),
        required(special_setting<T>(
            "table", "name", "", "Whose changes it delivers.",
            [](T& t, const Value& value) { return set_table_name(t.spec.table, value); })),
        required(special_setting<T>(
            "function", "name", "", "What it delivers to.",
            [](T& t, const Value& value) { return set_name(t.spec.function, value); })),
        choice_setting<T, StartingPosition>(
            "starting_position", [](T & t) -> auto& { return t.spec.starting_position; },
            {{"TRIM_HORIZON", StartingPosition::TrimHorizon}, {"LATEST", StartingPosition::Latest}},
            "Where it begins when it is new: the oldest change kept, or the next one."),
        number_setting<T>(
            "batch_size", [](T & t) -> auto& { return t.spec.batch_size; }, 1, 10'000, false,
            "Records in one event at most."),
        duration_setting<T>(
            "batching_window", [](T & t) -> auto& { return t.spec.batching_window; }, 0s, 300s,
            "How long to gather a fuller batch; 0s delivers at once."),
        number_setting<T>(
            "parallelization_factor", [](T & t) -> auto& { return t.spec.parallelization_factor; },
            1, 10, false,
            "Batches of a shard delivered at once; the changes of one partition key stay in "
            "order."),
        special_setting<T>(
            "tumbling_window", "duration, whole seconds, 0s to 15m", "0s",
            "Changes of one such stretch of time are delivered with the state that the function "
            "returned last; 0s: no windows.",
            set_tumbling_window),
        number_setting<T>(
            "batch_bytes_max", [](T & t) -> auto& { return t.spec.batch_bytes_max; }, 1024,
            6u << 20, true, "Size of an event at most; a larger single record goes alone."),
        special_setting<T>(
            "filters", "list of event patterns", "[]",
            "Delivers only changes that match one of these (10 at most); none: every change. A "
            "pattern is EventBridge's, as a map or as JSON text: {eventName: [INSERT], dynamodb: "
            "{NewImage: {state: {S: [open]}}}}.",
            [](T& t, const Value& value) -> Status {
                MB_TRY(t.spec.filter, filters_of_value(value));
                return {};
            }),
        duration_setting<T>(
            "retry_first", [](T & t) -> auto& { return t.spec.retry.first; }, 1ms, 1h,
            "Wait before a failed batch is tried again; doubles."),
        duration_setting<T>(
            "retry_longest", [](T & t) -> auto& { return t.spec.retry.longest; }, 1ms, 24h,
            "Longest wait before another try."),
        special_setting<T>(
            "maximum_retry_attempts", "number, 0 to 10000, or unlimited", "unlimited",
            "Tries after the first before a failing batch is given up.",
            [](T& t, const Value& value) { return set_maximum_retry_attempts(t.spec, value); }),
        special_setting<T>(
            "maximum_record_age", "duration, 1m to 7d, or unlimited", "unlimited",
            "Older changes are given up.",
            [](T& t, const Value& value) { return set_maximum_record_age(t.spec, value); }),
        flag_setting<T>(
            "bisect_batch_on_function_error",
            [](T & t) -> auto& { return t.spec.bisect_batch_on_function_error; },
            "A failed batch is tried again in halves."),
        flag_setting<T>(
            "report_batch_item_failures",
            [](T & t) -> auto& { return t.spec.report_batch_item_failures; },
            "A reply that names failed records is heard: a retry begins at the first of them."),
        special_setting<T>("on_failure", std::string(kPlacesOfFailure), "dead-letters",
                           "Where given-up batches go: `millbeck dlq`; files as Lambda puts them "
                           "into a bucket, below a folder; a POST of the same document; a message "
                           "of a topic; a function that is called with it.",
                           [](T& t, const Value& value) { return set_on_failure(t.spec, value); }),
        choice_setting<T, triggers::OnPoison>(
            "on_poison", [](T & t) -> auto& { return t.spec.on_poison; },
            {{"give-up", triggers::OnPoison::GiveUp}, {"park", triggers::OnPoison::Park}},
            "What becomes of changes that failed as often as maximum_retry_attempts allows. park, "
            "which AWS has not: their key is set aside (`millbeck parked`), its later changes wait "
            "behind them in order, the others go on."),
        choice_setting<T, triggers::Polling>(
            "polling", [](T & t) -> auto& { return t.spec.polling; },
            {{"doorbell", triggers::Polling::Doorbell}, {"aws", triggers::Polling::Aws}},
            "When a change is seen: at once, or with the next of four looks a second, as on AWS."),
        flag_setting<T>(
            "enabled", [](T & t) -> auto& { return t.spec.enabled; },
            "false keeps its place and delivers nothing."),
    };
    return settings;
}

}  // namespace millbeck::runtime
