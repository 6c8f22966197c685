// millbeck status: what runs there.
#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "runtime/cli/client.hpp"
#include "runtime/cli/commands.hpp"
#include "runtime/config/quantity.hpp"

namespace millbeck::runtime::cli {

using Json = nlohmann::json;

namespace {

constexpr const char* kFooter = R"(Examples:
  millbeck status
  millbeck status --json)";

// A line only where faults may be injected.
std::string inject_text(const Json& inject) {
    if (!inject.at("allowed").get<bool>()) {
        return "";
    }
    return fmt::format("  inject    allowed; faults armed: {}, streams trimmed or expired: {}\n",
                       inject.at("armed").get<std::uint64_t>(),
                       inject.at("streams").get<std::uint64_t>());
}

std::string status_text(const Json& status, const std::string& endpoint) {
    const Json& log = status.at("log");
    return fmt::format(
        "millbeck {} at {}, process {}, up for {} s\n"
        "  data      {}\n"
        "  tables    {}\n"
        "  log       {} segments, {:.1f} MB, {} open shards\n"
        "  identity  {} {}\n"
        "{}",
        status.at("version").get<std::string>(), endpoint, status.at("process").get<std::int64_t>(),
        status.at("uptime_ms").get<std::int64_t>() / 1000,
        status.at("data_folder").get<std::string>(), status.at("tables").get<std::uint64_t>(),
        log.at("segments").get<std::uint64_t>(),
        log.at("bytes").get<double>() / static_cast<double>(1u << 20),
        log.at("shards_open").get<std::uint64_t>(), status.at("region").get<std::string>(),
        status.at("account_id").get<std::string>(), inject_text(status.at("inject")));
}

int status(Terminal& terminal, const ClientFlags& flags) {
    return ask_once(
        terminal, flags, [](Client& client) { return client.get("status"); },
        [](const std::string& answer, const Client& client) {
            return status_text(Json::parse(answer), client.endpoint());
        });
}

}  // namespace

void add_status(CLI::App& root, Commands& commands) {
    auto* command = root.add_subcommand("status", "Says what runs there");
    command->footer(kFooter);
    auto flags = std::make_shared<ClientFlags>();
    add_client_flags(*command, *flags, JsonFlag::Offered);
    command->callback([flags, &commands] {
        commands.chosen = [flags, &commands] { return status(commands.terminal, *flags); };
    });
}

}  // namespace millbeck::runtime::cli
