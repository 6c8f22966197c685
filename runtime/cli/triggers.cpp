// millbeck triggers: how far every trigger is; makes, changes and removes event source mappings.
#include <algorithm>
#include <sstream>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "runtime/cli/client.hpp"
#include "runtime/cli/columns.hpp"
#include "runtime/cli/commands.hpp"
#include "runtime/cli/injected_text.hpp"
#include "runtime/cli/mapping_changes.hpp"
#include "runtime/cli/mapping_request.hpp"
#include "runtime/config/nearest.hpp"

namespace millbeck::runtime::cli {

using Json = nlohmann::json;

namespace {

constexpr const char* kFooter = R"(Examples:
  millbeck triggers
  millbeck triggers --json | jq '.triggers[] | {name, records_behind}'
  millbeck triggers add --table orders --function notify --batch-size 10
  millbeck triggers update UUID --filters '[{eventName: [INSERT]}]' --on-failure dead-letters
  millbeck triggers remove UUID

add makes an event source mapping on the table's newest stream, as CreateEventSourceMapping of
Lambda's API does, and says its UUID; update and remove take UUIDs. Settings are written as in
the configuration file; --on-failure also takes an ARN. Triggers of the file are changed there.
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
                        state_text(trigger) + injected_text(trigger)});
        for (const Json& gap : trigger.at("gaps")) {
            gaps += fmt::format("{}: records {} to {} of {} were not delivered ({}, noticed {})\n",
                                name, gap.at("from").get<std::string>(),
                                gap.at("to").get<std::string>(), gap.at("shard").get<std::string>(),
                                gap.at("reason").get<std::string>(),
                                gap.at("noticed").get<std::string>());
        }
    }
    if (rows.size() == 1) {
        return "no triggers; a configuration file (millbeck config), millbeck triggers add or "
               "CreateEventSourceMapping of Lambda's API makes them\n";
    }
    return columns(rows) + gaps;
}

struct TriggerFlags {
    ClientFlags client;
    std::string action;
    std::vector<std::string> uuids;
    WrittenSettings settings;
};

const std::vector<std::string> kActions{"list", "add", "update", "remove"};

std::string complaint_of_settings(const TriggerFlags& flags) {
    const auto& settings = flags.settings;
    if (flags.action == "add") {
        return settings.contains("table") && settings.contains("function")
                   ? ""
                   : "add takes --table and --function";
    }
    if (settings.empty()) {
        return "update takes settings";
    }
    for (const char* key : {"table", "starting_position"}) {
        if (settings.contains(key)) {
            return fmt::format("update cannot change {}", flag_of_key(key));
        }
    }
    return "";
}

// What is wrong with the arguments; "" when nothing is.
std::string complaint(const TriggerFlags& flags) {
    const bool takes_uuids = flags.action == "update" || flags.action == "remove";
    const bool takes_settings = flags.action == "add" || flags.action == "update";
    if (std::find(kActions.begin(), kActions.end(), flags.action) == kActions.end()) {
        return fmt::format("\"{}\" is not one of {}{}", flags.action, fmt::join(kActions, ", "),
                           did_you_mean(flags.action, kActions));
    }
    if (takes_uuids == flags.uuids.empty()) {
        return fmt::format("{} takes {}", flags.action, takes_uuids ? "UUIDs" : "no UUID");
    }
    if (!takes_settings && !flags.settings.empty()) {
        return fmt::format("{} takes no {}", flags.action,
                           flag_of_key(flags.settings.begin()->first));
    }
    return takes_settings ? complaint_of_settings(flags) : "";
}

// The answers, a line each.
base::Result<std::string> ask(Client& client, const TriggerFlags& flags) {
    if (flags.action == "list") {
        return client.get("triggers");
    }
    std::string answers;
    if (flags.action == "add") {
        MB_TRY(answers, add_mapping(client, flags.settings));
        return answers + "\n";
    }
    std::size_t done = 0;
    for (const std::string& uuid : flags.uuids) {
        auto answer = flags.action == "remove" ? remove_mapping(client, uuid)
                                               : update_mapping(client, uuid, flags.settings);
        if (!answer) {
            const std::string which =
                fmt::format("{} ({} of {} {}d)", uuid, done, flags.uuids.size(), flags.action);
            return flags.uuids.size() == 1 ? std::move(answer)
                                           : base::with_context(which, std::move(answer).error());
        }
        answers += *answer + "\n";
        ++done;
    }
    return answers;
}

std::string changed_text(const std::string& answers, const std::string& action) {
    std::string text;
    std::istringstream lines(answers);
    for (std::string line; std::getline(lines, line);) {
        text += fmt::format("{} {}\n", Json::parse(line).at("UUID").get<std::string>(),
                            action == "add" ? "added" : action + "d");
    }
    return text;
}

int triggers(Terminal& terminal, const TriggerFlags& flags) {
    if (const std::string wrong = complaint(flags); !wrong.empty()) {
        terminal.err << fmt::format("millbeck triggers: {}\n", wrong);
        return kExitUsage;
    }
    return ask_once(
        terminal, flags.client, [&](Client& client) { return ask(client, flags); },
        [&](const std::string& answer, const Client&) {
            return flags.action == "list" ? triggers_text(Json::parse(answer))
                                          : changed_text(answer, flags.action);
        });
}

}  // namespace

void add_triggers(CLI::App& root, Commands& commands) {
    auto* command =
        root.add_subcommand("triggers", "Says how far every trigger is; adds, changes, removes");
    command->footer(kFooter);
    auto flags = std::make_shared<TriggerFlags>();
    flags->action = "list";
    command->add_option("ACTION", flags->action, "list, add, update or remove; without it: list")
        ->type_name("");
    command->add_option("UUID", flags->uuids, "Of event source mappings")->type_name("");
    add_client_flags(*command, flags->client, JsonFlag::Offered);
    for (const auto& row : mapping_rows()) {
        command
            ->add_option_function<std::string>(
                flag_of_key(row.key),
                [flags, key = row.key](const std::string& text) { flags->settings[key] = text; },
                row.help)
            ->type_name("VALUE")
            ->group("Settings of add and update");
    }
    command->callback([flags, &commands] {
        commands.chosen = [flags, &commands] { return triggers(commands.terminal, *flags); };
    });
}

}  // namespace millbeck::runtime::cli
