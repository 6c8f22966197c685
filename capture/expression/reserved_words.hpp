// The words no bare attribute name may be.
#pragma once

#include <string_view>

namespace millbeck::capture::expression {

// In any case of letters. Source: Developer guide, "Reserved words in DynamoDB" (573 words).
bool is_reserved_word(std::string_view name);

}  // namespace millbeck::capture::expression
