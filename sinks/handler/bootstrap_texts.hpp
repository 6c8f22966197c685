// The bootstraps that Millbeck brings along, as program texts; made from the files in bootstrap/.
#pragma once

#include <string_view>

namespace millbeck::sinks {

extern const std::string_view kPythonBootstrap;
extern const std::string_view kNodeBootstrap;

}  // namespace millbeck::sinks
