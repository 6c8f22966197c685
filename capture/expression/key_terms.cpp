// From a bound condition to terms on attributes: what a KeyConditionExpression may say.
#include <algorithm>
#include <initializer_list>

#include "capture/expression/key_condition.hpp"

namespace millbeck::capture::expression {
namespace {

using base::Code;
using base::fail;
using base::Result;
using base::Status;

tl::unexpected<base::Error> refuse(std::string message) {
    return fail(Code::Invalid, std::move(message));
}

KeyOperator operator_of(Comparator comparator) {
    switch (comparator) {
        case Comparator::Less:
            return KeyOperator::Less;
        case Comparator::LessOrEqual:
            return KeyOperator::LessOrEqual;
        case Comparator::Greater:
            return KeyOperator::Greater;
        case Comparator::GreaterOrEqual:
            return KeyOperator::GreaterOrEqual;
        case Comparator::Equal:
        case Comparator::NotEqual:
            break;
    }
    return KeyOperator::Equal;
}

// `:v < c` says `c > :v`.
KeyOperator turned(KeyOperator op) {
    switch (op) {
        case KeyOperator::Less:
            return KeyOperator::Greater;
        case KeyOperator::LessOrEqual:
            return KeyOperator::GreaterOrEqual;
        case KeyOperator::Greater:
            return KeyOperator::Less;
        case KeyOperator::GreaterOrEqual:
            return KeyOperator::LessOrEqual;
        default:
            return op;
    }
}

// Collects the terms of a condition, from left to right.
class TermReader {
  public:
    explicit TermReader(const Bindings& bindings) : bindings_(bindings) {}

    Status read(std::size_t node) { return std::visit(*this, bindings_.syntax().nodes[node]); }
    std::vector<KeyTerm> take() { return std::move(terms_); }

    Status operator()(const And& node) {
        MB_TRY_STATUS(read(node.left));
        return read(node.right);
    }
    Status operator()(const Or& /*node*/) { return bad_operator("OR"); }
    Status operator()(const Not& /*node*/) { return bad_operator("NOT"); }
    Status operator()(const In& /*node*/) { return bad_operator("IN"); }

    Status operator()(const Comparison& node) {
        if (node.comparator == Comparator::NotEqual) {
            return bad_operator("<>");
        }
        MB_TRY_STATUS(check_operands({node.left, node.right}));
        const KeyOperator op = operator_of(node.comparator);
        if (path_of(node.left) != nullptr) {
            return add(node.left, op, node.right);
        }
        return path_of(node.right) != nullptr
                   ? add(node.right, turned(op), node.left)
                   : refuse(
                         "Invalid condition in KeyConditionExpression: No key attribute "
                         "specified");
    }

    Status operator()(const Between& node) {
        MB_TRY_STATUS(check_operands({node.value, node.low, node.high}));
        MB_TRY_STATUS(check_first("BETWEEN", node.value));
        return add(node.value, KeyOperator::Between, node.low, node.high);
    }

    Status operator()(const FunctionTest& node) {
        if (node.function != Function::BeginsWith) {
            return bad_operator(to_string(node.function));
        }
        MB_TRY_STATUS(check_operands({node.first, node.second}));
        MB_TRY_STATUS(check_first("begins_with", node.first));
        return add(node.first, KeyOperator::BeginsWith, node.second);
    }

  private:
    static Status bad_operator(std::string_view op) {
        return refuse("Invalid operator used in KeyConditionExpression: " + std::string(op));
    }

    [[nodiscard]] const Path* path_of(std::uint32_t operand) const {
        return std::get_if<Path>(&bindings_.operand(operand));
    }

    // One path of one name, and no size().
    [[nodiscard]] Status check_operands(std::initializer_list<std::uint32_t> operands) const {
        int paths = 0;
        for (const std::uint32_t operand : operands) {
            if (std::holds_alternative<Size>(bindings_.operand(operand))) {
                return refuse("KeyConditionExpressions cannot contain nested operations");
            }
            const Path* path = path_of(operand);
            if (path == nullptr) {
                continue;
            }
            if (++paths > 1) {
                return refuse(
                    "Invalid condition in KeyConditionExpression: Multiple attribute "
                    "names used in one condition");
            }
            if (path->count > 1) {
                return refuse(
                    "KeyConditionExpressions cannot have conditions on nested "
                    "attributes");
            }
        }
        return {};
    }

    [[nodiscard]] Status check_first(std::string_view op, std::uint32_t operand) const {
        if (path_of(operand) != nullptr) {
            return {};
        }
        return refuse("Invalid condition in KeyConditionExpression: " + std::string(op) +
                      " operator must have the key attribute as its first operand");
    }

    [[nodiscard]] std::string value_text(std::uint32_t operand) const {
        return std::string(bindings_.value(std::get<ValueSlot>(bindings_.operand(operand))).text);
    }

    Status add(std::uint32_t attribute, KeyOperator op, std::uint32_t first,
               std::optional<std::uint32_t> second = std::nullopt) {
        std::string name(bindings_.head(*path_of(attribute)));
        const bool known = std::any_of(terms_.begin(), terms_.end(),
                                       [&](const KeyTerm& term) { return term.attribute == name; });
        if (known) {
            return invalid_expression(Kind::KeyCondition,
                                      "KeyConditionExpressions must only contain one condition per "
                                      "key");
        }
        terms_.push_back(
            {std::move(name), op, value_text(first), second ? value_text(*second) : std::string()});
        return {};
    }

    const Bindings& bindings_;
    std::vector<KeyTerm> terms_;
};

}  // namespace

Result<std::vector<KeyTerm>> key_terms(const Condition& condition) {
    TermReader reader(condition.bindings());
    MB_TRY_STATUS(reader.read(condition.bindings().syntax().nodes.size() - 1));
    return reader.take();
}

}  // namespace millbeck::capture::expression
