// Tables of requests that are refused, and how.
#pragma once

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "capture/expression/expression_cache.hpp"
#include "runtime/api/error_map.hpp"
#include "runtime/api/request_parser.hpp"

namespace millbeck::tests {

struct Row {
    std::string call;
    std::string body;
    std::string error;    // the part of __type behind the #
    std::string message;  // exact
};

inline const std::string kInvalid = "One or more parameter values were invalid: ";
inline const std::string kOne = "1 validation error detected: ";
inline const std::string kNull = " failed to satisfy constraint: Member must not be null";

inline std::string target_of(const std::string& call) {
    const bool stream = call.find("Stream") != std::string::npos || call == "GetRecords" ||
                        call == "GetShardIterator";
    return (stream ? "DynamoDBStreams_20120810." : "DynamoDB_20120810.") + call;
}

inline std::string short_type(base::Code code) {
    const std::string_view type = runtime::wire_error(code).type;
    return std::string(type.substr(type.find('#') + 1));
}

// With a cache of expressions of its own.
inline base::Result<runtime::Request> parse(std::string_view target, std::string_view body) {
    capture::expression::ExpressionCache expressions;
    return runtime::parse_request(target, body, {expressions});
}

inline void expect_refused(const std::vector<Row>& rows) {
    for (const auto& row : rows) {
        SCOPED_TRACE(row.call + " " + row.body.substr(0, 300));
        const auto parsed = parse(target_of(row.call), row.body);
        if (parsed) {
            ADD_FAILURE() << "accepted";
            continue;
        }
        EXPECT_EQ(short_type(parsed.error().code), row.error);
        EXPECT_EQ(parsed.error().message, row.message);
    }
}

inline std::string create_table(const std::string& more) {
    return R"({"TableName":"tab","AttributeDefinitions":[{"AttributeName":"p","AttributeType":"S"}],)"
           R"("KeySchema":[{"AttributeName":"p","KeyType":"HASH"}])" +
           more + "}";
}

inline std::string on_demand(const std::string& more) {
    return create_table(R"(,"BillingMode":"PAY_PER_REQUEST")" + more);
}

}  // namespace millbeck::tests
