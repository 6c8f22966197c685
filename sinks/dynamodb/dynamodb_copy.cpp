#include "sinks/dynamodb/dynamodb_copy.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace millbeck::sinks {

namespace {

using nlohmann::json;

std::string text_of(const json& value) {
    return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

tl::unexpected<base::Error> no_answer() {
    return base::fail(base::Code::Io, "DynamoDB's answer is not the one to this request");
}

}  // namespace

base::Result<std::optional<CopiedRow>> DynamoDbCopy::expected(const Message& row) const {
    MB_TRY(std::string content, items_.content(row.new_image, row.key, true));
    return std::optional<CopiedRow>({.key = std::string(row.key), .content = std::move(content)});
}

// Partition key first, as a record names them.
base::Result<std::vector<std::string>> DynamoDbCopy::key_names(base::Instant deadline) {
    MB_TRY(const std::string answer,
           endpoint_.ask({"DescribeTable", text_of({{"TableName", table_}})}, deadline));
    const json described = json::parse(answer, nullptr, false);
    std::vector<std::string> names;
    const bool is_object = described.is_object();
    const json schema =
        is_object ? described.value("/Table/KeySchema"_json_pointer, json::array()) : json::array();
    for (const json& each : schema) {
        const bool is_hash = each.value("KeyType", "") == "HASH";
        names.insert(is_hash ? names.begin() : names.end(), each.value("AttributeName", ""));
    }
    if (names.empty()) {
        return no_answer();
    }
    return names;
}

base::Status DynamoDbCopy::scan(const std::function<base::Status(CopiedRow)>& visit,
                                base::Instant deadline) {
    MB_TRY(const std::vector<std::string> names, key_names(deadline));
    json request = {{"TableName", table_}, {"ConsistentRead", true}};
    for (;;) {
        MB_TRY(const std::string answer, endpoint_.ask({"Scan", text_of(request)}, deadline));
        const json page = json::parse(answer, nullptr, false);
        if (!page.is_object() || !page.contains("Items")) {
            return no_answer();
        }
        for (const json& item : page["Items"]) {
            std::string key = "{";
            for (const std::string& name : names) {
                key += (key.size() > 1 ? "," : "") + text_of(name) + ":" +
                       text_of(item.value(name, json::object()));
            }
            key += '}';
            MB_TRY(std::string content, items_.content(text_of(item), key, false));
            if (!content.empty()) {
                MB_TRY_STATUS(visit({.key = std::move(key), .content = std::move(content)}));
            }
        }
        if (!page.contains("LastEvaluatedKey")) {
            return {};
        }
        request["ExclusiveStartKey"] = page["LastEvaluatedKey"];
    }
}

base::Status DynamoDbCopy::remove(const std::vector<std::string>& keys, base::Instant deadline) {
    std::vector<DynamoDbEndpoint::Call> calls;
    calls.reserve(keys.size());
    for (const std::string& key : keys) {
        calls.push_back(
            {"DeleteItem", fmt::format(R"({{"TableName":{},"Key":{}}})", text_of(table_), key)});
    }
    for (const auto& answer : endpoint_.call(std::move(calls), deadline)) {
        if (answer.kind != DynamoDbEndpoint::Answer::Kind::Done) {
            return tl::unexpected<base::Error>(answer.error);
        }
    }
    return {};
}

}  // namespace millbeck::sinks
