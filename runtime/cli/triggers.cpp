// millbeck triggers: how far every trigger is.
#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "runtime/cli/client.hpp"
#include "runtime/cli/columns.hpp"
#include "runtime/cli/commands.hpp"

namespace millbeck::runtime::cli {

using Json = nlohmann::json;

namespace {

constexpr const char* kFooter = R"(Examples:
  millbeck triggers
  millbeck triggers --json | jq '.triggers[] | {name, records_behind}'

BEHIND counts changes that are written and not yet acknowledged by the handler. A trigger with
filters shows how many changes it let go since the server was started.)";

std::string behind_text(const Json& trigger) {
    const auto records = trigger.at("records_behind").get<std::uint64_t>();
    if (records == 0) {
        return "0";
    }
    std::string text =
        fmt::format("{}{}", records, trigger.at("more_behind").get<bool>() ? "+" : "");
    if (trigger.at("behind_for_ms").is_number()) {
        text += fmt::format(", {:.1f} s", trigger.at("behind_for_ms").get<double>() / 1000);
    }
    return text;
}

// The worst of its shards.
std::string state_text(const Json& trigger) {
    if (!trigger.at("enabled").get<bool>()) {
        return "disabled";
    }
    std::string state =
        trigger.at("records_behind").get<std::uint64_t>() == 0 ? "up to date" : "delivering";
    for (const Json& shard : trigger.at("shards")) {
        const auto error = shard.at("last_error").get<std::string>();
        if (!error.empty()) {
            return fmt::format("retrying after {} failures: {}",
                               shard.at("failures").get<std::uint64_t>(), error);
        }
    }
    return state;
}

std::string table_text(const Json& trigger) {
    auto text = trigger.at("table").get<std::string>();
    const std::size_t filters = trigger.at("filters").size();
    if (filters > 0) {
        std::uint64_t let_go = 0;
        for (const Json& shard : trigger.at("shards")) {
            let_go += shard.at("records_filtered_out").get<std::uint64_t>();
        }
        text += fmt::format(" ({} filter{}, {} let go)", filters, filters == 1 ? "" : "s", let_go);
    }
    return text;
}

std::string triggers_text(const Json& reply) {
    std::vector<std::vector<std::string>> rows{
        {"TRIGGER", "TABLE", "FUNCTION", "SHARDS", "BEHIND", "STATE"}};
    std::string gaps;
    for (const Json& trigger : reply.at("triggers")) {
        const auto name = trigger.at("name").get<std::string>();
        rows.push_back({name, table_text(trigger), trigger.at("function").get<std::string>(),
                        std::to_string(trigger.at("shards").size()), behind_text(trigger),
                        state_text(trigger)});
        for (const Json& gap : trigger.at("gaps")) {
            gaps += fmt::format("{}: records {} to {} of {} were not delivered ({}, noticed {})\n",
                                name, gap.at("from").get<std::string>(),
                                gap.at("to").get<std::string>(), gap.at("shard").get<std::string>(),
                                gap.at("reason").get<std::string>(),
                                gap.at("noticed").get<std::string>());
        }
    }
    if (rows.size() == 1) {
        return "no triggers; a configuration file (millbeck config) or CreateEventSourceMapping of "
               "Lambda's API makes them\n";
    }
    return columns(rows) + gaps;
}

int triggers(Terminal& terminal, const ClientFlags& flags) {
    return ask_once(
        terminal, flags, [](Client& client) { return client.get("triggers"); },
        [](const std::string& answer, const Client&) {
            return triggers_text(Json::parse(answer));
        });
}

}  // namespace

void add_triggers(CLI::App& root, Commands& commands) {
    auto* command = root.add_subcommand("triggers", "Says how far every trigger is");
    command->footer(kFooter);
    auto flags = std::make_shared<ClientFlags>();
    add_client_flags(*command, *flags, JsonFlag::Offered);
    command->callback([flags, &commands] {
        commands.chosen = [flags, &commands] { return triggers(commands.terminal, *flags); };
    });
}

}  // namespace millbeck::runtime::cli
