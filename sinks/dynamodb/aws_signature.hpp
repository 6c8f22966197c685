// Signature Version 4: proof to AWS of who sends a request. Pure.
// Source: IAM User Guide, "Create a signed AWS API request".
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/clock.hpp"

namespace millbeck::sinks {

struct AwsRequest {
    std::string_view method = "POST";
    std::string_view path = "/";                 // without a query
    std::map<std::string, std::string> headers;  // all that are signed; names in lower case
    std::string_view body;
};

struct AwsKeys {
    std::string_view access_key_id;
    std::string_view secret_access_key;
    std::string_view region;
    std::string_view service;
};

// `20150830T123600Z`, for x-amz-date.
std::string amz_date(base::WallTime time);

// What the requests of one day are signed with, so that it is made once for many of them.
struct AwsSigningKey {
    std::string day{};  // 20150830; "": none yet
    std::string bytes{};
};

// The value of the Authorization header. Requires: x-amz-date among the headers; `made` is empty or
// of an earlier call with the same keys. It is made anew when the day is another.
std::string aws_authorization(const AwsRequest& request, const AwsKeys& keys, AwsSigningKey& made);

}  // namespace millbeck::sinks
