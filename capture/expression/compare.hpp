// Comparing values as conditions do, on their canonical texts.
#pragma once

#include <optional>
#include <string_view>

#include "capture/expression/item_text.hpp"

namespace millbeck::capture::expression {

// S, N and B have an order; nothing else has.
inline bool is_ordered(shardlog::AttributeType type) {
    return type == shardlog::AttributeType::S || type == shardlog::AttributeType::N ||
           type == shardlog::AttributeType::B;
}
inline bool is_set(shardlog::AttributeType type) {
    return type == shardlog::AttributeType::SS || type == shardlog::AttributeType::NS ||
           type == shardlog::AttributeType::BS;
}

// <0, 0, >0: numbers by value, strings by UTF-8 bytes, binary by unsigned bytes. Requires: both
// present, of the same ordered type.
int order_values(const ValueView& a, const ValueView& b);

// Absent, or of types without a common order: nullopt.
std::optional<int> compare_values(const ValueView& a, const ValueView& b);

// False where types do not fit.
bool begins_with(const ValueView& value, const ValueView& prefix);
// A part of a string or of binary data, a member of a set, an element of a list.
bool contains(const ValueView& value, const ValueView& part);

}  // namespace millbeck::capture::expression
