#include "capture/expression/update_check.hpp"

#include "capture/expression/compare.hpp"
#include "capture/expression/condition_check.hpp"
#include "capture/expression/path_overlap.hpp"

namespace millbeck::capture::expression {
namespace {

using base::Status;
using shardlog::AttributeType;

// The words for types that only these errors use.
std::string_view long_name(AttributeType type) {
    switch (type) {
        case AttributeType::S:
            return "STRING";
        case AttributeType::N:
            return "NUMBER";
        case AttributeType::B:
            return "BINARY";
        case AttributeType::BOOL:
            return "BOOLEAN";
        case AttributeType::NULL_:
            return "NULL";
        case AttributeType::M:
            return "MAP";
        case AttributeType::L:
            return "LIST";
        case AttributeType::SS:
            return "STRING_SET";
        case AttributeType::NS:
            return "NUMBER_SET";
        case AttributeType::BS:
            return "BINARY_SET";
    }
    return "";
}

Status refuse(std::string_view message) {
    return base::fail(base::Code::Invalid, std::string(message));
}

Status check_type(const Bindings& bindings, std::uint32_t operand, AttributeType wanted,
                  std::string_view function) {
    const auto type = static_type(bindings, operand);
    return !type || *type == wanted ? Status{}
                                    : refuse(wrong_operand_type(function, to_string(*type)));
}

// Recursion is as deep as calls nest, which the parser bounds.
Status check_operand(const Bindings& bindings, std::uint32_t operand) {
    const Operand& checked = bindings.operand(operand);
    if (const auto* defaulted = std::get_if<IfNotExists>(&checked)) {
        return check_operand(bindings, defaulted->otherwise);
    }
    if (const auto* append = std::get_if<ListAppend>(&checked)) {
        for (const std::uint32_t part : {append->front, append->back}) {
            MB_TRY_STATUS(check_operand(bindings, part));
            MB_TRY_STATUS(check_type(bindings, part, AttributeType::L, "list_append"));
        }
    }
    if (const auto* sum = std::get_if<Sum>(&checked)) {
        for (const std::uint32_t part : {sum->left, sum->right}) {
            MB_TRY_STATUS(check_operand(bindings, part));
            MB_TRY_STATUS(
                check_type(bindings, part, AttributeType::N, sum->sign == Sign::Plus ? "+" : "-"));
        }
    }
    return {};
}

Status check_action(const Bindings& bindings, const Action& action) {
    if (action.clause == Clause::Remove) {
        return {};
    }
    if (action.clause == Clause::Set) {
        return check_operand(bindings, action.value);
    }
    const auto type = static_type(bindings, action.value);
    if (!type || is_set(*type) || (action.clause == Clause::Add && *type == AttributeType::N)) {
        return {};
    }
    std::string message = "Incorrect operand type for operator or function; operator: ";
    message.append(to_string(action.clause)).append(", operand type: ");
    message.append(long_name(*type)).append(", typeSet: ALLOWED_FOR_");
    return refuse(message.append(to_string(action.clause)).append("_OPERAND"));
}

}  // namespace

Status check_update(const Bindings& bindings) {
    const auto& actions = bindings.syntax().actions;
    if (actions.size() > 1) {
        std::vector<Steps> paths;
        paths.reserve(actions.size());
        for (const Action& action : actions) {
            paths.push_back(bindings.steps(action.path));
        }
        if (const auto overlap = find_overlap(paths)) {
            return refuse(*overlap);
        }
    }
    for (auto action = actions.rbegin(); action != actions.rend(); ++action) {
        MB_TRY_STATUS(check_action(bindings, *action));
    }
    return {};
}

}  // namespace millbeck::capture::expression
