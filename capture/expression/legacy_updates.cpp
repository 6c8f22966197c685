// AttributeUpdates and AttributesToGet.
#include <algorithm>

#include "capture/expression/compare.hpp"
#include "capture/expression/legacy.hpp"
#include "capture/expression/syntax_builder.hpp"
#include "capture/invalid_values.hpp"

namespace millbeck::capture::expression {
namespace {

using base::Code;
using base::fail;
using base::Status;
using shardlog::AttributeType;

constexpr std::string_view kEmptyList = R"({"L":[]})";

Status invalid_values(std::string message) {
    return fail(Code::Invalid, message.insert(0, kInvalidValues));
}

Status check_update(const AttributeUpdate& update) {
    if (!update.value) {
        return update.action == UpdateAction::Delete
                   ? Status{}
                   : invalid_values(
                         "Only DELETE action is allowed when no attribute value is "
                         "specified");
    }
    const AttributeType type = ValueView(*update.value).type;
    if (update.action == UpdateAction::Delete && !is_set(type)) {
        return invalid_values("DELETE action with value is not supported for the type " +
                              std::string(to_string(type)));
    }
    if (update.action == UpdateAction::Add && !is_set(type) && type != AttributeType::N &&
        type != AttributeType::L) {
        return invalid_values("ADD action is not supported for the type " +
                              std::string(to_string(type)));
    }
    return {};
}

// A list is added to a list by appending it; to nothing, by becoming it.
Action append_action(SyntaxBuilder& builder, const AttributeUpdate& update) {
    const Path path = builder.name(update.name);
    const std::uint32_t old = builder.operand(IfNotExists{path, builder.value(kEmptyList)});
    return {Clause::Set, path, builder.operand(ListAppend{old, builder.value(*update.value)})};
}

Action make_action(SyntaxBuilder& builder, const AttributeUpdate& update) {
    if (!update.value) {
        return {Clause::Remove, builder.name(update.name), 0};
    }
    if (update.action == UpdateAction::Add && ValueView(*update.value).type == AttributeType::L) {
        return append_action(builder, update);
    }
    Clause clause = Clause::Set;
    if (update.action != UpdateAction::Put) {
        clause = update.action == UpdateAction::Add ? Clause::Add : Clause::Delete;
    }
    const Path path = builder.name(update.name);
    return {clause, path, builder.value(*update.value)};
}

}  // namespace

base::Result<Update> make_update(std::span<const AttributeUpdate> updates) {
    SyntaxBuilder builder;
    for (const AttributeUpdate& update : updates) {
        MB_TRY_STATUS(check_update(update));
        builder.syntax().actions.push_back(make_action(builder, update));
    }
    MB_TRY(auto placeholders, builder.placeholders());
    return Update::bind(builder.finish(), placeholders, UpdateStyle::Legacy);
}

base::Result<Projection> make_projection(std::span<const std::string> names) {
    SyntaxBuilder builder;
    for (std::size_t i = 0; i < names.size(); ++i) {
        const auto seen = names.first(i);
        if (std::find(seen.begin(), seen.end(), names[i]) != seen.end()) {
            return tl::unexpected<base::Error>(
                invalid_values("Duplicate value in attribute name: " + names[i]).error());
        }
        builder.syntax().paths.push_back(builder.name(names[i]));
    }
    MB_TRY(auto placeholders, builder.placeholders());
    return Projection::bind(builder.finish(), placeholders);
}

}  // namespace millbeck::capture::expression
