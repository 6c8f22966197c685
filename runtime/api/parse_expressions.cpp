#include "runtime/api/parse_expressions.hpp"

#include "capture/expression/expression_cache.hpp"
#include "capture/expression/placeholders_parser.hpp"

namespace millbeck::runtime {

namespace expression = capture::expression;
namespace dom = simdjson::dom;

namespace {

constexpr std::string_view kNames = "ExpressionAttributeNames";
constexpr std::string_view kValues = "ExpressionAttributeValues";

// Not every call has both.
std::optional<simdjson::dom::element> find_placeholders(const Fields& fields,
                                                        std::string_view member) {
    return fields.knows(member) ? fields.find(member) : std::nullopt;
}

std::vector<expression::GivenParameter> look_up(const Fields& fields,
                                                std::initializer_list<std::string_view> names) {
    std::vector<expression::GivenParameter> parameters;
    parameters.reserve(names.size());
    for (const std::string_view name : names) {
        parameters.push_back({name, fields.find(name).has_value()});
    }
    return parameters;
}

// Updates, and all expressions in the newer wording, are refused for their size without the number.
base::Result<std::string_view> read_text(dom::element element, expression::Kind kind,
                                         const ParseContext& context) {
    const std::string_view text = element.get_string().value_unsafe();
    const bool counted =
        kind != expression::Kind::Update && context.wording == shardlog::Wording::Older;
    if (!counted && text.size() > expression::kExpressionBytesMax) {
        return base::fail(base::Code::Invalid,
                          std::string("Invalid ")
                              .append(to_string(kind))
                              .append(": Expression size has exceeded the maximum allowed size;"));
    }
    return text;
}

}  // namespace

base::Status check_expression_members(const Fields& fields, const ParseContext& context,
                                      std::initializer_list<std::string_view> expressions,
                                      std::initializer_list<std::string_view> legacy) {
    return expression::check_parameters(look_up(fields, expressions), look_up(fields, legacy),
                                        find_placeholders(fields, kNames).has_value(),
                                        find_placeholders(fields, kValues).has_value(),
                                        context.wording);
}

base::Result<ExpressionReader> ExpressionReader::create(const Fields& fields,
                                                        const ParseContext& context) {
    const auto names = find_placeholders(fields, kNames);
    const auto values = find_placeholders(fields, kValues);
    if (!names && !values) {
        return ExpressionReader(fields, context, expression::Placeholders());
    }
    MB_TRY(auto placeholders,
           expression::parse_placeholders(names ? &*names : nullptr, values ? &*values : nullptr,
                                          context.wording));
    return ExpressionReader(fields, context, std::move(placeholders));
}

base::Result<std::optional<expression::Update>> ExpressionReader::update() {
    const auto text = fields_.find(to_string(expression::Kind::Update));
    if (!text) {
        return std::optional<expression::Update>();
    }
    MB_TRY(const auto expressed, read_text(*text, expression::Kind::Update, context_));
    MB_TRY(auto update, expression::Update::parse(expressed, context_.expressions, placeholders_));
    return std::optional<expression::Update>(std::move(update));
}

base::Result<std::optional<expression::Condition>> ExpressionReader::condition(
    expression::Kind kind) {
    const auto text = fields_.find(to_string(kind));
    if (!text) {
        return std::optional<expression::Condition>();
    }
    MB_TRY(const auto expressed, read_text(*text, kind, context_));
    MB_TRY(auto condition,
           expression::Condition::parse(kind, expressed, context_.expressions, placeholders_));
    return std::optional<expression::Condition>(std::move(condition));
}

base::Result<std::optional<expression::Projection>> ExpressionReader::projection() {
    const auto text = fields_.find(to_string(expression::Kind::Projection));
    if (!text) {
        return std::optional<expression::Projection>();
    }
    MB_TRY(const auto expressed, read_text(*text, expression::Kind::Projection, context_));
    MB_TRY(auto projection,
           expression::Projection::parse(expressed, context_.expressions, placeholders_));
    return std::optional<expression::Projection>(std::move(projection));
}

base::Result<std::optional<expression::Projection>> parse_projection(const Fields& fields,
                                                                     const ParseContext& context) {
    std::optional<expression::Projection> projection;
    if (fields.knows("AttributesToGet")) {
        MB_TRY(projection, parse_attributes_to_get(fields));
    }
    MB_TRY(auto reader, ExpressionReader::create(fields, context));
    MB_TRY(auto expressed, reader.projection());
    MB_TRY_STATUS(reader.finish());
    return expressed ? std::move(expressed) : std::move(projection);
}

capture::OnConditionFailure parse_on_failure(const Fields& fields) {
    return fields.text("ReturnValuesOnConditionCheckFailure") == "ALL_OLD"
               ? capture::OnConditionFailure::ShowItem
               : capture::OnConditionFailure::ShowNothing;
}

base::Status check_item_size(const shardlog::Item& item) {
    return item.size_bytes() <= shardlog::kItemBytesMax
               ? base::Status{}
               : base::fail(base::Code::Invalid, "Item size has exceeded the maximum allowed size");
}

}  // namespace millbeck::runtime
