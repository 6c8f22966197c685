// The content of any JSON string, not only of a canonical one.
#pragma once

#include <string>
#include <string_view>

namespace millbeck::triggers::filter {

// Appends `escaped` (without quotes) with its escapes resolved, in UTF-8. Requires: valid JSON. A
// half of a surrogate pair, which no text in UTF-8 can hold, becomes U+FFFD.
void append_unescaped(std::string& out, std::string_view escaped);

}  // namespace millbeck::triggers::filter
