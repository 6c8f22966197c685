#include "runtime/api/sink_answers.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "runtime/api/admin_json.hpp"
#include "runtime/sink_registry.hpp"

namespace millbeck::runtime {

using base::Code;
using base::Result;
using base::Status;
using Json = nlohmann::json;

namespace {

struct Request {
    std::string name;
    Repair repair = Repair::No;
};

Result<Request> parse(const base::HttpRequest& request) {
    const Json body = Json::parse(request.body(), nullptr, false);
    if (body.is_discarded() || !body.is_object() || !body.contains("name") ||
        !body["name"].is_string()) {
        return base::fail(Code::Invalid, "\"name\" must be a text");
    }
    Request read{.name = body["name"].get<std::string>()};
    if (body.contains("repair")) {
        if (!body["repair"].is_boolean()) {
            return base::fail(Code::Invalid, "\"repair\" must be true or false");
        }
        read.repair = body["repair"].get<bool>() ? Repair::Yes : Repair::No;
    }
    return read;
}

Json difference_json(const Difference& difference) {
    Json keys = Json::array();
    for (const std::string& key : difference.keys) {
        keys.push_back(Json::parse(key, nullptr, false));
    }
    return {{"count", difference.count}, {"keys", std::move(keys)}};
}

std::string comparison_json(const Comparison& compared) {
    return Json({{"as_of", compared.as_of.to_string()},
                 {"rows", compared.rows},
                 {"derived", compared.derived},
                 {"on_the_way", compared.on_the_way},
                 {"equal", compared.is_equal()},
                 {"missing", difference_json(compared.missing)},
                 {"extra", difference_json(compared.extra)},
                 {"different", difference_json(compared.different)},
                 {"repaired", compared.repaired}})
               .dump() +
           "\n";
}

}  // namespace

Status answer_sinks(const std::string& route, const base::HttpRequest& request, SinkRegistry& sinks,
                    const base::Responder& respond) {
    MB_TRY(const Request asked, parse(request));
    const auto done = [respond] { respond(json_reply("{}\n")); };
    if (route == "POST sinks/pause") {
        return sinks.pause(asked.name, done);
    }
    if (route == "POST sinks/resume") {
        return sinks.resume(asked.name, done);
    }
    if (route == "POST sinks/backfill") {
        MB_TRY_STATUS(sinks.begin_anew(asked.name));
        done();
        return {};
    }
    if (route == "POST sinks/verify") {
        return sinks.verify(asked.name, asked.repair, [respond](Result<Comparison> compared) {
            respond(compared ? json_reply(comparison_json(*compared))
                             : error_reply(compared.error()));
        });
    }
    return base::fail(Code::NotFound, fmt::format("there is no {}", route));
}

}  // namespace millbeck::runtime
