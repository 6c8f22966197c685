#include "sinks/dynamodb/dynamodb_endpoint.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace millbeck::sinks {

namespace {

using base::Code;
using Kind = DynamoDbEndpoint::Answer::Kind;

constexpr std::string_view kJson = "application/x-amz-json-1.0";
constexpr std::string_view kVersion = "DynamoDB_20120810.";
// What a local endpoint gets when no credentials were given.
constexpr std::string_view kMadeUp = "millbeck";
constexpr std::string_view kUsualRegion = "us-east-1";
constexpr std::size_t kAnswerBytesMax = 64u << 20;
constexpr std::array<std::string_view, 4> kThrottles{"ProvisionedThroughputExceededException",
                                                     "ThrottlingException", "RequestLimitExceeded",
                                                     "ThrottledException"};

// As curl writes it into the Host header: without the scheme's own port.
std::string host_of(std::string_view url) {
    const bool is_tls = url.starts_with("https://");
    url.remove_prefix(url.find("://") + 3);
    std::string_view host = url.substr(0, url.find('/'));
    const std::string_view usual = is_tls ? ":443" : ":80";
    if (host.ends_with(usual)) {
        host.remove_suffix(usual.size());
    }
    return std::string(host);
}

}  // namespace

DynamoDbEndpoint::DynamoDbEndpoint(const DynamoDbOptions& options, const base::Clock& clock)
    : options_(options), clock_(clock), host_(host_of(options.endpoint)) {}

base::Result<std::unique_ptr<DynamoDbEndpoint>> DynamoDbEndpoint::open(
    const DynamoDbOptions& options, const base::Clock& clock) {
    std::string url = options.endpoint;
    url.erase(url.find_last_not_of('/') + 1);
    MB_TRY(auto lanes, HttpLanes::open({.url = url + "/",
                                        .lanes = options.concurrency + 1,  // one to read back
                                        .parallel = options.parallel,
                                        .connect_timeout = options.connect_timeout,
                                        .timeout = options.timeout,
                                        .answer_bytes_max = kAnswerBytesMax,
                                        .ca_file = options.ca_file},
                                       clock));
    std::unique_ptr<DynamoDbEndpoint> endpoint(new DynamoDbEndpoint(options, clock));
    endpoint->lanes_ = std::move(lanes);
    return endpoint;
}

HttpCall DynamoDbEndpoint::sign(Call call, AwsSigningKey& made) const {
    AwsRequest request;
    request.headers = {{"content-type", std::string(kJson)},
                       {"host", host_},
                       {"x-amz-date", amz_date(clock_.wall())},
                       {"x-amz-target", fmt::format("{}{}", kVersion, call.operation)}};
    if (!options_.session_token.empty()) {
        request.headers["x-amz-security-token"] = options_.session_token;
    }
    request.body = call.body;
    const bool has_keys = !options_.access_key_id.empty();
    const std::string authorization = aws_authorization(
        request,
        {.access_key_id = has_keys ? std::string_view(options_.access_key_id) : kMadeUp,
         .secret_access_key = has_keys ? std::string_view(options_.secret_access_key) : kMadeUp,
         .region = options_.region.empty() ? kUsualRegion : std::string_view(options_.region),
         .service = "dynamodb"},
        made);
    HttpCall signed_call;
    for (const auto& [name, value] : request.headers) {
        signed_call.headers.push_back(fmt::format("{}: {}", name, value));
    }
    signed_call.headers.push_back("authorization: " + authorization);
    signed_call.body = std::move(call.body);
    return signed_call;
}

DynamoDbEndpoint::Answer DynamoDbEndpoint::read(HttpAnswer answer) {
    if (!answer.is_answered()) {
        return {.kind = answer.was_sent ? Kind::Failed : Kind::Throttled,
                .body = {},
                .error = {answer.error.code, "DynamoDB: " + answer.error.message}};
    }
    if (answer.status == 200) {
        return {.kind = Kind::Done, .body = std::move(answer.body), .error = {}};
    }
    const auto json = nlohmann::json::parse(answer.body, nullptr, false);
    const bool is_known = json.is_object() && json.contains("__type") && json["__type"].is_string();
    std::string type = is_known ? json["__type"].get<std::string>() : "";
    type.erase(0, type.find('#') == std::string::npos ? 0 : type.find('#') + 1);
    std::string words = fmt::format("DynamoDB answered {} {}", answer.status, type);
    for (const char* const name : {"message", "Message"}) {
        if (is_known && json.contains(name) && json[name].is_string()) {
            words += ": " + json[name].get<std::string>();
        }
    }
    Kind kind = answer.status >= 500 ? Kind::Failed : Kind::Refused;
    Code code = answer.status >= 500 ? Code::Io : Code::Invalid;
    if (type == "ConditionalCheckFailedException") {
        kind = Kind::Older;
    } else if (std::find(kThrottles.begin(), kThrottles.end(), type) != kThrottles.end()) {
        kind = Kind::Throttled;
        code = Code::Unavailable;
    } else if (type != "ValidationException") {
        // A missing table, wrong credentials: of no record in particular.
        kind = Kind::Failed;
        code = type == "ResourceNotFoundException" ? Code::NotFound : code;
    }
    return {.kind = kind, .body = {}, .error = {code, std::move(words)}};
}

std::vector<DynamoDbEndpoint::Answer> DynamoDbEndpoint::call(std::vector<Call> calls,
                                                             base::Instant deadline) {
    std::vector<HttpCall> signed_calls;
    signed_calls.reserve(calls.size());
    AwsSigningKey made;
    for (Call& each : calls) {
        signed_calls.push_back(sign(std::move(each), made));
    }
    std::vector<Answer> answers;
    answers.reserve(calls.size());
    for (HttpAnswer& each : lanes_->send(signed_calls, deadline)) {
        answers.push_back(read(std::move(each)));
    }
    return answers;
}

base::Result<std::string> DynamoDbEndpoint::ask(Call call, base::Instant deadline) {
    std::vector<Call> calls;
    calls.push_back(std::move(call));
    std::vector<Answer> answers = this->call(std::move(calls), deadline);
    if (answers[0].kind != Kind::Done) {
        return tl::unexpected<base::Error>(std::move(answers[0].error));
    }
    return std::move(answers[0].body);
}

}  // namespace millbeck::sinks
