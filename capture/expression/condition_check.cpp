#include "capture/expression/condition_check.hpp"

#include <algorithm>
#include <array>

#include "capture/expression/compare.hpp"

namespace millbeck::capture::expression {
namespace {

using base::Status;
using shardlog::AttributeType;

// Sets and their orders as the service prints them.
constexpr std::string_view kTypeNames = "{B,NULL,SS,BOOL,L,BS,N,NS,S,M}";
constexpr std::string_view kTypesOfPaths = "{NS,SS,L,BS,N,M,B,BOOL,NULL,S}";
constexpr std::array kAllTypes{AttributeType::S,    AttributeType::N,  AttributeType::B,
                               AttributeType::BOOL, AttributeType::M,  AttributeType::L,
                               AttributeType::SS,   AttributeType::NS, AttributeType::BS,
                               AttributeType::NULL_};

// `AttributeValue: {N:1}`
std::string describe_bound(const ValueView& value) {
    std::string text = "AttributeValue: {";
    text.append(to_string(value.type)).append(":");
    if (value.type == AttributeType::B) {
        const std::string bytes = std::to_string(content_bytes(value));
        text.append("java.nio.HeapByteBuffer[pos=0 lim=" + bytes + " cap=" + bytes + "]");
    } else if (is_ordered(value.type)) {
        text.append(shardlog::scalar_content(value.text, value.type));
    } else {
        text.append(content_of(value));
    }
    return text.append("}");
}

// One check per kind of node; each Status has the text without the name of the expression.
class Checker {
  public:
    explicit Checker(const Bindings& bindings) : bindings_(bindings) {}

    Status operator()(const Comparison& node) const {
        MB_TRY_STATUS(distinct(to_string(node.comparator), node.left, {&node.right, 1}));
        if (node.comparator == Comparator::Equal || node.comparator == Comparator::NotEqual) {
            return {};
        }
        MB_TRY_STATUS(ordered(to_string(node.comparator), node.left));
        return ordered(to_string(node.comparator), node.right);
    }

    Status operator()(const Between& node) const {
        const std::array bounds{node.low, node.high};
        MB_TRY_STATUS(distinct("BETWEEN", node.value, bounds));
        for (const std::uint32_t operand : {node.value, node.low, node.high}) {
            MB_TRY_STATUS(ordered("BETWEEN", operand));
        }
        const auto* low = std::get_if<ValueSlot>(&bindings_.operand(node.low));
        const auto* high = std::get_if<ValueSlot>(&bindings_.operand(node.high));
        if (low == nullptr || high == nullptr) {
            return {};
        }
        return bounds_in_order(bindings_.value(*low), bindings_.value(*high));
    }

    Status operator()(const In& node) const {
        return distinct(
            "IN", node.value,
            std::span(bindings_.syntax().operand_lists).subspan(node.first, node.count));
    }

    Status operator()(const FunctionTest& node) const {
        switch (node.function) {
            case Function::AttributeExists:
            case Function::AttributeNotExists:
                return {};
            case Function::AttributeType:
                return type_name(node);
            case Function::BeginsWith:
                MB_TRY_STATUS(distinct(to_string(node.function), node.first, {&node.second, 1}));
                MB_TRY_STATUS(text_like(node, node.first));
                return text_like(node, node.second);
            case Function::Contains:
                break;
        }
        return distinct(to_string(node.function), node.first, {&node.second, 1});
    }

    Status operator()(const Not& /*node*/) const { return {}; }
    Status operator()(const And& /*node*/) const { return {}; }
    Status operator()(const Or& /*node*/) const { return {}; }

    // size() of something that has none.
    [[nodiscard]] Status check_sizes(const ConditionNode& node) const {
        for (const std::uint32_t operand : operands_of(bindings_.syntax(), node)) {
            const auto* size = std::get_if<Size>(&bindings_.operand(operand));
            if (size == nullptr) {
                continue;
            }
            const auto type = static_type(bindings_, size->operand);
            if (type && (*type == AttributeType::N || *type == AttributeType::BOOL ||
                         *type == AttributeType::NULL_)) {
                return refuse(wrong_operand_type("size", to_string(*type)));
            }
        }
        return {};
    }

    [[nodiscard]] bool is_bound(const ConditionNode& node) const {
        return std::ranges::all_of(
            operands_of(bindings_.syntax(), node),
            [&](std::uint32_t operand) { return bindings_.is_bound(operand); });
    }

  private:
    static Status refuse(std::string message) {
        return base::fail(base::Code::Invalid, std::move(message));
    }

