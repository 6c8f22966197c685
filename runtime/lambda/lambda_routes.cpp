#include "runtime/lambda/lambda_routes.hpp"

#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/random.hpp"
#include "runtime/api/authentication.hpp"
#include "runtime/api/control_lane.hpp"
#include "runtime/destination_table.hpp"
#include "runtime/lambda/function_calls.hpp"
#include "runtime/lambda/invoke_calls.hpp"
#include "runtime/lambda/mapping_calls.hpp"
#include "runtime/lambda/tag_calls.hpp"

namespace millbeck::runtime::lambda {

namespace {

base::HttpResponse response_of(LambdaResult<LambdaAnswer> answer, std::string request_id) {
    base::HttpResponse response;
    response.content_type = "application/json";
    if (answer) {
        response.status = answer->status;
        response.body = std::move(answer->body);
        response.headers = std::move(answer->headers);
    } else {
        const LambdaError& error = answer.error();
        response.status = error.exception.status;
        response.body = error_body(error);
        response.headers.emplace_back("x-amzn-ErrorType", error.exception.name);
    }
    response.headers.emplace_back("x-amzn-RequestId", std::move(request_id));
    return response;
}

// The UUID at the end of a mapping's ARN.
std::string uuid_of(const std::string& arn) {
    return arn.substr(arn.rfind(':') + 1);
}

TagHolder tags_of_mappings(MappingRegistry& mappings) {
    return {.kind = ":event-source-mapping:",
            .tags = [&mappings](const std::string& arn) { return mappings.tags(uuid_of(arn)); },
            .change =
                [&mappings](const std::string& arn, const auto& change) {
                    return mappings.change_tags(uuid_of(arn), change);
                }};
}

class Routes final : public LambdaRoutes {
  public:
    explicit Routes(const ApiContext& context) : context_(context) {
        std::vector<TagHolder> holders;
        if (context.mappings != nullptr) {
            add_mapping_routes(table_, *context.mappings);
            holders.push_back(tags_of_mappings(*context.mappings));
        }
        if (context.functions != nullptr) {
            add_functions({.registry = *context.functions,
                           .clock = context.clock,
                           .random = context.random,
                           .identity = context.identity,
                           .has_destination =
                               [to = context.destinations](const std::string& arn) {
                                   return to != nullptr && to->has(arn);
                               }},
                          holders);
        }
        if (context.invokes != nullptr) {
            context.invokes->add_to(table_);
        }
        add_tag_routes(table_, std::move(holders));
    }

    bool handle(const base::HttpRequest& request, const base::Responder& respond) override {
        const std::string_view target = request.target();
        const std::string_view path = target.substr(0, target.find('?'));
        if (!is_lambda_path(path)) {
            return false;
        }
        const std::string id = base::make_uuid(context_.random);
        auto answer = [respond, id](LambdaResult<LambdaAnswer> result) {
            respond(response_of(std::move(result), id));
        };
        if (auto begun = dispatch(request, path, id, answer); !begun) {
            answer(tl::unexpected(std::move(begun).error()));
        }
        return true;
    }

  private:
    void add_functions(const FunctionCallContext& context, std::vector<TagHolder>& holders) {
        holders.push_back(tags_of_functions(context));
        add_function_calls(table_, context);
        add_version_calls(table_, context);
        add_alias_calls(table_, context);
        add_function_setting_calls(table_, context);
        add_event_config_calls(table_, context);
        add_permission_calls(table_, context);
    }

    // An error means that nobody has taken the responder yet.
    LambdaResult<void> dispatch(const base::HttpRequest& request, std::string_view path,
                                const std::string& id, LambdaResponder respond) {
        if (check_authentication(request)) {
            return refuse(kMissingToken, "Missing Authentication Token");
        }
        auto match = table_.find(request.method(), path);
        if (!match) {
            return refuse(kUnknownOperation, fmt::format("{} {} is not supported by Millbeck",
                                                         request.method(), path));
        }
        const std::string_view target = request.target();
        const std::size_t mark = target.find('?');
        auto query =
            parse_parameters(mark == std::string_view::npos ? "" : target.substr(mark + 1));
        if (!query) {
            return refuse(kInvalidParameterValue, query.error().message);
        }
        auto call = std::make_shared<const LambdaCall>(
            LambdaCall{request, std::move(match->places), std::move(*query), id});
        if (match->route->start) {
            match->route->start(std::move(call), std::move(respond));
            return {};
        }
        const auto posted =
            lane_.post([route = match->route, call, respond] { respond(route->handle(*call)); });
        return posted ? LambdaResult<void>{} : tl::unexpected(lambda_error(posted.error()));
    }

    const ApiContext context_;
    RouteTable table_;
    ControlLane lane_;  // destroyed first: its last tasks use the others
};

}  // namespace

std::unique_ptr<LambdaRoutes> LambdaRoutes::create(const ApiContext& context) {
    return std::make_unique<Routes>(context);
}

}  // namespace millbeck::runtime::lambda
