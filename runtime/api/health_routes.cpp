#include "runtime/api/health_routes.hpp"

#include <utility>

#include <nlohmann/json.hpp>

namespace millbeck::runtime {
namespace {

using Json = nlohmann::ordered_json;

base::HttpResponse json_response(unsigned status, const Json& body) {
    base::HttpResponse response;
    response.status = status;
    response.content_type = "application/json";
    response.body = body.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
    return response;
}

base::HttpResponse ready_response(const TriggerManager& triggers, const shardlog::ShardLog& log) {
    std::vector<Unhealthy> reasons = triggers.unhealthy();
    if (std::string refusal = log.stats().out_of_space; !refusal.empty()) {
        reasons.push_back({"", "", std::move(refusal)});
    }
    if (reasons.empty()) {
        return json_response(200, Json{{"status", "ready"}});
    }
    Json list = Json::array();
    for (const Unhealthy& one : reasons) {
        list.push_back({{"trigger", one.trigger}, {"shard", one.shard}, {"reason", one.reason}});
    }
    return json_response(503, Json{{"status", "unhealthy"}, {"reasons", std::move(list)}});
}

base::HttpResponse metrics_response(const base::Metrics& metrics) {
    base::HttpResponse response;
    response.content_type = "text/plain; version=0.0.4; charset=utf-8";
    response.body = metrics.print();
    return response;
}

class Routes final : public HealthRoutes {
  public:
    explicit Routes(const ApiContext& context)
        : triggers_(context.triggers), log_(context.log), metrics_(context.metrics) {}

    bool handle(const base::HttpRequest& request, const base::Responder& respond) override {
        if (request.method() != "GET" && request.method() != "HEAD") {
            return false;
        }
        const std::string_view path = request.target().substr(0, request.target().find('?'));
        if (path == "/health/live") {
            respond(json_response(200, Json{{"status", "live"}}));
        } else if (path == "/health/ready") {
            respond(ready_response(triggers_, log_));
        } else if (path == "/metrics") {
            respond(metrics_response(metrics_));
        } else {
            return false;
        }
        return true;
    }

  private:
    const TriggerManager& triggers_;
    const shardlog::ShardLog& log_;
    const base::Metrics& metrics_;
};

}  // namespace

std::unique_ptr<HealthRoutes> HealthRoutes::create(const ApiContext& context) {
    return std::make_unique<Routes>(context);
}

}  // namespace millbeck::runtime
