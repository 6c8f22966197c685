#include "capture/expression/syntax.hpp"

#include <array>
#include <optional>

#include "capture/expression/parser.hpp"

namespace millbeck::capture::expression {
namespace {

template <typename T>
std::size_t bytes_of(const std::vector<T>& vector) {
    return vector.capacity() * sizeof(T);
}

}  // namespace

std::string_view to_string(Kind kind) {
    switch (kind) {
        case Kind::Condition:
            return "ConditionExpression";
        case Kind::Filter:
            return "FilterExpression";
        case Kind::KeyCondition:
            return "KeyConditionExpression";
        case Kind::Update:
            return "UpdateExpression";
        case Kind::Projection:
            return "ProjectionExpression";
        case Kind::Statement:
            return "Statement";
    }
    return "";
}

std::string_view to_string(Comparator comparator) {
    switch (comparator) {
        case Comparator::Equal:
            return "=";
        case Comparator::NotEqual:
            return "<>";
        case Comparator::Less:
            return "<";
        case Comparator::LessOrEqual:
            return "<=";
        case Comparator::Greater:
            return ">";
        case Comparator::GreaterOrEqual:
            return ">=";
    }
    return "";
}

std::string_view to_string(Function function) {
    switch (function) {
        case Function::AttributeExists:
            return "attribute_exists";
        case Function::AttributeNotExists:
            return "attribute_not_exists";
        case Function::AttributeType:
            return "attribute_type";
        case Function::BeginsWith:
            return "begins_with";
        case Function::Contains:
            return "contains";
    }
    return "";
}

std::string_view to_string(Clause clause) {
    switch (clause) {
        case Clause::Set:
            return "SET";
        case Clause::Remove:
            return "REMOVE";
        case Clause::Add:
            return "ADD";
        case Clause::Delete:
            return "DELETE";
    }
    return "";
}

std::optional<Function> parse_function(std::string_view name) {
    for (const Function function :
         {Function::AttributeExists, Function::AttributeNotExists, Function::AttributeType,
          Function::BeginsWith, Function::Contains}) {
        if (name == to_string(function)) {
            return function;
        }
    }
    return std::nullopt;
}

bool is_condition_function(std::string_view name) {
    return name == "size" || parse_function(name).has_value();
}

bool is_update_function(std::string_view name) {
    return name == "if_not_exists" || name == "list_append";
}

std::size_t Syntax::memory_bytes() const {
    return sizeof(Syntax) + text.capacity() + bytes_of(placeholders) + bytes_of(elements) +
           bytes_of(operands) + bytes_of(operand_lists) + bytes_of(nodes) + bytes_of(actions) +
           bytes_of(paths);
}

std::vector<std::uint32_t> operands_of(const Syntax& syntax, const ConditionNode& node) {
    if (const auto* comparison = std::get_if<Comparison>(&node)) {
        return {comparison->left, comparison->right};
    }
    if (const auto* between = std::get_if<Between>(&node)) {
        return {between->value, between->low, between->high};
    }
    if (const auto* test = std::get_if<FunctionTest>(&node)) {
        const bool single = test->function == Function::AttributeExists ||
                            test->function == Function::AttributeNotExists;
        return single ? std::vector{test->first} : std::vector{test->first, test->second};
    }
    std::vector<std::uint32_t> operands;
    if (const auto* in = std::get_if<In>(&node)) {
        operands.push_back(in->value);
        for (std::uint32_t i = 0; i < in->count; ++i) {
            operands.push_back(syntax.operand_lists[in->first + i]);
        }
    }
    return operands;
}

}  // namespace millbeck::capture::expression
