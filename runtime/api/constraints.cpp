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
        case Kind::Timestamp:
        case Kind::Boolean:
        case Kind::Item:
        case Kind::Value:
        case Kind::Refused:
            return;
    }
}

// Also of the conditions from before expressions.
bool has_required(const Shape& shape, const Fields& fields) {
    for (std::size_t i = 0; i < shape.members.size(); ++i) {
        const auto child = fields.at(i);
        if (shape.members[i].required && !child) {
            return false;
        }
        const Shape& member = *shape.members[i].shape;
        if (!child || member.kind != Kind::Map || member.element->kind != Kind::Structure) {
            continue;
        }
        for (const dom::key_value_pair entry : object_of(*child)) {
            if (!entry.value.is_null() &&
                !has_required(*member.element, Fields(*member.element, entry.value))) {
                return false;
            }
        }
    }
    return true;
}

// Bounds of numbers and a name of no character come first of all, in this order, without values.
void check_newer_bounds(Faults& faults, const Shape& shape, const Fields& fields) {
    const Place request;
    for (const std::string_view name : {"Limit", "Segment", "TotalSegments", "TableName"}) {
        const Member* member = find_member(shape, name);
        const auto child = member != nullptr ? fields.find(name) : std::nullopt;
        if (!child) {
            continue;
        }
        Shape unnamed = *member->shape;
        unnamed.bounds = Bounds::Unnamed;
        const Place place = request.member(name);
        if (is_number(*child)) {
            check_bounds(faults, unnamed, *child, place, whole_number(*child), "value");
        } else if (child->get_string().value_unsafe().empty()) {
            unnamed.least = 1;
            check_bounds(faults, unnamed, *child, place, 0, "length");
        }
    }
}

// UpdateItem names all that is wrong with a table's name, and nothing else then; the others name
// the first, beside what is wrong with other members. Returns whether to look at those.
bool check_newer_name(Faults& faults, const Shape& shape, dom::element name) {
    const Place request;
    const Place place = request.member("TableName");
    if (find_member(shape, "UpdateExpression") == nullptr) {
        check_table_name_once(faults, name, place);
        return true;
    }
    check_string(faults, *find_member(shape, "TableName")->shape, name, place);
    return faults.empty();
}

void check_newer_choice(Faults& faults, const Member& member, dom::element child) {
    const Shape& shape = *member.shape;
    const bool known =
        std::ranges::find(shape.choices, child.get_string().value_unsafe()) != shape.choices.end();
    if (shape.newer_choices.empty() || known) {
        return check_member(faults, member, child, Place());
    }
    if (shape.newer_reported == Reported::Alone) {
        faults = Faults();
    }
    faults.add(fmt::format("Failed to satisfy constraint: Member must satisfy enum value set: [{}]",
                           shape.newer_choices));
}

bool is_unfit(const Shape& shape, std::string_view text) {
    return !shape.newer_unfit.empty() && text != "NONE" && text != "ALL_OLD" &&
           std::ranges::find(shape.choices, text) != shape.choices.end();
}

void check_newer(Faults& faults, const Shape& shape, const Fields& fields) {
    check_newer_bounds(faults, shape, fields);
    if (!faults.empty()) {
        return;
    }
    if (!check_newer_name(faults, shape, *fields.find("TableName"))) {
        return;
    }
    std::string_view unfit;
    for (std::size_t i = 0; i < shape.members.size(); ++i) {
        const Member& member = shape.members[i];
        const auto child = fields.at(i);
        if (!child || member.shape->newer_reported == Reported::Later ||
            member.name == "TableName") {
            continue;
        }
        if (member.shape->choices.empty()) {
            check_member(faults, member, child, Place());
            continue;
        }
        check_newer_choice(faults, member, *child);
        if (is_unfit(*member.shape, child->get_string().value_unsafe())) {
            unfit = member.shape->newer_unfit;
        }
    }
    if (!unfit.empty()) {
        faults.add(std::string(unfit));
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
