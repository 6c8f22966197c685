// Upper and lower case of one character, by Unicode's tables and in no particular language.
#pragma once

#include <string>
#include <string_view>

namespace millbeck::triggers::filter {

// `letter`: one character in UTF-8. Returns it as it is when it has no other case. Characters above
// U+FFFF have none here, as in EventBridge, which looks at halves of them.
std::string to_lower(std::string_view letter);
std::string to_upper(std::string_view letter);

}  // namespace millbeck::triggers::filter
