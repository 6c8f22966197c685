#include "runtime/lambda/lambda_routes.hpp"

#include <utility>

#include <fmt/format.h>

#include "base/random.hpp"
#include "runtime/api/authentication.hpp"
#include "runtime/api/control_lane.hpp"
#include "runtime/api/query.hpp"

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

class Routes final : public LambdaRoutes {
  public:
    explicit Routes(const ApiContext& context) : context_(context) {}

    bool handle(const base::HttpRequest& request, const base::Responder& respond) override {
        const std::string_view target = request.target();
        const std::string_view path = target.substr(0, target.find('?'));
        if (!is_lambda_path(path)) {
            return false;
        }
        auto answer = [respond,
                       id = base::make_uuid(context_.random)](LambdaResult<LambdaAnswer> result) {
            respond(response_of(std::move(result), id));
        };
        if (auto begun = dispatch(request, path, answer); !begun) {
            answer(tl::unexpected(std::move(begun).error()));
        }
        return true;
    }

  private:
    // An error means that nobody has taken the responder yet.
    LambdaResult<void> dispatch(const base::HttpRequest& request, std::string_view path,
                                LambdaResponder respond) {
        if (check_authentication(request)) {
            return refuse(kMissingToken, "Missing Authentication Token");
        }
        auto match = table_.find(request.method(), path);
        if (!match) {
            return refuse(kUnknownOperation, fmt::format("{} {} is not supported by Millbeck",
                                                         request.method(), path));
        }
        auto target = parse_target(request.target());
        if (!target) {
            return refuse(kInvalidParameterValue, target.error().message);
        }
        auto call = std::make_shared<const LambdaCall>(
            LambdaCall{request, std::move(match->places), std::move(target->parameters)});
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
