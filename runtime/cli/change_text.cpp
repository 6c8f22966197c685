#include "runtime/cli/change_text.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace millbeck::runtime::cli {

using Json = nlohmann::ordered_json;

std::string json_text(const Json& json) {
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string event_text(const std::string& event, const Terminal& terminal) {
    std::string padded = fmt::format("{:<6}", event);
    if (!terminal.colours) {
        return padded;
    }
    const char* colour = event == "INSERT" ? "32" : event == "MODIFY" ? "33" : "31";
    return fmt::format("\x1b[{}m{}\x1b[0m", colour, padded);
}

std::string differences_text(const Json& before, const Json& after) {
    std::string out;
    for (const auto& [name, value] : after.items()) {
        if (!before.contains(name)) {
            out += fmt::format(" +{}={}", name, json_text(value));
        } else if (before.at(name) != value) {
            out +=
                fmt::format(" {}={} (was {})", name, json_text(value), json_text(before.at(name)));
        }
    }
    for (const auto& [name, value] : before.items()) {
        if (!after.contains(name)) {
            out += fmt::format(" -{} (was {})", name, json_text(value));
        }
    }
    return out;
}

}  // namespace millbeck::runtime::cli
