#include "runtime/api/type_check.hpp"

#include <string>

#include <fmt/format.h>

#include "runtime/api/attribute_value.hpp"
#include "runtime/api/fields.hpp"
#include "shardlog/wire_types.hpp"

namespace millbeck::runtime {
namespace {

namespace dom = simdjson::dom;
using base::Code;
using shardlog::WireType;

constexpr std::string_view kPackage = "com.amazonaws.dynamodb.v20120810.";
constexpr std::string_view kGenericCast =
    "class sun.reflect.generics.reflectiveObjects.ParameterizedTypeImpl cannot be cast to class "
    "java.lang.Class (sun.reflect.generics.reflectiveObjects.ParameterizedTypeImpl and "
    "java.lang.Class are in module java.base of loader 'bootstrap')";

// Whether a value stands as a named member, or in a list or map; the texts differ.
enum class Place : std::uint8_t { Member, Element };

base::Status wrong(dom::element value, WireType wanted) {
    return tl::unexpected(shardlog::wire_mismatch(value, wanted));
}

base::Status wrong_list(const Shape& shape, dom::element value) {
    if (!value.is_object() && shape.generic == Generic::Yes) {
        return base::fail(Code::Malformed, std::string(kGenericCast));
    }
    return wrong(value, WireType::List);
}

base::Status wrong_map(const Shape& shape, dom::element value) {
    if (value.is_array()) {
        const bool qualified = shape.java.find('.') != std::string_view::npos;
        return base::fail(
            Code::Malformed,
            fmt::format("Unrecognized collection type java.util.Map<java.lang.String, {}{}>",
                        qualified ? "" : kPackage, shape.java));
    }
    return base::fail(
        Code::Malformed,
        std::string(shape.generic == Generic::Yes ? kGenericCast : "Unexpected field type"));
}

base::Status wrong_structure(const Shape& shape, dom::element value, Place place) {
    if (value.is_array()) {
        return base::fail(Code::Malformed, fmt::format("Unrecognized collection type class {}{}",
                                                       kPackage, shape.java));
    }
    return base::fail(Code::Malformed, place == Place::Member ? "Unexpected field type"
                                                              : "Unexpected value type in payload");
}

base::Status check_value(const Shape& shape, dom::element value, Place place, ItemDepth depth);

base::Status check_list(const Shape& shape, dom::element value, ItemDepth depth) {
    if (!value.is_array()) {
        return wrong_list(shape, value);
    }
    for (const dom::element child : list_of(value)) {
        MB_TRY_STATUS(check_value(*shape.element, child, Place::Element, depth));
    }
    return {};
}

base::Status check_map(const Shape& shape, dom::element value, ItemDepth depth) {
    if (!value.is_object()) {
        return wrong_map(shape, value);
    }
    for (const dom::key_value_pair child : object_of(value)) {
        MB_TRY_STATUS(check_value(*shape.element, child.value, Place::Element, depth));
    }
    return {};
}

base::Status check_structure(const Shape& shape, dom::element value, Place place, ItemDepth depth) {
    if (!value.is_object()) {
        return wrong_structure(shape, value, place);
    }
    for (const dom::key_value_pair child : object_of(value)) {
        const Member* member = find_member(shape, child.key);
        if (member != nullptr) {
            MB_TRY_STATUS(check_value(*member->shape, child.value, Place::Member, depth));
        }
    }
    return {};
}

base::Status check_item(const Shape& shape, dom::element value, ItemDepth depth) {
    if (!value.is_object()) {
        return wrong_map(shape, value);
    }
    return depth == ItemDepth::Inside ? shardlog::check_attribute_kinds(value) : base::Status{};
}

base::Status check_attribute(const Shape& shape, dom::element value, Place place, ItemDepth depth) {
    if (!value.is_object()) {
        return wrong_structure(shape, value, place);
    }
    return depth == ItemDepth::Inside ? check_value_kinds(value) : base::Status{};
}

base::Status check_boolean(dom::element value) {
    MB_TRY([[maybe_unused]] const bool flag, shardlog::read_wire_boolean(value));
    return {};
}

base::Status check_value(const Shape& shape, dom::element value, Place place, ItemDepth depth) {
    if (value.is_null()) {
        return {};
    }
    switch (shape.kind) {
        case Kind::String:
            return value.is_string() ? base::Status{} : wrong(value, WireType::String);
        case Kind::Integer:
            return is_number(value) ? base::Status{} : wrong(value, WireType::Integer);
        case Kind::Long:
            return is_number(value) ? base::Status{} : wrong(value, WireType::Long);
        case Kind::Timestamp:
            return is_number(value) ? base::Status{} : wrong(value, WireType::Double);
        case Kind::Boolean:
            return check_boolean(value);
        case Kind::List:
            return check_list(shape, value, depth);
        case Kind::Map:
            return check_map(shape, value, depth);
        case Kind::Structure:
            return check_structure(shape, value, place, depth);
        case Kind::Item:
            return check_item(shape, value, depth);
        case Kind::Value:
            return check_attribute(shape, value, place, depth);
        case Kind::Refused:
            return {};
    }
    base::check_failed(__FILE__, __LINE__, "shape.kind", "not an enumerator");
}

}  // namespace

base::Status check_types(const Shape& shape, dom::element value, ItemDepth depth) {
    if (!value.is_object()) {
        return base::fail(Code::Malformed, "");  // no text for a bare list, number or word
    }
    return check_structure(shape, value, Place::Member, depth);
}

}  // namespace millbeck::runtime
