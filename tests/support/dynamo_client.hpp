// The few DynamoDB calls that tests and benchmarks make, over the real wire.
#pragma once

#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "base/http_client.hpp"

namespace millbeck::tests {

// Threads: one. Errors: the transport's in the Result; throws when the origin does not parse.
class DynamoClient {
  public:
    explicit DynamoClient(const std::string& endpoint) {
        auto http = base::HttpClient::open(endpoint);
        if (!http) {
            throw std::runtime_error(http.error().message);
        }
        http_ = std::move(*http);
    }

    // `operation`: "DynamoDB_20120810.PutItem", "DynamoDBStreams_20120810.GetRecords".
    base::Result<base::HttpClientResponse> call(std::string_view operation, std::string_view body) {
        return http_->send("POST", "/", body,
                           {{"Content-Type", "application/x-amz-json-1.0"},
                            {"X-Amz-Target", std::string(operation)},
                            {"X-Amz-Date", "20200101T000000Z"},
                            {"Authorization", std::string(kSignature)}},
                           kTimeout);
    }

    base::Result<base::HttpClientResponse> table(std::string_view operation,
                                                 std::string_view body) {
        return call("DynamoDB_20120810." + std::string(operation), body);
    }

    base::Result<base::HttpClientResponse> stream(std::string_view operation,
                                                  std::string_view body) {
        return call("DynamoDBStreams_20120810." + std::string(operation), body);
    }

    base::HttpClient& http() { return *http_; }

  private:
    static constexpr base::Milliseconds kTimeout{30'000};
    // Only its presence and form are looked at.
    static constexpr std::string_view kSignature =
        "AWS4-HMAC-SHA256 Credential=any/20200101/us-east-1/dynamodb/aws4_request, "
        "SignedHeaders=host;x-amz-date;x-amz-target, Signature=00";

    std::unique_ptr<base::HttpClient> http_;
};

}  // namespace millbeck::tests
