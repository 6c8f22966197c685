#include "runtime/api/constraints.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "runtime/api/faults.hpp"
#include "runtime/api/fields.hpp"
#include "runtime/api/place.hpp"
#include "runtime/api/value_constraints.hpp"

namespace millbeck::runtime {
namespace {

namespace dom = simdjson::dom;

void check_tree(Faults& faults, const Shape& shape, dom::element value, const Place& place);

void check_member(Faults& faults, const Member& member, const std::optional<dom::element>& child,
                  const Place& parent) {
    const Place place = parent.member(member.name);
    const bool refused = member.shape->kind == Kind::Refused;
    if (child && refused) {
        faults.refuse(member.name);
    } else if (child) {
        check_tree(faults, *member.shape, *child, place);
    } else if (member.required) {
        faults.add("null", place.text(), "Member must not be null");
    }
}

void check_members(Faults& faults, const Shape& shape, dom::element value, const Place& place) {
    const Fields fields(shape, value);
    for (std::size_t i = 0; i < shape.members.size(); ++i) {
        check_member(faults, shape.members[i], fields.at(i), place);
    }
}

void check_elements(Faults& faults, const Shape& shape, dom::array list, const Place& place) {
    std::size_t position = 0;
    for (const dom::element child : list) {
        ++position;
        const Place at = place.element(position);
        if (!child.is_null()) {
            check_tree(faults, *shape.element, child, at);
        } else {
            faults.add("null", at.text(), "Member must not be null");
        }
        if (faults.full()) {
            return;
        }
    }
}

void check_entries(Faults& faults, const Shape& shape, dom::object map, const Place& place) {
    for (const dom::key_value_pair child : map) {
        const Place at = place.entry(child.key);
        if (child.value.is_null()) {
            faults.add("null", at.text(), "Member must not be null");
        } else if (shape.element->kind == Kind::List) {
            check_elements(faults, *shape.element, list_of(child.value), at);
        } else {
            check_tree(faults, *shape.element, child.value, at);
        }
        if (faults.full()) {
            return;
        }
    }
}

void check_tree(Faults& faults, const Shape& shape, dom::element value, const Place& place) {
    switch (shape.kind) {
        case Kind::String:
            return check_string(faults, shape, value, place);
        case Kind::Integer:
        case Kind::Long:
            return check_bounds(faults, shape, value, place, whole_number(value), "value");
        case Kind::List: {
            const dom::array list = list_of(value);
            check_bounds(faults, shape, value, place, static_cast<std::int64_t>(list.size()),
                         "length");
            return check_elements(faults, shape, list, place);
        }
        case Kind::Map: {
            const dom::object map = object_of(value);
            check_bounds(faults, shape, value, place, static_cast<std::int64_t>(map.size()),
                         "length");
            check_map_rules(faults, shape, map, value, place);
            return check_entries(faults, shape, map, place);
        }
        case Kind::Structure:
            return check_members(faults, shape, value, place);
        case Kind::Boolean:
        case Kind::Item:
        case Kind::Value:
        case Kind::Refused:
            return;
    }
}

bool has_required(const Shape& shape, const Fields& fields) {
    for (std::size_t i = 0; i < shape.members.size(); ++i) {
        if (shape.members[i].required && !fields.at(i)) {
            return false;
        }
    }
    return true;
}

// A member of a request that the newer layer checks, if it has words of its own for the fault.
std::optional<std::string> newer_fault(const Shape& shape, dom::element value) {
    if (!value.is_string()) {
        return std::nullopt;
    }
    const std::string_view text = value.get_string().value_unsafe();
    if (shape.pattern == Pattern::TableNameOrArn && text.empty()) {
        return fmt::format("Value at 'TableName' failed to satisfy constraint: {}", kNotEmpty);
    }
    if (!shape.newer_choices.empty() &&
        std::ranges::find(shape.choices, text) == shape.choices.end()) {
        return fmt::format("Failed to satisfy constraint: Member must satisfy enum value set: [{}]",
                           shape.newer_choices);
    }
    return std::nullopt;
}

void check_newer(Faults& faults, const Shape& shape, const Fields& fields) {
    for (std::size_t i = 0; i < shape.members.size(); ++i) {
        const Shape& member = *shape.members[i].shape;
        const auto child = fields.at(i);
        auto fault = child ? newer_fault(member, *child) : std::nullopt;
        if (!fault) {
            check_member(faults, shape.members[i], child, Place());
        } else if (member.newer_reported == Reported::Alone ||
                   member.pattern == Pattern::TableNameOrArn) {
            faults = Faults();
            return faults.add(std::move(*fault));
        } else {
            faults.add(std::move(*fault));
        }
    }
}

}  // namespace

base::Status check_constraints(const Shape& shape, dom::element value) {
    Faults faults;
    const Fields fields(shape, value);
    if (shape.wording == shardlog::Wording::Newer && has_required(shape, fields)) {
        check_newer(faults, shape, fields);
    } else {
        check_members(faults, shape, value, Place());
    }
    return faults.status();
}

}  // namespace millbeck::runtime
