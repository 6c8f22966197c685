// The reference of all settings as Markdown: what `millbeck config` prints.
#pragma once

#include <string>

namespace millbeck::runtime {

std::string config_reference();

}  // namespace millbeck::runtime
