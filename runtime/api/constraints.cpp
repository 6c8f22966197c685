#include "runtime/api/constraints.hpp"

#include <algorithm>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "runtime/api/faults.hpp"
#include "runtime/api/fields.hpp"
#include "runtime/api/place.hpp"

namespace millbeck::runtime {
namespace {

namespace dom = simdjson::dom;

constexpr std::size_t kEchoBytesMax = 4096;  // of a bad value in an error text
constexpr std::string_view kTableNamePattern = "[a-zA-Z0-9_.-]+";

// `'abc'`; structures as their JSON, cut where no reader would go on.
std::string echo(dom::element value) {
    std::string text;
    if (value.is_string()) {
        text = value.get_string().value_unsafe();
    } else if (is_number(value)) {
        text = std::to_string(whole_number(value));
    } else {
        text = simdjson::minify(value);
    }
    if (text.size() > kEchoBytesMax) {
        std::size_t end = kEchoBytesMax;
        while ((static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) {
            --end;  // not inside a character
        }
        text.resize(end);
        text += "...";
    }
    return "'" + text + "'";
}

bool is_table_name(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '_' || c == '.' || c == '-';
    });
}

bool matches(const Shape& shape, std::string_view text) {
    return shape.pattern == Pattern::None || is_table_name(text);
}

std::string at_most(const Shape& shape, std::string_view what) {
    return fmt::format("Member must have {} less than or equal to {}", what, shape.most);
}

std::string at_least(const Shape& shape, std::string_view what) {
    return fmt::format("Member must have {} greater than or equal to {}", what, shape.least);
}

std::string pattern_text() {
    return fmt::format("Member must satisfy regular expression pattern: {}", kTableNamePattern);
}

void check_bounds(Faults& faults, const Shape& shape, dom::element value, const Place& place,
                  std::int64_t measure, std::string_view what) {
    if (measure < shape.least) {
        faults.add(echo(value), place.text(), at_least(shape, what));
    }
    if (measure > shape.most) {
        faults.add(echo(value), place.text(), at_most(shape, what));
    }
}

void check_string(Faults& faults, const Shape& shape, dom::element value, const Place& place) {
    const std::string_view text = value.get_string().value_unsafe();
    if (!shape.choices.empty() && std::ranges::find(shape.choices, text) == shape.choices.end()) {
        faults.add(echo(value), place.text(),
                   fmt::format("Member must satisfy enum value set: [{}]",
                               fmt::join(shape.choices, ", ")));
    }
    const bool arn =
        shape.pattern == Pattern::TableNameOrArn && text.starts_with("arn:") && text.size() <= 1024;
    if (arn) {
        return;
    }
    if (!matches(shape, text)) {
        faults.add(echo(value), place.text(), pattern_text());
    }
    check_bounds(faults, shape, value, place, text_length(text), "length");
}

// The names of a map, and the lengths of its lists, are reported at the map.
void check_map_rules(Faults& faults, const Shape& shape, dom::object map, dom::element value,
                     const Place& place) {
    bool keys_bad = false;
    bool values_bad = false;
    for (const dom::key_value_pair child : map) {
        const auto length = text_length(child.key);
        keys_bad = keys_bad || (shape.key != nullptr &&
                                (length < shape.key->least || length > shape.key->most ||
                                 !matches(*shape.key, child.key)));
        if (shape.element->kind == Kind::List && child.value.is_array()) {
            const auto count = static_cast<std::int64_t>(list_of(child.value).size());
            values_bad = values_bad || count < shape.element->least || count > shape.element->most;
        }
    }
    if (keys_bad) {
        faults.add(echo(value), place.text(),
                   fmt::format("Map keys must satisfy constraint: [{}, {}, {}]",
                               at_most(*shape.key, "length"), at_least(*shape.key, "length"),
                               pattern_text()));
    }
    if (values_bad) {
        faults.add(
            echo(value), place.text(),
            fmt::format("Map value must satisfy constraint: [{}, {}]",
                        at_most(*shape.element, "length"), at_least(*shape.element, "length")));
    }
}

void check_tree(Faults& faults, const Shape& shape, dom::element value, const Place& place);

void check_members(Faults& faults, const Shape& shape, dom::element value, const Place& place) {
    const Fields fields(shape, value);
    for (std::size_t i = 0; i < shape.members.size(); ++i) {
        const Member& member = shape.members[i];
        const auto child = fields.at(i);
        const bool refused = member.shape->kind == Kind::Refused;
        if (child && refused) {
            faults.refuse(member.name);
        } else if (child && !refused) {
            check_tree(faults, *member.shape, *child, place.member(member.name));
        } else if (!child && member.required) {
            faults.add("null", place.member(member.name).text(), "Member must not be null");
        }
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

}  // namespace

base::Status check_constraints(const Shape& shape, dom::element value) {
    Faults faults;
    check_members(faults, shape, value, Place());
    return faults.status();
}

}  // namespace millbeck::runtime
