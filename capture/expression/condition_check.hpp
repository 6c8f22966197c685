// What a condition can be refused for before any item is seen, once its placeholders are known.
#pragma once

#include <span>

#include "base/result.hpp"
#include "capture/expression/bindings.hpp"
#include "capture/table.hpp"

namespace millbeck::capture::expression {

// Operand types, distinct operands, bounds of BETWEEN, type names; in the order written. Invalid.
base::Status check_condition(Kind kind, const Bindings& bindings);

// The type an operand has whatever the item; nullopt for a path.
std::optional<shardlog::AttributeType> static_type(const Bindings& bindings, std::uint32_t operand);

// No path of the expression may look inside a key attribute, of the table or of an index. Invalid.
base::Status check_scalar_keys(const Bindings& bindings, const KeySchema& keys,
                               std::span<const KeySchema> index_keys);

// Calls `visit(Path)` for every path of the expression, in the order of its operands, then those
// that are no operands.
template <typename Visit>
base::Status visit_paths(const Syntax& syntax, const Visit& visit) {
    for (const Operand& operand : syntax.operands) {
        if (const auto* path = std::get_if<Path>(&operand)) {
            MB_TRY_STATUS(visit(*path));
        } else if (const auto* defaulted = std::get_if<IfNotExists>(&operand)) {
            MB_TRY_STATUS(visit(defaulted->path));
        }
    }
    for (const Action& action : syntax.actions) {
        MB_TRY_STATUS(visit(action.path));
    }
    for (const Path& path : syntax.paths) {
        MB_TRY_STATUS(visit(path));
    }
    return {};
}

// `Incorrect operand type for operator or function; operator or function: +, operand type: S`
std::string wrong_operand_type(std::string_view function, std::string_view type);

}  // namespace millbeck::capture::expression
