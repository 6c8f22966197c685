// The rows of sinks; those of each target stand in a file of its own.
#include <chrono>

#include "runtime/config/destination_settings.hpp"
#include "runtime/config/filter_settings.hpp"
#include "runtime/config/names.hpp"
#include "runtime/config/retry_settings.hpp"
#include "runtime/config/settings.hpp"
#include "runtime/config/sink_targets.hpp"

namespace millbeck::runtime {

using base::Code;
using base::Status;
using namespace std::chrono_literals;

namespace {

base::Result<std::vector<std::string>> names_of(const Value& value) {
    if (value.kind != Value::Kind::List) {
        return base::fail(
            Code::Invalid,
            fmt::format("must be a list of attributes, but {} is there", to_string(value.kind)));
    }
    std::vector<std::string> names;
    for (const Value& item : value.items) {
        MB_TRY(std::string name, text_of(item, "an attribute"));
        names.push_back(std::move(name));
    }
    return names;
}

const std::vector<Setting<sinks::RowMapping>>& mapping_settings() {
    using M = sinks::RowMapping;
    static const std::vector<Setting<M>> settings{
        special_setting<M>("include", "list of attributes", "", "Only these; a.b is b in a map a.",
                           [](M& m, const Value& value) -> Status {
                               MB_TRY(m.include, names_of(value));
                               return {};
                           }),
        special_setting<M>("exclude", "list of attributes", "", "Not these.",
                           [](M& m, const Value& value) -> Status {
                               MB_TRY(m.exclude, names_of(value));
                               return {};
                           }),
        special_setting<M>("rename", "map of texts", "", "From attribute to name.",
                           [](M& m, const Value& value) -> Status {
                               MB_TRY(m.rename, texts_of(value));
                               return {};
                           }),
        special_setting<M>("flatten", "text", "", "Joins the names of maps: a_b.",
                           [](M& m, const Value& value) -> Status {
                               MB_TRY(m.flatten, text_of(value, "a text"));
                               return {};
                           }),
    };
    return settings;
}

Status set_mapping(SinkConfig& sink, const Value& value) {
    if (value.kind != Value::Kind::Map) {
        return base::fail(Code::Invalid,
                          fmt::format("must be a map, but {} is there", to_string(value.kind)));
    }
    for (const auto& member : value.members) {
        const auto* setting = find_setting(mapping_settings(), member.key);
        if (setting == nullptr) {
            return base::fail(Code::Invalid,
                              fmt::format("unknown key \"{}\"{}", member.key,
                                          did_you_mean(member.key, keys_of(mapping_settings()))));
        }
        if (const Status set = setting->set(sink.mapping, member.value); !set) {
            return base::with_context(member.key, set.error());
        }
    }
    return {};
}

std::vector<Setting<SinkConfig>> common() {
    using S = SinkConfig;
    using triggers::CopyFrom;
    return {
        special_setting<S>(
            "filters", "list of event patterns", "[]",
            "Copies only rows and changes that match one of these (10 at most), as triggers do. A "
            "change that matches no more leaves what was copied before.",
            [](S& s, const Value& value) -> Status {
                MB_TRY(s.spec.filter, filters_of_value(value));
                return {};
            }),
        special_setting<S>("map", "map", "{}",
                           "What becomes of an item: {include: [a, b.c], exclude: [d], rename: {a: "
                           "x}, flatten: _}. Without it all attributes, by their names.",
                           set_mapping),
        choice_setting<S, CopyFrom>(
            "start", [](S & s) -> auto& { return s.spec.copy->from; },
            {{"rows", CopyFrom::Rows},
             {"TRIM_HORIZON", CopyFrom::TrimHorizon},
             {"LATEST", CopyFrom::Latest}},
            "What a new sink begins with: the rows that are there, then the changes since; or the "
            "oldest change kept; or the next one."),
        number_setting<S>(
            "rows_per_second", [](S & s) -> auto& { return s.spec.copy->rows_per_second; }, 0,
            100'000'000, false,
            "Of the rows that are there, at most; 0: no limit. Beside busy writers it is less: "
            "they get "
            "most of the time."),
        number_setting<S>(
            "batch_size", [](S & s) -> auto& { return s.spec.batch_size; }, 1, 10'000, false,
            "Rows or changes in one batch at most."),
        duration_setting<S>(
            "batching_window", [](S & s) -> auto& { return s.spec.batching_window; }, 0s, 300s,
            "How long to gather a fuller batch; 0s delivers at once."),
        number_setting<S>(
            "batch_bytes_max", [](S & s) -> auto& { return s.spec.batch_bytes_max; }, 1024,
            6u << 20, true, "Size of a batch at most; one batch of each shard is in flight."),
        duration_setting<S>(
            "retry_first", [](S & s) -> auto& { return s.spec.retry.first; }, 1ms, 1h,
            "Wait before a failed batch is tried again; doubles."),
        duration_setting<S>(
            "retry_longest", [](S & s) -> auto& { return s.spec.retry.longest; }, 1ms, 24h,
            "Longest wait before another try."),
        special_setting<S>(
            "maximum_retry_attempts", "number, 0 to 10000, or unlimited", "unlimited",
            "Tries after the first before a failing batch of changes is given up: the "
            "copy then lacks it. Rows are never given up.",
            [](S& s, const Value& value) { return set_maximum_retry_attempts(s.spec, value); }),
        special_setting<S>("on_failure", std::string(kPlacesOfFailure), "dead-letters",
                           "Where given-up batches go, as for triggers.",
                           [](S& s, const Value& value) { return set_on_failure(s.spec, value); }),
        flag_setting<S>(
            "enabled", [](S & s) -> auto& { return s.spec.enabled; },
            "false keeps its place and copies nothing."),
    };
}

}  // namespace

const std::vector<Setting<SinkConfig>>& sink_settings() {
    using S = SinkConfig;
    static const std::vector<Setting<S>> settings = [] {
        std::vector<Setting<S>> all{
            special_setting<S>(
                "name", "name", "table-target", "For people and metrics; keeps its place by it.",
                [](S& s, const Value& value) { return set_name(s.spec.name, value); }),
            required(special_setting<S>(
                "table", "name", "", "What is copied.",
                [](S& s, const Value& value) { return set_table_name(s.spec.table, value); }))};
        for (const SinkTarget& target : sink_targets()) {
            all.push_back(target.setting);
        }
        const std::vector<Setting<S>> others = common();
        all.insert(all.end(), others.begin(), others.end());
        return all;
    }();
    return settings;
}

}  // namespace millbeck::runtime
