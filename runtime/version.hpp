// The version of the program; the build passes the project's.
#pragma once

#include <string_view>

namespace millbeck::runtime {

inline constexpr std::string_view kVersion = MILLBECK_VERSION;

}  // namespace millbeck::runtime
