// PartiQL calls on an ApiNode, and what they are made on.
#pragma once

#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/support/api_node.hpp"

namespace millbeck::tests {

using nlohmann::json;

// Table `one` has the key p, table `tab` the keys p and s (a number), a global index `by-g` on g
// that holds keys and `h`, and a local one `by-l` on l that holds keys.
inline void create_tables(const ApiNode& node) {
    node.ok("CreateTable",
            R"({"TableName":"one","BillingMode":"PAY_PER_REQUEST","AttributeDefinitions":)"
            R"([{"AttributeName":"p","AttributeType":"S"}],)"
            R"("KeySchema":[{"AttributeName":"p","KeyType":"HASH"}]})");
    node.ok(
        "CreateTable",
        R"({"TableName":"tab","BillingMode":"PAY_PER_REQUEST","AttributeDefinitions":[)"
        R"({"AttributeName":"p","AttributeType":"S"},{"AttributeName":"s","AttributeType":"N"},)"
        R"({"AttributeName":"g","AttributeType":"S"},{"AttributeName":"l","AttributeType":"S"}],)"
        R"("KeySchema":[{"AttributeName":"p","KeyType":"HASH"},)"
        R"({"AttributeName":"s","KeyType":"RANGE"}],"GlobalSecondaryIndexes":[{"IndexName":"by-g",)"
        R"("KeySchema":[{"AttributeName":"g","KeyType":"HASH"}],"Projection":)"
        R"({"ProjectionType":"INCLUDE","NonKeyAttributes":["h"]}}],"LocalSecondaryIndexes":)"
        R"([{"IndexName":"by-l","KeySchema":[{"AttributeName":"p","KeyType":"HASH"},)"
        R"({"AttributeName":"l","KeyType":"RANGE"}],"Projection":{"ProjectionType":"KEYS_ONLY"}}]})");
}

inline void fill(const ApiNode& node) {
    create_tables(node);
    for (int i = 1; i <= 4; ++i) {
        const std::string n = std::to_string(i);
        node.ok("PutItem", R"({"TableName":"tab","Item":{"p":{"S":"a"},"s":{"N":")" + n +
                               R"("},"g":{"S":"x"},"h":{"S":"h"},"l":{"S":"l)" +
                               std::to_string(9 - i) + R"("},"v":{"N":")" + n + R"("}}})");
    }
    node.ok("PutItem", R"({"TableName":"tab","Item":{"p":{"S":"b"},"s":{"N":"1"},"v":{"N":"9"}}})");
    node.ok("PutItem", R"({"TableName":"one","Item":{"p":{"S":"a"},"n":{"N":"5"}}})");
}

inline std::string body_of(const std::string& statement, const std::string& more = "") {
    std::string body = json{{"Statement", statement}}.dump();
    body.pop_back();
    return body + more + "}";
}

// The body of the answer, or `Type: message` of the error.
inline std::string answer(const ApiNode& node, const std::string& call, const std::string& body) {
    const auto response = node.call(call, body);
    if (response.status == 200) {
        return response.body;
    }
    EXPECT_EQ(response.status, 400U) << response.body;
    const json error = json::parse(response.body);
    const std::string type = error["__type"];
    return type.substr(type.find('#') + 1) + ": " +
           error.value("message", error.value("Message", std::string()));
}

inline std::string run(const ApiNode& node, const std::string& statement,
                       const std::string& more = "") {
    return answer(node, "ExecuteStatement", body_of(statement, more));
}

}  // namespace millbeck::tests
