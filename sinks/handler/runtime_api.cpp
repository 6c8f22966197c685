#include "sinks/handler/runtime_api.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "sinks/handler/base64_text.hpp"

namespace millbeck::sinks {

namespace {

using base::HttpRequestParser;

constexpr std::string_view kRuntimePrefix = "/2018-06-01/runtime/";
constexpr std::string_view kExtensionPrefix = "/2020-01-01/extension/";
constexpr std::size_t kExtensionsMax = 10;

ApiReply reply_with(unsigned status, std::string body) {
    ApiReply reply;
    reply.status = status;
    reply.body = std::move(body);
    return reply;
}

ApiReply refusal(unsigned status, std::string_view type, std::string_view message) {
    const nlohmann::ordered_json body{{"errorMessage", message}, {"errorType", type}};
    return reply_with(status, body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

ApiReply accepted() {
    return reply_with(202, R"({"status":"OK"})");
}

ApiReply plain(unsigned status, std::string_view text) {
    ApiReply reply = reply_with(status, std::string(text));
    reply.content_type = "text/plain; charset=utf-8";
    return reply;
}

ApiReply not_found() {
    return plain(404, "404 page not found\n");
}

ApiReply when(ApiReply::When when) {
    ApiReply reply;
    reply.when = when;
    return reply;
}

std::string_view name_of(RuntimeState state) {
    switch (state) {
        case RuntimeState::Started:
            return "Started";
        case RuntimeState::InitError:
            return "InitError";
        case RuntimeState::Ready:
            return "Ready";
        case RuntimeState::Running:
            return "Running";
        case RuntimeState::Answered:
            return "RuntimeResponseSentState";
    }
    return "";
}

// The part of `target` behind `prefix`, without a query; nullopt when it begins otherwise.
std::optional<std::string_view> behind(std::string_view target, std::string_view prefix) {
    if (!target.starts_with(prefix)) {
        return std::nullopt;
    }
    target.remove_prefix(prefix.size());
    return target.substr(0, target.find('?'));
}

// What an answer in the streaming mode says when it failed on the way.
std::optional<std::string> error_in_trailers(const HttpRequestParser& request) {
    const std::string_view type = request.trailer("Lambda-Runtime-Function-Error-Type");
    const std::string_view body = request.trailer("Lambda-Runtime-Function-Error-Body");
    if (type.empty() && body.empty()) {
        return std::nullopt;
    }
    if (auto decoded = decode_base64(body); decoded && !decoded->empty()) {
        return decoded;
    }
    return nlohmann::json{{"errorType", type}}.dump(-1, ' ', false,
                                                    nlohmann::json::error_handler_t::replace);
}

}  // namespace

void RuntimeApi::begin(std::string_view request_id) {
    request_id_ = request_id;
    verdict_.reset();
}

ApiReply RuntimeApi::answer(const HttpRequestParser& request) {
    const std::string_view target = request.target();
    const bool is_get = request.method() == "GET";
    const bool is_post = request.method() == "POST";
    if (const auto call = behind(target, kRuntimePrefix)) {
        constexpr std::string_view kInvocation = "invocation/";
        if (*call == "invocation/next") {
            return is_get ? next() : plain(405, "");
        }
        if (call->starts_with(kInvocation)) {
            return is_post ? invocation(request, call->substr(kInvocation.size())) : plain(405, "");
        }
        if (*call == "init/error") {
            return is_post ? init_error(request) : plain(405, "");
        }
        return not_found();
    }
    if (const auto call = behind(target, kExtensionPrefix)) {
        return extension(request, *call);
    }
    if (target == "/ping" && is_get) {
        return plain(200, "pong");
    }
    if (target == "/2020-08-15/logs" && request.method() == "PUT") {
        return refusal(202, "Logs.NotSupported", "Logs API is not supported");
    }
    if (target == "/2022-07-01/telemetry" && request.method() == "PUT") {
        return refusal(202, "Telemetry.NotSupported", "Telemetry API is not supported");
    }
    return not_found();
}

// A second one without an answer gets the same event: that makes it safe to ask again after a
// connection broke.
ApiReply RuntimeApi::next() {
    if (state_ == RuntimeState::InitError) {
        return not_in_this_state("Ready");
    }
    if (state_ != RuntimeState::Running) {
        state_ = RuntimeState::Ready;
    }
    return when(ApiReply::When::WithEvent);
}

// The id is looked at before the state.
ApiReply RuntimeApi::invocation(const HttpRequestParser& request, std::string_view id_and_verb) {
    const std::size_t slash = id_and_verb.find('/');
    const std::string_view id = id_and_verb.substr(0, slash);
    const std::string_view verb =
        slash == std::string_view::npos ? std::string_view() : id_and_verb.substr(slash + 1);
    if (verb != "response" && verb != "error") {
        return not_found();
    }
    if (id.empty() || id != request_id_) {
        return refusal(400, "InvalidRequestID", "Invalid request ID");
    }
    return verb == "response" ? response(request) : error(request);
}

ApiReply RuntimeApi::response(const HttpRequestParser& request) {
    if (state_ != RuntimeState::Running) {
        return not_in_this_state("InvocationResponse");
    }
    const std::string_view mode = request.header("Lambda-Runtime-Function-Response-Mode");
    if (!mode.empty() && mode != "streaming") {
        conclude(RuntimeVerdict::Kind::BadMode, {});
        return refusal(400, "InvalidFunctionResponseMode", "Invalid function response mode");
    }
    if (request.body_was_cut()) {
        conclude(RuntimeVerdict::Kind::TooLarge, {});
        return refusal(413, "RequestEntityTooLarge",
                       fmt::format("Exceeded maximum allowed payload size ({} bytes).",
                                   kRuntimePayloadBytesMax));
    }
    if (auto failed = error_in_trailers(request)) {
        conclude(RuntimeVerdict::Kind::Error, std::move(*failed));
    } else {
        conclude(RuntimeVerdict::Kind::Response, std::string(request.body()));
    }
    return accepted();
}

ApiReply RuntimeApi::error(const HttpRequestParser& request) {
    if (state_ != RuntimeState::Running) {
        return not_in_this_state("InvocationErrorResponse");
    }
    conclude(RuntimeVerdict::Kind::Error, std::string(request.body()));
    return accepted();
}

ApiReply RuntimeApi::init_error(const HttpRequestParser& request) {
    if (state_ != RuntimeState::Started) {
        return not_in_this_state("InitError");
    }
    conclude(RuntimeVerdict::Kind::InitError, std::string(request.body()));
    state_ = RuntimeState::InitError;
    return accepted();
}

ApiReply RuntimeApi::answer_broken_off(const HttpRequestParser& request) {
    const auto call = behind(request.target(), kRuntimePrefix);
    if (state_ == RuntimeState::Running && call &&
        *call == fmt::format("invocation/{}/response", request_id_)) {
        conclude(RuntimeVerdict::Kind::Truncated, {});
    }
    return refusal(400, "TruncatedHTTPRequest", "HTTP request detected as truncated");
}

void RuntimeApi::conclude(RuntimeVerdict::Kind kind, std::string payload) {
    verdict_ = RuntimeVerdict{kind, std::move(payload)};
    state_ = RuntimeState::Answered;
}

ApiReply RuntimeApi::not_in_this_state(std::string_view wanted) const {
    return refusal(403, "InvalidStateTransition",
                   fmt::format("State transition from {} to {} failed for runtime. Error: State "
                               "transition is not allowed",
                               name_of(state_), wanted));
}

ApiReply RuntimeApi::extension(const HttpRequestParser& request, std::string_view call) {
    if (call == "register" && request.method() == "POST") {
        return register_extension(request);
    }
    const bool is_next = call == "event/next" && request.method() == "GET";
    const bool is_error =
        (call == "init/error" || call == "exit/error") && request.method() == "POST";
    if (!is_next && !is_error) {
        return not_found();
    }
    const std::string_view id = request.header("Lambda-Extension-Identifier");
    if (id.empty()) {
        return refusal(403, "Extension.MissingExtensionIdentifier",
                       "Missing Lambda-Extension-Identifier header");
    }
    if (std::find(extensions_.begin(), extensions_.end(), id) == extensions_.end()) {
        return refusal(403, "Extension.UnknownExtensionIdentifier",
                       fmt::format("Unknown extension {}", id));
    }
    // It has subscribed to no events, so none ever comes.
    return is_next ? when(ApiReply::When::Never) : accepted();
}

// For runtimes that register an extension without events in order to get SIGTERM at their end.
ApiReply RuntimeApi::register_extension(const HttpRequestParser& request) {
    if (request.header("Lambda-Extension-Name").empty()) {
        return refusal(403, "Extension.InvalidExtensionName", "Empty extension name");
    }
    const auto body = nlohmann::json::parse(request.body(), nullptr, false);
    if (!body.is_object()) {
        return refusal(403, "InvalidRequestFormat", "the body is not a JSON object");
    }
    const auto events = body.value("events", nlohmann::json::array());
    for (const auto& event : events) {
        const std::string name = event.is_string() ? event.get<std::string>() : event.dump();
        const std::string_view why =
            name == "INVOKE"     ? "Millbeck does not send events to extensions"
            : name == "SHUTDOWN" ? "ShutdownEventNotSupportedForInternalExtension"
                                 : "ErrorInvalidEventType";
        return refusal(403, "Extension.InvalidEventType", fmt::format("{}: {}", name, why));
    }
    if (state_ != RuntimeState::Started) {
        return refusal(403, "Extension.RegistrationClosed",
                       "Extension registration closed already");
    }
    if (extensions_.size() == kExtensionsMax) {
        return refusal(403, "Extension.TooManyExtensions",
                       fmt::format("Extension limit ({}) reached", kExtensionsMax));
    }
    extensions_.push_back(base::make_uuid(random_));
    const nlohmann::ordered_json identity{{"functionName", options_.function},
                                          {"functionVersion", options_.lambda.version},
                                          {"handler", options_.lambda.handler}};
    ApiReply reply = reply_with(200, identity.dump());
    reply.headers = fmt::format("Lambda-Extension-Identifier: {}\r\n", extensions_.back());
    return reply;
}

}  // namespace millbeck::sinks
