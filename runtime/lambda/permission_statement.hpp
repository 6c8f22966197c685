// One statement of a function's resource policy: what AddPermission says, and how a policy shows
// it. Pure.
#pragma once

#include <optional>
#include <string>

#include <nlohmann/json_fwd.hpp>

#include "runtime/lambda/lambda_error.hpp"

namespace millbeck::runtime::lambda {

// The members of the request; "" for what it leaves out.
struct WantedStatement {
    std::string id;
    std::string action;
    std::string principal;
    std::string source_arn;
    std::string source_account;
    std::string organization;
    std::string token;
    std::string url_auth;
    std::optional<bool> via_url;
    std::optional<std::string> revision;
};

// Checks each member's shape.
LambdaResult<WantedStatement> read_statement(const nlohmann::json& body);

// `{"Sid":...}`; `resource` is the ARN it is about. InvalidParameterValueException: nobody is
// called by this principal.
LambdaResult<std::string> statement_json(const WantedStatement& wanted,
                                         const std::string& resource);

}  // namespace millbeck::runtime::lambda
