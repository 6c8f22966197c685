// What the service says when a JSON value is of the wrong kind, before it looks at any value rule.
// Includes simdjson: for .cpp files only.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <simdjson.h>

#include "base/result.hpp"

namespace millbeck::shardlog {

// The content of an element whose kind is known. Requires: that kind.
inline simdjson::dom::object as_object(simdjson::dom::element element) {
    simdjson::dom::object object;
    [[maybe_unused]] const auto error = element.get(object);
    return object;
}
inline simdjson::dom::array as_array(simdjson::dom::element element) {
    simdjson::dom::array array;
    [[maybe_unused]] const auto error = element.get(array);
    return array;
}
inline std::string_view as_string(simdjson::dom::element element) {
    std::string_view string;
    [[maybe_unused]] const auto error = element.get(string);
    return string;
}
inline bool as_bool(simdjson::dom::element element) {
    bool boolean = false;
    [[maybe_unused]] const auto error = element.get(boolean);
    return boolean;
}

enum class WireType : std::uint8_t {
    String,
    Boolean,
    Integer,
    Long,
    Double,
    Blob,
    List,
    AttributeMap,   // names to attribute values
    AttributeValue  // {"S": ...}
};

// `NUMBER_VALUE cannot be converted to String`, `Unexpected field type`, ...
// Requires: `found` is not null (the service takes null for "absent") and not of the wanted kind.
std::string wire_mismatch_message(simdjson::dom::element found, WireType wanted);
base::Error wire_mismatch(simdjson::dom::element found, WireType wanted);

// Booleans may come as the words true and false, in any case. Errors: Malformed.
base::Result<bool> read_wire_boolean(simdjson::dom::element element);

// The kinds of everything inside a map of attributes, nothing else. The service checks kinds for
// a whole request before any value rule, so a value error waits for this. Errors: Malformed.
base::Status check_attribute_kinds(simdjson::dom::element attributes);

}  // namespace millbeck::shardlog
