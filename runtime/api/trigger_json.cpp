// Triggers and sinks as JSON.
#include <nlohmann/json.hpp>

#include "runtime/api/admin_json.hpp"
#include "runtime/api/inject_answers.hpp"
#include "runtime/sink_registry.hpp"
#include "triggers/filter/filter_criteria.hpp"

namespace millbeck::runtime {

using Json = nlohmann::ordered_json;

namespace {

std::string_view state_name(triggers::WorkerState state) {
    switch (state) {
        case triggers::WorkerState::Reading:
            return "reading";
        case triggers::WorkerState::Delivering:
            return "delivering";
        case triggers::WorkerState::BackingOff:
            return "backing-off";
        case triggers::WorkerState::Finished:
            return "finished";
        case triggers::WorkerState::Broken:
            return "broken";
    }
    return "";
}

Json worker_json(const triggers::WorkerStatus& worker, base::WallTime now) {
    Json json = {{"shard", worker.shard.to_string()},
                 {"state", state_name(worker.state)},
                 {"next", worker.acknowledged_next.to_string()},
                 {"failures", worker.failures},
                 {"last_error", worker.last_error},
                 {"oldest_waiting_ms", nullptr},
                 {"records_delivered", worker.records_delivered},
                 {"batches_delivered", worker.batches_delivered},
                 {"records_filtered_out", worker.records_dropped}};
    if (worker.rows_progress) {
        json["rows_progress"] = *worker.rows_progress;
    }
    if (worker.oldest_waiting) {
        json["oldest_waiting_ms"] = (now - *worker.oldest_waiting).count();
    }
    return json;
}

Json gap_json(const triggers::Gap& gap) {
    return {{"shard", gap.shard.to_string()},
            {"from", gap.from.to_string()},
            {"to", gap.to.to_string()},
            {"noticed", base::to_iso8601(gap.noticed) + "Z"},
            {"reason", triggers::to_string(gap.reason)}};
}

Json trigger_json(const ApiContext& context, const TriggerStatus& trigger) {
    const base::WallTime now = context.clock.wall();
    Json shards = Json::array();
    for (const auto& worker : trigger.shards) {
        shards.push_back(worker_json(worker, now));
    }
    Json gaps = Json::array();
    for (const auto& gap : trigger.gaps) {
        gaps.push_back(gap_json(gap));
    }
    Json filters = Json::array();
    if (trigger.spec.filter) {
        for (const auto& pattern : trigger.spec.filter->patterns()) {
            filters.push_back(pattern.text());
        }
    }
    Json json = {{"name", trigger.spec.name},
                 {"id", trigger.spec.id.value()},
                 {"table", trigger.spec.table.value()},
                 {"function", trigger.spec.function},
                 {"enabled", trigger.spec.enabled},
                 {"batch_size", trigger.spec.batch_size},
                 {"batching_window_ms", trigger.spec.batching_window.count()},
                 {"parallelization_factor", trigger.spec.parallelization_factor},
                 {"filters", std::move(filters)},
                 {"maximum_retry_attempts", nullptr},
                 {"maximum_record_age_ms", nullptr},
                 {"bisect_batch_on_function_error", trigger.spec.bisect_batch_on_function_error},
                 {"report_batch_item_failures", trigger.spec.report_batch_item_failures},
                 {"stream_arn", trigger.stream_arn},
                 {"records_behind", trigger.records_behind},
                 {"more_behind", trigger.more_behind},
                 {"behind_for_ms", nullptr},
                 {"injected", injected_into(context, trigger.spec.name)},
                 {"shards", std::move(shards)},
                 {"gaps", std::move(gaps)}};
    if (trigger.spec.maximum_retry_attempts) {
        json["maximum_retry_attempts"] = *trigger.spec.maximum_retry_attempts;
    }
    if (trigger.spec.maximum_record_age) {
        json["maximum_record_age_ms"] = trigger.spec.maximum_record_age->count();
    }
    if (trigger.behind_for) {
        json["behind_for_ms"] = trigger.behind_for->count();
    }
    return json;
}

std::string text(const Json& json) {
    return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace

std::string triggers_json(const ApiContext& context) {
    Json triggers = Json::array();
    for (const TriggerStatus& trigger : context.triggers.status()) {
        if (!trigger.spec.copy) {
            triggers.push_back(trigger_json(context, trigger));
        }
    }
    return text({{"triggers", std::move(triggers)}});
}

std::string sinks_json(const ApiContext& context) {
    Json sinks = Json::array();
    for (const TriggerStatus& trigger : context.triggers.status()) {
        if (!trigger.spec.copy) {
            continue;
        }
        Json sink = trigger_json(context, trigger);
        sink.erase("function");
        sink["target"] = trigger.spec.sink;
        sink["paused"] = context.sinks != nullptr && context.sinks->is_paused(trigger.spec.name);
        sink["problem"] = trigger.copy_problem;
        sink["rows_copied"] = trigger.rows_copied;
        sink["rows_progress"] = nullptr;
        sink["rows_remaining_ms"] = nullptr;
        if (trigger.rows_remaining) {
            sink["rows_remaining_ms"] = trigger.rows_remaining->count();
        }
        if (trigger.rows_progress) {
            sink["rows_progress"] = *trigger.rows_progress;
        }
        sinks.push_back(std::move(sink));
    }
    return text({{"sinks", std::move(sinks)}});
}

}  // namespace millbeck::runtime