    [[nodiscard]] Status distinct(std::string_view name, std::uint32_t first,
                                  std::span<const std::uint32_t> rest) const {
        const auto* path = std::get_if<Path>(&bindings_.operand(first));
        for (const std::uint32_t operand : rest) {
            const auto* other = std::get_if<Path>(&bindings_.operand(operand));
            if (path == nullptr || other == nullptr || !bindings_.same_path(*path, *other)) {
                continue;
            }
            std::string message =
                "The first operand must be distinct from the remaining operands for this operator "
                "or function; operator: ";
            message.append(name).append(", first operand: ");
            return refuse(message.append(describe(bindings_.steps(*path))));
        }
        return {};
    }

    [[nodiscard]] Status ordered(std::string_view name, std::uint32_t operand) const {
        const auto type = static_type(bindings_, operand);
        if (type && !is_ordered(*type)) {
            return refuse(wrong_operand_type(name, to_string(*type)));
        }
        return {};
    }

    [[nodiscard]] Status text_like(const FunctionTest& node, std::uint32_t operand) const {
        const auto type = static_type(bindings_, operand);
        if (type && *type != AttributeType::S && *type != AttributeType::B) {
            return refuse(wrong_operand_type(to_string(node.function), to_string(*type)));
        }
        return {};
    }

    [[nodiscard]] Status type_name(const FunctionTest& node) const {
        const auto type = static_type(bindings_, node.second);
        if (type != AttributeType::S) {
            return refuse(wrong_operand_type(to_string(node.function),
                                             type ? to_string(*type) : kTypesOfPaths));
        }
        const ValueView value =
            bindings_.value(std::get<ValueSlot>(bindings_.operand(node.second)));
        for (const AttributeType known : kAllTypes) {
            if (content_of(value) == to_string(known)) {
                return {};
            }
        }
        std::string message = "Invalid attribute type name found; type: ";
        message.append(shardlog::scalar_content(value.text, value.type));
        return refuse(message.append(", valid types: ").append(kTypeNames));
    }

    static Status bounds_in_order(const ValueView& low, const ValueView& high) {
        std::string message;
        if (low.type != high.type) {
            message = "same data type for lower and upper bounds";
        } else if (order_values(low, high) > 0) {
            message = "upper bound to be greater than or equal to lower bound";
        } else {
            return {};
        }
        message.insert(0, "The BETWEEN operator requires ");
        message.append("; lower bound operand: ").append(describe_bound(low));
        return refuse(message.append(", upper bound operand: ").append(describe_bound(high)));
    }

    const Bindings& bindings_;
};

bool has_sizes(const Syntax& syntax) {
    return std::ranges::any_of(syntax.operands, [](const Operand& operand) {
        return std::holds_alternative<Size>(operand);
    });
}

}  // namespace

std::string wrong_operand_type(std::string_view function, std::string_view type) {
    std::string message = "Incorrect operand type for operator or function; operator or function: ";
    return message.append(function).append(", operand type: ").append(type);
}

std::optional<AttributeType> static_type(const Bindings& bindings, std::uint32_t operand) {
    if (const auto* slot = std::get_if<ValueSlot>(&bindings.operand(operand))) {
        return bindings.value(*slot).type;
    }
    if (std::holds_alternative<Size>(bindings.operand(operand))) {
        return AttributeType::N;
    }
    return std::nullopt;
}

Status check_condition(Kind kind, const Bindings& bindings) {
    const Checker checker(bindings);
    const bool sizes = has_sizes(bindings.syntax());
    for (const ConditionNode& node : bindings.syntax().nodes) {
        if (!bindings.is_complete() && !checker.is_bound(node)) {
            return {};
        }
        Status status = sizes ? checker.check_sizes(node) : Status{};
        if (status) {
            status = std::visit(checker, node);
        }
        if (!status) {
            return invalid_expression(kind, status.error().message);
        }
    }
    return {};
}

Status check_scalar_keys(const Bindings& bindings, const KeySchema& keys,
                         std::span<const KeySchema> index_keys) {
    return visit_paths(bindings.syntax(), [&](const Path& path) -> Status {
        const std::string_view head = bindings.head(path);
        const auto names = [&](const KeySchema& schema) { return schema.has(head); };
        const bool of_table = path.count > 1 && names(keys);
        if (!of_table && (path.count < 2 || std::ranges::none_of(index_keys, names))) {
            return {};
        }
        return base::fail(base::Code::Invalid,
                          "Key attributes must be scalars; list random access '[]' and map lookup "
                          "'.' are not allowed: " +
                              std::string(of_table ? "Key: " : "IndexKey: ") + std::string(head));
    });
}

}  // namespace millbeck::capture::expression
