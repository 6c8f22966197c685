// A table of settings as Markdown.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "runtime/config/setting.hpp"

namespace millbeck::runtime {

template <typename T>
void append_table(std::string& out, std::string_view title, const std::vector<Setting<T>>& rows) {
    out +=
        fmt::format("\n## {}\n\n| key | takes | default | meaning |\n|---|---|---|---|\n", title);
    for (const auto& row : rows) {
        const std::string fallback =
            row.required ? "required" : (row.fallback.empty() ? "" : "`" + row.fallback + "`");
        out += fmt::format("| `{}` | {} | {} | {} |\n", row.key, row.takes, fallback, row.help);
    }
}

}  // namespace millbeck::runtime
