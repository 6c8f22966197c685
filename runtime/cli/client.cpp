#include "runtime/cli/client.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace millbeck::runtime::cli {

using base::Code;
using base::Milliseconds;
using base::Result;
using Json = nlohmann::json;

void add_client_flags(CLI::App& command, ClientFlags& flags, JsonFlag json) {
    command
        .add_option("--endpoint", flags.endpoint,
                    fmt::format("Where the server is (default: $AWS_ENDPOINT_URL, else {})",
                                kDefaultEndpoint))
        ->type_name("URL");
    if (json == JsonFlag::Offered) {
        command.add_flag("--json", flags.json, "Prints JSON, for programs");
    }
}

Result<Client> Client::open(const ClientFlags& flags,
                            const std::map<std::string, std::string>& environment) {
    std::string endpoint = flags.endpoint;
    const auto variable = environment.find("AWS_ENDPOINT_URL");
    if (endpoint.empty() && variable != environment.end()) {
        endpoint = variable->second;
    }
    if (endpoint.empty()) {
        endpoint = kDefaultEndpoint;
    }
    while (endpoint.ends_with('/')) {
        endpoint.pop_back();
    }
    auto http = base::HttpClient::open(endpoint);
    if (!http) {
        return base::fail(Code::Invalid,
                          fmt::format("\"{}\" is not the address of a server, like {}", endpoint,
                                      kDefaultEndpoint));
    }
    return Client(std::move(endpoint), std::move(*http));
}

Result<std::string> Client::get(std::string_view path, Milliseconds timeout) {
    return send("GET", path, "", timeout);
}

Result<std::string> Client::post(std::string_view path, std::string_view body,
                                 Milliseconds timeout) {
    return send("POST", path, body, timeout);
}

Result<std::string> Client::dynamodb(std::string_view operation, std::string_view body) {
    return service("POST", "/", body,
                   {{"Content-Type", "application/x-amz-json-1.0"},
                    {"X-Amz-Target", fmt::format("DynamoDB_20120810.{}", operation)}});
}

Result<std::string> Client::lambda(std::string_view method, std::string_view target,
                                   std::string_view body) {
    return service(method, target, body, {{"Content-Type", "application/json"}});
}

// A signature has to be there; nobody looks at what it says.
Result<std::string> Client::service(std::string_view method, std::string_view target,
                                    std::string_view body, Headers headers) {
    headers.emplace_back("X-Amz-Date", "20200101T000000Z");
    headers.emplace_back(
        "Authorization",
        "AWS4-HMAC-SHA256 Credential=millbeck/20200101/us-east-1/any/aws4_request, "
        "SignedHeaders=host, Signature=00");
    MB_TRY(auto response, exchange(method, target, body, headers, kTimeout));
    if (response.status >= 200 && response.status <= 299) {
        return std::move(response.body);
    }
    const Json error = Json::parse(response.body, nullptr, false);
    for (const char* member : {"message", "Message"}) {
        if (error.is_object() && error.contains(member) && error[member].is_string()) {
            return base::fail(Code::Internal, error[member].get<std::string>());
        }
    }
    return base::fail(Code::NotFound,
                      fmt::format("what answers at {} is not Millbeck, or of another version "
                                  "(status {})",
                                  endpoint_, response.status));
}

Result<base::HttpClientResponse> Client::exchange(std::string_view method, std::string_view target,
                                                  std::string_view body, const Headers& headers,
                                                  Milliseconds timeout) {
    auto response = http_->send(method, target, body, headers, timeout);
    if (!response && response.error().code == Code::DeadlineExceeded) {
        return base::fail(Code::Unavailable, fmt::format("{} did not answer within {} s", endpoint_,
                                                         timeout.count() / 1000));
    }
    if (!response) {
        return base::fail(
            Code::Unavailable,
            fmt::format("no server answers at {}; start one with \"millbeck dev\", or "
                        "name another with --endpoint",
                        endpoint_));
    }
    return response;
}

Result<std::string> Client::send(std::string_view method, std::string_view path,
                                 std::string_view body, Milliseconds timeout) {
    MB_TRY(auto response, exchange(method, fmt::format("/_millbeck/v1/{}", path), body,
                                   {{"Content-Type", "application/json"}}, timeout));
    if (response.status == 200) {
        return std::move(response.body);
    }
    const Json error = Json::parse(response.body, nullptr, false);
    const bool ours = error.is_object() && error.contains("error") && error["error"].is_object() &&
                      error["error"].contains("message") && error["error"]["message"].is_string();
    if (!ours) {
        return base::fail(Code::NotFound,
                          fmt::format("what answers at {} is not Millbeck, or of another version "
                                      "(status {})",
                                      endpoint_, response.status));
    }
    return base::fail(Code::Internal, error["error"]["message"].get<std::string>());
}

int report_client(Terminal& terminal, const base::Error& error) {
    terminal.err << fmt::format("millbeck: {}\n", error.message);
    switch (error.code) {
        case Code::Unavailable:
            return kExitEnvironment;
        case Code::Invalid:
            return kExitUsage;
        default:
            return kExitFailed;
    }
}

int ask_once(Terminal& terminal, const ClientFlags& flags,
             const std::function<base::Result<std::string>(Client&)>& ask,
             const std::function<std::string(const std::string& answer, const Client&)>& text) {
    auto client = Client::open(flags, terminal.environment);
    if (!client) {
        return report_client(terminal, client.error());
    }
    const auto answer = ask(*client);
    if (!answer) {
        return report_client(terminal, answer.error());
    }
    terminal.out << (flags.json ? *answer : text(*answer, *client));
    return kExitOk;
}

}  // namespace millbeck::runtime::cli
