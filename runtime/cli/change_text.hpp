// How changes of items look on a terminal.
#pragma once

#include <string>

#include <nlohmann/json_fwd.hpp>

#include "runtime/cli/command_line.hpp"

namespace millbeck::runtime::cli {

// One line; bytes that are no UTF-8 are replaced.
std::string json_text(const nlohmann::ordered_json& json);

// INSERT, MODIFY or REMOVE, as wide as the widest, in its colour where the terminal has colours.
std::string event_text(const std::string& event, const Terminal& terminal);

// ` +a={..} b={..} (was {..}) -c (was {..})`
std::string differences_text(const nlohmann::ordered_json& before,
                             const nlohmann::ordered_json& after);

}  // namespace millbeck::runtime::cli
