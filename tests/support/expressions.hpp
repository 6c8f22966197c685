// Expressions from text, for tests: each helper answers in one word or with the error's text.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <gtest/gtest.h>
#include <simdjson.h>

#include "capture/expression/condition.hpp"
#include "capture/expression/projection.hpp"
#include "capture/expression/update.hpp"
#include "tests/support/items.hpp"

namespace millbeck::tests {

namespace expression = capture::expression;

// ExpressionAttributeNames and ExpressionAttributeValues as JSON; "": not given.
inline base::Result<expression::Placeholders> placeholders_of(std::string_view names,
                                                              std::string_view values) {
    simdjson::dom::parser names_parser;
    simdjson::dom::parser values_parser;
    simdjson::dom::element names_element;
    simdjson::dom::element values_element;
    if (!names.empty() && names_parser.parse(simdjson::padded_string(names)).get(names_element) !=
                              simdjson::SUCCESS) {
        ADD_FAILURE() << "bad JSON " << names;
    }
    if (!values.empty() &&
        values_parser.parse(simdjson::padded_string(values)).get(values_element) !=
            simdjson::SUCCESS) {
        ADD_FAILURE() << "bad JSON " << values;
    }
    return expression::Placeholders::parse(names.empty() ? nullptr : &names_element,
                                           values.empty() ? nullptr : &values_element);
}

// All that a request says besides its item.
struct ExpressionRequest {
    std::string text;
    std::string values;  // JSON
    std::string names;   // JSON
};

inline base::Result<expression::Condition> condition_of(
    const ExpressionRequest& request, expression::Kind kind = expression::Kind::Condition) {
    expression::ExpressionCache cache;
    MB_TRY(auto placeholders, placeholders_of(request.names, request.values));
    MB_TRY(auto condition, expression::Condition::parse(kind, request.text, cache, placeholders));
    MB_TRY_STATUS(placeholders.check_all_used());
    return condition;
}

// "true", "false", or why not. `item`: JSON, or "" where there is none.
inline std::string evaluated(const ExpressionRequest& request, std::string_view item) {
    const auto condition = condition_of(request);
    if (!condition) {
        return condition.error().message;
    }
    return condition->matches(item.empty() ? std::string() : item_of(item).text()) ? "true"
                                                                                   : "false";
}

inline base::Result<expression::Update> update_of(const ExpressionRequest& request) {
    expression::ExpressionCache cache;
    MB_TRY(auto placeholders, placeholders_of(request.names, request.values));
    MB_TRY(auto update, expression::Update::parse(request.text, cache, placeholders));
    MB_TRY_STATUS(placeholders.check_all_used());
    return update;
}

// The item after the update, or why not. Its size is checked on the way. `item`: JSON, or "" where
// there is none; then `key` begins the new one.
inline std::string updated(const expression::Update& update, std::string_view item,
                           std::string_view key = R"({"id":{"S":"k"}})") {
    const shardlog::Item old = item.empty() ? shardlog::Item() : item_of(item);
    const shardlog::Item keys = item_of(key);
    const auto result = update.apply(item.empty() ? shardlog::ItemView{} : old.view(), keys.view());
    if (!result) {
        return result.error().message;
    }
    if (!result->text.empty()) {
        const shardlog::Item again = item_of(result->text);
        EXPECT_EQ(again.text(), result->text);
        EXPECT_EQ(again.size_bytes(), result->size_bytes) << result->text;
    }
    return result->text;
}

inline std::string updated(const ExpressionRequest& request, std::string_view item) {
    const auto update = update_of(request);
    return update ? updated(*update, item) : update.error().message;
}

inline base::Result<expression::Projection> projection_of(const ExpressionRequest& request) {
    expression::ExpressionCache cache;
    MB_TRY(auto placeholders, placeholders_of(request.names, request.values));
    MB_TRY(auto projection, expression::Projection::parse(request.text, cache, placeholders));
    MB_TRY_STATUS(placeholders.check_all_used());
    return projection;
}

inline std::string projected(const ExpressionRequest& request, std::string_view item) {
    const auto projection = projection_of(request);
    if (!projection) {
        return projection.error().message;
    }
    std::string text;
    projection->append(text, item_of(item).text());
    return text;
}

}  // namespace millbeck::tests
