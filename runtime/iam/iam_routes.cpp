#include "runtime/iam/iam_routes.hpp"

#include <string>
#include <utility>

#include <fmt/format.h>

#include "runtime/api/authentication.hpp"
#include "runtime/api/query.hpp"

namespace millbeck::runtime::iam {

namespace {

base::HttpResponse refusal(unsigned status, std::string_view code, std::string_view message,
                           std::string_view request_id) {
    base::HttpResponse response;
    response.status = status;
    response.content_type = "text/xml";
    response.body = fmt::format(
        "<ErrorResponse><Error><Type>Sender</Type><Code>{}</Code><Message>{}"
        "</Message></Error><RequestId>{}</RequestId></ErrorResponse>",
        code, message, request_id);
    return response;
}

}  // namespace

bool is_form(std::string_view content_type) {
    return content_type.starts_with("application/x-www-form-urlencoded");
}

IamRoutes::IamRoutes(const ApiContext& context)
    : identity_(context.identity),
      random_(context.random),
      calls_(*context.documents, context.clock, context.random, identity_) {}

void IamRoutes::handle(const base::HttpRequest& request, const base::Responder& respond) {
    const std::string id = base::make_uuid(random_);
    if (check_authentication(request)) {
        return respond(refusal(403, "MissingAuthenticationToken",
                               "Request is missing Authentication Token", id));
    }
    auto parameters = parse_parameters(request.body());
    if (!parameters) {
        return respond(refusal(400, "MalformedInput", parameters.error().message, id));
    }
    Form form;
    for (auto& [name, text] : *parameters) {
        form[std::move(name)] = std::move(text);
    }
    const auto posted = lane_.post([this, form = std::move(form), id, respond] {
        XmlAnswer answer = calls_.call(form, id);
        base::HttpResponse response;
        response.status = answer.status;
        response.content_type = "text/xml";
        response.body = std::move(answer.body);
        response.headers.emplace_back("x-amzn-RequestId", id);
        respond(std::move(response));
    });
    if (!posted) {
        respond(refusal(503, "ServiceUnavailable", posted.error().message, id));
    }
}

}  // namespace millbeck::runtime::iam
