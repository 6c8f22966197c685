#include "runtime/api/dynamodb_settings.hpp"

#include <utility>

#include "runtime/api/json_writer.hpp"

namespace millbeck::runtime {
namespace {

// Quotas of a new account. They describe the service; nothing here runs into them.
// Source: ServiceQuotas, "Default throughput quotas".
constexpr std::int64_t kAccountUnitsMax = 80'000;
constexpr std::int64_t kTableUnitsMax = 40'000;

// An address stays right as long as the client's own endpoint does. Source: the service's answer.
constexpr std::int64_t kCachePeriodMinutes = 1440;

void fail_resource(Reply& reply, const base::Error& error, const std::string& arn) {
    if (error.code != base::Code::NotFound) {
        return reply.fail(error);
    }
    reply.fail({error.code, "Requested resource not found: ResourceArn: " + arn + " not found"});
}

}  // namespace

void SettingRoutes::change_tags(capture::TableUpdate update, std::string arn, const Reply& reply) {
    auto posted = lane_.post(
        [this, update = std::move(update), arn = std::move(arn), answer = Reply(reply)]() mutable {
            const auto changed = context_.store.update_table(update);
            if (!changed) {
                return fail_resource(answer, changed.error(), arn);
            }
            answer.send("");  // the service answers these without a body
        });
    if (!posted) {
        Reply(reply).fail(posted.error());  // the task and its copy are gone
    }
}

void SettingRoutes::handle(TagResourceRequest request, const Reply& reply) {
    capture::TableUpdate update;
    update.name = std::move(request.resource.table);
    update.tags_set = std::move(request.tags);
    change_tags(std::move(update), std::move(request.resource.arn), reply);
}

void SettingRoutes::handle(UntagResourceRequest request, const Reply& reply) {
    capture::TableUpdate update;
    update.name = std::move(request.resource.table);
    update.tags_removed = std::move(request.keys);
    change_tags(std::move(update), std::move(request.resource.arn), reply);
}

void SettingRoutes::handle(const ListTagsRequest& request, Reply reply) {
    const auto table = context_.store.describe_table(request.resource.table);
    if (!table) {
        return fail_resource(reply, table.error(), request.resource.arn);
    }
    JsonWriter json;
    json.begin_object().key("Tags").begin_array();
    for (const auto& tag : table->spec.tags) {
        json.begin_object().key("Key").text(tag.key).key("Value").text(tag.value).end_object();
    }
    reply.send(json.end_array().end_object().take());
}

void SettingRoutes::handle(const DescribeLimitsRequest& /*request*/, Reply reply) {
    JsonWriter json;
    json.begin_object().key("AccountMaxReadCapacityUnits").integer(kAccountUnitsMax);
    json.key("AccountMaxWriteCapacityUnits").integer(kAccountUnitsMax);
    json.key("TableMaxReadCapacityUnits").integer(kTableUnitsMax);
    json.key("TableMaxWriteCapacityUnits").integer(kTableUnitsMax);
    reply.send(json.end_object().take());
}

void SettingRoutes::handle(const DescribeEndpointsRequest& request, Reply reply) {
    JsonWriter json;
    json.begin_object().key("Endpoints").begin_array().begin_object();
    json.key("Address").text(request.host.empty()
                                 ? "dynamodb." + context_.identity.region + ".amazonaws.com"
                                 : request.host);
    json.key("CachePeriodInMinutes").integer(kCachePeriodMinutes);
    reply.send(json.end_object().end_array().end_object().take());
}

void SettingRoutes::handle(const DescribeTimeToLiveRequest& request, Reply reply) {
    const auto table = context_.store.describe_table(request.table);
    if (!table) {
        return reply.fail(table.error());
    }
    const auto& present = table->time_to_live;
    JsonWriter json;
    json.begin_object().key("TimeToLiveDescription").begin_object();
    if (present) {
        const bool ready = present->status == capture::IndexStatus::Active;
        json.key("TimeToLiveStatus").text(ready ? "ENABLED" : "ENABLING");
        json.key("AttributeName").text(present->attribute);
    } else {
        json.key("TimeToLiveStatus").text("DISABLED");
    }
    reply.send(json.end_object().end_object().take());
}

void SettingRoutes::handle(UpdateTimeToLiveRequest request, const Reply& reply) {
    auto posted =
        lane_.post([this, update = std::move(request.update), answer = Reply(reply)]() mutable {
            if (const auto changed = context_.store.update_table(update); !changed) {
                return answer.fail(changed.error());
            }
            JsonWriter json;
            json.begin_object().key("TimeToLiveSpecification").begin_object();
            json.key("Enabled").boolean(update.time_to_live->enabled);
            json.key("AttributeName").text(update.time_to_live->attribute);
            answer.send(json.end_object().end_object().take());
        });
    if (!posted) {
        Reply(reply).fail(posted.error());  // the task and its copy are gone
    }
}

}  // namespace millbeck::runtime
