#include "runtime/cli/injected_text.hpp"

#include <nlohmann/json.hpp>

namespace millbeck::runtime::cli {

std::string injected_text(const nlohmann::json& trigger) {
    std::string text;
    for (const auto& fault : trigger.at("injected")) {
        text += (text.empty() ? "; injected: " : ", ") + fault.get<std::string>();
    }
    return text;
}

}  // namespace millbeck::runtime::cli
