#include "shardlog/wire_types.hpp"

#include <strings.h>

#include "shardlog/base64.hpp"

namespace millbeck::shardlog {
namespace {

using simdjson::dom::element;
using simdjson::dom::element_type;

constexpr std::string_view kModel = "com.amazonaws.dynamodb.v20120810.AttributeValue";

std::string_view java_class(WireType type) {
    switch (type) {
        case WireType::String:
            return "String";
        case WireType::Boolean:
            return "Boolean";
        case WireType::Integer:
            return "Integer";
        case WireType::Long:
            return "Long";
        case WireType::Double:
            return "Double";
        case WireType::Blob:
        case WireType::List:
        case WireType::AttributeMap:
        case WireType::AttributeValue:
            break;
    }
    return "";
}

std::string array_message(WireType wanted) {
    switch (wanted) {
        case WireType::Blob:
            return "Unrecognized collection type class java.nio.ByteBuffer";
        case WireType::AttributeMap:
            return std::string("Unrecognized collection type java.util.Map<java.lang.String, ")
                .append(kModel)
                .append(">");
        case WireType::AttributeValue:
            return std::string("Unrecognized collection type class ").append(kModel);
        default:
            return std::string("Unrecognized collection type class java.lang.")
                .append(java_class(wanted));
    }
}

std::string_view token_name(element found) {
    switch (found.type()) {
        case element_type::STRING:
            return "STRING_VALUE";
        case element_type::BOOL:
            return as_bool(found) ? "TRUE_VALUE" : "FALSE_VALUE";
        case element_type::DOUBLE:
            return "DECIMAL_VALUE";
        default:
            return "NUMBER_VALUE";
    }
}

std::string scalar_message(element found, WireType wanted) {
    switch (wanted) {
        case WireType::Blob:
            return "only base-64-encoded strings are convertible to bytes";
        case WireType::List:
        case WireType::AttributeMap:
            return "Unexpected field type";
        case WireType::AttributeValue:
            return "Unexpected value type in payload";
        case WireType::Boolean:
            if (found.is_string()) {
                return "Unexpected token received from parser";
            }
            break;
        default:
            break;
    }
    return std::string(token_name(found))
        .append(" cannot be converted to ")
        .append(java_class(wanted));
}

base::Status check_value(element value);

base::Status check_string(element value) {
    if (value.is_null() || value.is_string()) {
        return {};
    }
    return tl::unexpected(wire_mismatch(value, WireType::String));
}

base::Status check_boolean(element value) {
    if (value.is_null()) {
        return {};
    }
    MB_TRY([[maybe_unused]] const bool ignored, read_wire_boolean(value));
    return {};
}

base::Status check_blob(element value) {
    if (value.is_null()) {
        return {};
    }
    if (!value.is_string()) {
        return tl::unexpected(wire_mismatch(value, WireType::Blob));
    }
    MB_TRY([[maybe_unused]] const std::size_t ignored, check_base64(as_string(value)));
    return {};
}

template <typename Check>
base::Status check_list(element value, const Check& check) {
    if (value.is_null()) {
        return {};
    }
    if (!value.is_array()) {
        return tl::unexpected(wire_mismatch(value, WireType::List));
    }
    for (const element entry : as_array(value)) {
        MB_TRY_STATUS(check(entry));
    }
    return {};
}

base::Status check_map(element value) {
    if (value.is_null()) {
        return {};
    }
    if (!value.is_object()) {
        return tl::unexpected(wire_mismatch(value, WireType::AttributeMap));
    }
    for (const auto field : as_object(value)) {
        MB_TRY_STATUS(check_value(field.value));
    }
    return {};
}

base::Status check_member(std::string_view tag, element value) {
    if (tag == "S" || tag == "N") {
        return check_string(value);
    }
    if (tag == "B") {
        return check_blob(value);
    }
    if (tag == "BOOL" || tag == "NULL") {
        return check_boolean(value);
    }
    if (tag == "SS" || tag == "NS") {
        return check_list(value, check_string);
    }
    if (tag == "BS") {
        return check_list(value, check_blob);
    }
    if (tag == "L") {
        return check_list(value, check_value);
    }
    if (tag == "M") {
        return check_map(value);
    }
    return {};  // unknown members are ignored
}

base::Status check_value(element value) {
    if (value.is_null()) {
        return {};
    }
    if (!value.is_object()) {
        return tl::unexpected(wire_mismatch(value, WireType::AttributeValue));
    }
    for (const auto field : as_object(value)) {
        MB_TRY_STATUS(check_member(field.key, field.value));
    }
    return {};
}

bool equals_word(std::string_view text, std::string_view word) {
    return text.size() == word.size() && strncasecmp(text.data(), word.data(), word.size()) == 0;
}

}  // namespace

std::string wire_mismatch_message(element found, WireType wanted) {
    if (found.is_array()) {
        return array_message(wanted);
    }
    if (found.is_object()) {
        return "Start of structure or map found where not expected";
    }
    return scalar_message(found, wanted);
}

base::Error wire_mismatch(element found, WireType wanted) {
    return {base::Code::Malformed, wire_mismatch_message(found, wanted)};
}

base::Result<bool> read_wire_boolean(element element) {
    if (element.is_bool()) {
        return as_bool(element);
    }
    if (element.is_string()) {
        const std::string_view word = as_string(element);
        if (equals_word(word, "true") || equals_word(word, "false")) {
            return equals_word(word, "true");
        }
    }
    return tl::unexpected(wire_mismatch(element, WireType::Boolean));
}

base::Status check_attribute_kinds(element attributes) {
    return check_map(attributes);
}

}  // namespace millbeck::shardlog
