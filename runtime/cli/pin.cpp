// millbeck pin: places of the log that are kept, whatever retention says.
#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "runtime/cli/client.hpp"
#include "runtime/cli/columns.hpp"
#include "runtime/cli/commands.hpp"
#include "runtime/config/nearest.hpp"

namespace millbeck::runtime::cli {

using Json = nlohmann::json;

namespace {

constexpr const char* kFooter = R"(Examples:
  millbeck pin                                         the pins there are
  millbeck pin add before-the-move --from 2h --reason "until the new cache is trusted"
  millbeck pin add all --from start                    everything that is still there
  millbeck pin remove all

The log keeps everything from the oldest pin on, over restarts, until the pin is removed: it may
fill the disk. "millbeck log" says what each costs.)";

struct PinFlags {
    ClientFlags client;
    std::string action;
    std::string name;
    std::string from;
    std::string reason;
};

// What is wrong with the arguments; "" when nothing is.
std::string complaint(const PinFlags& flags) {
    const bool is_add = flags.action == "add";
    if (!is_add && (!flags.from.empty() || !flags.reason.empty())) {
        return "--from and --reason are for add";
    }
    if (flags.action.empty() || flags.action == "list") {
        return flags.name.empty() ? "" : "list takes no name";
    }
    if (!is_add && flags.action != "remove") {
        return fmt::format("\"{}\" is not one of list, add, remove{}", flags.action,
                           did_you_mean(flags.action, {"list", "add", "remove"}));
    }
    if (flags.name.empty()) {
        return flags.action + " takes the name of a pin";
    }
    return is_add && flags.from.empty() ? "add takes --from start, now, 2h, a time or a position"
                                        : "";
}

std::string pins_text(const Json& reply) {
    std::vector<std::vector<std::string>> rows{{"PIN", "FROM", "MADE", "REASON"}};
    for (const Json& pin : reply.at("pins")) {
        rows.push_back({pin.at("name").get<std::string>(),
                        pin.at("from").get<std::string>() +
                            (pin.at("is_whole").get<bool>() ? "" : " (lost its beginning)"),
                        pin.at("made").get<std::string>(), pin.at("reason").get<std::string>()});
    }
    return rows.size() == 1 ? "no pins\n" : columns(rows);
}

base::Result<std::string> ask(Client& client, const PinFlags& flags) {
    if (flags.action == "add") {
        return client.post(
            "pins/add",
            Json{{"name", flags.name}, {"from", flags.from}, {"reason", flags.reason}}.dump());
    }
    if (flags.action == "remove") {
        return client.post("pins/remove", Json({{"name", flags.name}}).dump());
    }
    return client.get("pins");
}

int pin(Terminal& terminal, const PinFlags& flags) {
    if (const std::string wrong = complaint(flags); !wrong.empty()) {
        terminal.err << fmt::format("millbeck pin: {}\n", wrong);
        return kExitUsage;
    }
    return ask_once(
        terminal, flags.client, [&](Client& client) { return ask(client, flags); },
        [](const std::string& answer, const Client&) { return pins_text(Json::parse(answer)); });
}

}  // namespace

void add_pin(CLI::App& root, Commands& commands) {
    auto* command =
        root.add_subcommand("pin", "Keeps the log from a place on, whatever retention says");
    command->footer(kFooter);
    auto flags = std::make_shared<PinFlags>();
    command->add_option("ACTION", flags->action, "list, add or remove; without it: list")
        ->type_name("");
    command->add_option("NAME", flags->name, "The pin")->type_name("");
    command
        ->add_option("--from", flags->from,
                     "start, now, how long ago (2h), a time or a sequence number")
        ->type_name("MOMENT");
    command->add_option("--reason", flags->reason, "For people")->type_name("TEXT");
    add_client_flags(*command, flags->client, JsonFlag::Offered);
    command->callback([flags, &commands] {
        commands.chosen = [flags, &commands] { return pin(commands.terminal, *flags); };
    });
}

}  // namespace millbeck::runtime::cli
