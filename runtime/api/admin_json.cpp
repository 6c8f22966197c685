#include "runtime/api/admin_json.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "runtime/inject/injection.hpp"

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

// So that nobody forgets it: what was wished of this process so that tests meet it.
Json injection_json(const ApiContext& context) {
    const Injection* injection = context.injection;
    return {{"allowed", injection != nullptr},
            {"armed", injection != nullptr ? injection->plan.armed() : 0},
            {"streams", injection != nullptr ? injection->marks.all().size() : 0}};
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
                 {"inject", injection_json(context)},
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
