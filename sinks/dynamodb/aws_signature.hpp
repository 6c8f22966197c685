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

// The value of the Authorization header. Requires: x-amz-date among the headers.
std::string aws_authorization(const AwsRequest& request, const AwsKeys& keys);

}  // namespace millbeck::sinks
