#include "runtime/api/router.hpp"

#include <optional>
#include <string>
#include <utility>

#include "runtime/api/authentication.hpp"
#include "runtime/api/compression.hpp"
#include "runtime/api/request_parser.hpp"

namespace millbeck::runtime {
namespace {

constexpr std::size_t kBodyBytesMax = 16U << 20U;  // after decompression

std::string_view path_of(std::string_view target) {
    return target.substr(0, target.find('?'));
}

bool accepted_content_type(std::string_view type) {
    type = type.substr(0, type.find(';'));
    while (!type.empty() && type.back() == ' ') {
        type.remove_suffix(1);
    }
    return type == "application/x-amz-json-1.0" || type == "application/json";
}

void send_not_found(Reply& reply) {
    reply.send_raw(404, "text/plain", "<UnknownOperationException/>\n");
}

void send_healthy(Reply& reply, const base::HttpRequest& request) {
    const std::string_view host = request.header("host");
    std::string body = "healthy: ";
    body.append(host.empty() ? std::string_view("dynamodb.us-east-1.amazonaws.com") : host);
    reply.send_raw(200, "text/plain", body += ' ');
}

}  // namespace

Router::Router(const ApiContext& context)
    : context_(context),
      metrics_(context.metrics),
      tables_(context, lane_),
      items_(context),
      batches_(context),
      transactions_(context),
      statements_(context, transactions_),
      reads_(context),
      backups_(context, lane_),
      table_backups_(context, lane_),
      exports_(context, lane_),
      settings_(context, lane_),
      streams_(context) {
    if (context.documents != nullptr) {
        iam_.emplace(context);
    }
}

void Router::handle(const base::HttpRequest& request, base::Responder respond) {
    const std::string_view method = request.method();
    const bool root = path_of(request.target()) == "/";
    const bool is_call = root && method == "POST";
    const std::string_view type = is_call ? request.header("content-type") : std::string_view();
    if (iam_ && iam::is_form(type)) {
        return iam_->handle(request, respond);
    }
    Reply reply(request, context_.random, metrics_, std::move(respond));
    if (method == "OPTIONS" && !request.header("origin").empty()) {
        return reply.allow_preflight(request);
    }
    if (is_call) {
        return handle_post(request, type, std::move(reply));
    }
    if (root && method == "GET") {
        return send_healthy(reply, request);
    }
    send_not_found(reply);
}

void Router::handle_post(const base::HttpRequest& request, std::string_view content_type,
                         Reply reply) {
    const std::string_view body = request.body();
    if (!body.empty() && !accepted_content_type(content_type)) {
        return send_not_found(reply);
    }
    const std::string_view encoding = request.header("content-encoding");
    if (encoding != "gzip") {
        return dispatch(request, body, std::move(reply));
    }
    const auto plain = gunzip(body, kBodyBytesMax);
    if (plain) {
        return dispatch(request, *plain, std::move(reply));
    }
    if (plain.error().code == base::Code::LimitExceeded) {
        return reply.send_raw(413, "text/plain", "");
    }
    reply.fail(plain.error());
}

void Router::dispatch(const base::HttpRequest& request, std::string_view body, Reply reply) {
    std::optional<AuthenticationFault> fault;
    auto parsed =
        parse_request(request.header("x-amz-target"), body, {expressions_}, [&]() -> base::Status {
            fault = check_authentication(request);
            return fault ? base::fail(base::Code::Invalid, fault->message) : base::Status{};
        });
    if (fault) {
        return reply.fail(fault->error, fault->message);
    }
    if (!parsed) {
        return reply.fail(parsed.error());
    }
    if (auto* endpoints = std::get_if<DescribeEndpointsRequest>(&*parsed)) {
        endpoints->host = request.header("host");
    }
    metrics_.count_request(static_cast<Operation>(parsed->index()));
    std::visit(
        [&](auto& call) {
            if constexpr (requires { tables_.handle(std::move(call), reply); }) {
                tables_.handle(std::move(call), std::move(reply));
            } else if constexpr (requires { items_.handle(std::move(call), reply); }) {
                items_.handle(std::move(call), std::move(reply));
            } else if constexpr (requires { batches_.handle(std::move(call), reply); }) {
                batches_.handle(std::move(call), std::move(reply));
            } else if constexpr (requires { reads_.handle(std::move(call), reply); }) {
                reads_.handle(std::move(call), std::move(reply));
            } else if constexpr (requires { transactions_.handle(std::move(call), reply); }) {
                transactions_.handle(std::move(call), std::move(reply));
            } else if constexpr (requires { statements_.handle(std::move(call), reply); }) {
                statements_.handle(std::move(call), std::move(reply));
            } else if constexpr (requires { backups_.handle(std::move(call), reply); }) {
                backups_.handle(std::move(call), std::move(reply));
            } else if constexpr (requires { table_backups_.handle(std::move(call), reply); }) {
                table_backups_.handle(std::move(call), std::move(reply));
            } else if constexpr (requires { exports_.handle(std::move(call), reply); }) {
                exports_.handle(std::move(call), std::move(reply));
            } else if constexpr (requires { settings_.handle(std::move(call), reply); }) {
                settings_.handle(std::move(call), std::move(reply));
            } else {
                streams_.handle(std::move(call), std::move(reply));
            }
        },
        *parsed);
}

}  // namespace millbeck::runtime
