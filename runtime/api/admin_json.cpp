#include "runtime/api/admin_json.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "triggers/filter/filter_criteria.hpp"

namespace millbeck::runtime {

using base::Code;
using Json = nlohmann::ordered_json;

namespace {

constexpr std::size_t kTablesMax = 10'000;

std::string text(const Json& json) {
    return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

Json key_json(const capture::KeyAttribute& key) {
    return {{"name", key.name}, {"type", to_string(key.type)}};
}

Json table_json(const ApiContext& context, const capture::TableDescription& table) {
    Json keys = {{"hash", key_json(table.spec.keys.hash)}};
    if (table.spec.keys.range) {
        keys["range"] = key_json(*table.spec.keys.range);
    }
    Json stream = nullptr;
    if (table.spec.stream) {
        stream = {{"view_type", to_string(*table.spec.stream)},
                  {"arn", shardlog::stream_arn(context.identity, table.spec.name,
                                               table.latest_stream_label)}};
    }
    return {{"name", table.spec.name.value()},
            {"keys", std::move(keys)},
            {"items", table.item_count},
            {"bytes", table.size_bytes},
            {"stream", std::move(stream)}};
}

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

Json trigger_json(const TriggerStatus& trigger, base::WallTime now) {
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

Json shard_json(const shardlog::Shard& shard) {
    Json parents = Json::array();
    for (const auto& parent : shard.parents) {
        parents.push_back(parent.to_string());
    }
    Json json = {{"shard", shard.id.to_string()},
                 {"open", !shard.ending.has_value()},
                 {"parents", std::move(parents)},
                 {"first_hash", fmt::format("{:016x}", shard.hashes.first)},
                 {"last_hash", fmt::format("{:016x}", shard.hashes.last)},
                 {"starting", shard.starting.to_string()},
                 {"ending", nullptr}};
    if (shard.ending) {
        json["ending"] = shard.ending->to_string();
    }
    return json;
}

unsigned status_of(Code code) {
    switch (code) {
        case Code::Invalid:
        case Code::Malformed:
        case Code::Unsupported:
        case Code::LimitExceeded:
        case Code::Trimmed:
        case Code::Expired:
        case Code::UnknownOperation:
            return 400;
        case Code::NotFound:
            return 404;
        case Code::InUse:
        case Code::ConditionFailed:
            return 409;
        case Code::Unavailable:
        case Code::DeadlineExceeded:
        case Code::Cancelled:
            return 503;
        case Code::NoSpace:
        case Code::Io:
        case Code::Corrupt:
        case Code::Internal:
            return 500;
    }
    return 500;
}

}  // namespace

std::string status_json(const ApiContext& context) {
    const shardlog::LogStats log = context.log.stats();
    return text({{"version", context.node.version},
                 {"process", ::getpid()},
                 {"data_folder", context.node.data_folder},
                 {"uptime_ms", (context.clock.wall() - context.node.started).count()},
                 {"region", context.identity.region},
                 {"account_id", context.identity.account_id},
                 {"tables", context.store.list_tables("", kTablesMax).size()},
                 {"log",
                  {{"first", log.first.to_string()},
                   {"published", log.published.to_string()},
                   {"segments", log.segments},
                   {"bytes", log.bytes},
                   {"shards_open", log.shards_open}}}});
}

std::string tables_json(const ApiContext& context) {
    Json tables = Json::array();
    for (const auto& name : context.store.list_tables("", kTablesMax)) {
        if (const auto table = context.store.describe_table(name)) {
            tables.push_back(table_json(context, *table));
        }
    }
    return text({{"tables", std::move(tables)}});
}

std::string triggers_json(const ApiContext& context) {
    const base::WallTime now = context.clock.wall();
    Json triggers = Json::array();
    for (const TriggerStatus& trigger : context.triggers.status()) {
        if (!trigger.spec.copy) {
            triggers.push_back(trigger_json(trigger, now));
        }
    }
    return text({{"triggers", std::move(triggers)}});
}

std::string sinks_json(const ApiContext& context) {
    const base::WallTime now = context.clock.wall();
    Json sinks = Json::array();
    for (const TriggerStatus& trigger : context.triggers.status()) {
        if (!trigger.spec.copy) {
            continue;
        }
        Json sink = trigger_json(trigger, now);
        sink.erase("function");
        sink["target"] = trigger.spec.sink;
        sink["problem"] = trigger.copy_problem;
        sink["rows_copied"] = trigger.rows_copied;
        sink["rows_progress"] = nullptr;
        if (trigger.rows_progress) {
            sink["rows_progress"] = *trigger.rows_progress;
        }
        sinks.push_back(std::move(sink));
    }
    return text({{"sinks", std::move(sinks)}});
}

std::string shards_json(const ApiContext& context, const shardlog::Stream& stream) {
    Json shards = Json::array();
    for (const shardlog::Shard& shard : context.log.shards(stream.id)) {
        shards.push_back(shard_json(shard));
    }
    return text(
        {{"table", stream.table_name.value()},
         {"stream_arn", shardlog::stream_arn(context.identity, stream.table_name, stream.label)},
         {"shards", std::move(shards)}});
}

std::string drained_json(bool drained) {
    return text({{"drained", drained}});
}

base::HttpResponse json_reply(std::string body) {
    base::HttpResponse response;
    response.content_type = "application/json";
    response.body = std::move(body);
    return response;
}

base::HttpResponse error_reply(const base::Error& error) {
    base::HttpResponse response = json_reply(
        text({{"error", {{"code", base::to_string(error.code)}, {"message", error.message}}}}));
    response.status = status_of(error.code);
    return response;
}

}  // namespace millbeck::runtime
