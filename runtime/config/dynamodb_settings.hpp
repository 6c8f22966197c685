// What a configuration says of a sink of DynamoDB.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "runtime/config/setting.hpp"
#include "sinks/dynamodb/dynamodb_options.hpp"

namespace millbeck::runtime {

const std::vector<Setting<sinks::DynamoDbOptions>>& dynamodb_settings();

// The one-line form: `dynamodb: http://127.0.0.1:8001`, an endpoint. Invalid: it is none.
base::Result<sinks::DynamoDbOptions> dynamodb_from_text(const std::string& text);

// Credentials, region: where the configuration says nothing, what AWS's own tools take from the
// environment: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, AWS_REGION. `look_up`
// gives a variable's value, "" without one. The text form has none of them filled in.
template <typename LookUp>
void take_aws_environment(sinks::DynamoDbOptions& options, LookUp look_up) {
    if (options.access_key_id.empty() && options.secret_access_key.empty()) {
        options.access_key_id = look_up("AWS_ACCESS_KEY_ID");
        options.secret_access_key = look_up("AWS_SECRET_ACCESS_KEY");
        options.session_token = look_up("AWS_SESSION_TOKEN");
    }
    if (options.region.empty()) {
        options.region = look_up("AWS_REGION");
    }
    if (options.region.empty()) {
        options.region = "us-east-1";
    }
}

}  // namespace millbeck::runtime
