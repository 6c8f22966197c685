// millbeck parked: keys that triggers set aside.
#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "runtime/api/query.hpp"
#include "runtime/cli/client.hpp"
#include "runtime/cli/columns.hpp"
#include "runtime/cli/commands.hpp"
#include "runtime/config/nearest.hpp"

namespace millbeck::runtime::cli {

using Json = nlohmann::json;

namespace {

constexpr const char* kFooter = R"(Examples:
  millbeck parked                        what waits, oldest first
  millbeck parked --trigger notify       of one trigger
  millbeck parked show 7                 one with its first records, as JSON
  millbeck parked retry 7                its records are delivered, in order
  millbeck parked drop 7 8               gone for good

A trigger with on_poison: park sets a key aside when its changes failed as often as
maximum_retry_attempts allows; later changes of it wait here behind them. A retry that fails
leaves the rest parked.)";

struct ParkedFlags {
    ClientFlags client;
    std::string action;
    std::vector<std::uint64_t> numbers;
    std::string trigger;
    std::uint64_t above = 0;
};

bool is_wish(const std::string& action) {
    return action == "retry" || action == "drop";
}

// What is wrong with the arguments; "" when nothing is.
std::string complaint(const ParkedFlags& flags) {
    if (flags.action.empty() || flags.action == "list") {
        return flags.numbers.empty() ? "" : "list takes no number";
    }
    if (flags.action == "show") {
        return flags.numbers.size() == 1 ? "" : "show takes the number of one parked key";
    }
    if (is_wish(flags.action)) {
        return flags.numbers.empty() ? fmt::format("{} takes numbers of parked keys", flags.action)
                                     : "";
    }
    return fmt::format("\"{}\" is not one of list, show, retry, drop{}", flags.action,
                       did_you_mean(flags.action, {"list", "show", "retry", "drop"}));
}

std::string list_text(const Json& reply) {
    std::vector<std::vector<std::string>> rows{
        {"NUMBER", "TRIGGER", "PARKED", "RECORDS", "WISH", "KEY", "ERROR"}};
    for (const Json& key : reply.at("parked")) {
        rows.push_back({std::to_string(key.at("number").get<std::uint64_t>()),
                        key.at("trigger").get<std::string>(), key.at("parked").get<std::string>(),
                        std::to_string(key.at("records").get<std::uint64_t>()),
                        key.at("wish").get<std::string>(), key.at("key").dump(),
                        key.at("error").get<std::string>()});
    }
    constexpr std::size_t kPage = 1'000;
    std::string text = rows.size() == 1 ? "no parked keys\n" : columns(rows);
    if (rows.size() == kPage + 1) {
        text += fmt::format("There may be more: --above {}\n", rows.back().front());
    }
    return text;
}

std::string wished_text(const Json& reply, const std::string& action, std::size_t asked) {
    const std::size_t wished = reply.at("wished").size();
    const std::string text =
        fmt::format("{} will be {}", wished, action == "retry" ? "retried" : "dropped");
    return wished == asked ? text + "\n" : fmt::format("{}, {} not there\n", text, asked - wished);
}

base::Result<std::string> ask(Client& client, const ParkedFlags& flags) {
    if (flags.action == "show") {
        return client.get(fmt::format("parked/show?number={}", flags.numbers.front()));
    }
    if (is_wish(flags.action)) {
        return client.post("parked/" + flags.action, Json{{"numbers", flags.numbers}}.dump());
    }
    return client.get(
        fmt::format("parked?trigger={}&above={}", percent_encode(flags.trigger), flags.above));
}

int parked(Terminal& terminal, const ParkedFlags& flags) {
    if (const std::string wrong = complaint(flags); !wrong.empty()) {
        terminal.err << fmt::format("millbeck parked: {}\n", wrong);
        return kExitUsage;
    }
    return ask_once(
        terminal, flags.client, [&](Client& client) { return ask(client, flags); },
        [&](const std::string& answer, const Client&) {
            if (flags.action == "show") {
                return answer;
            }
            const Json reply = Json::parse(answer);
            return is_wish(flags.action) ? wished_text(reply, flags.action, flags.numbers.size())
                                         : list_text(reply);
        });
}

}  // namespace

void add_parked(CLI::App& root, Commands& commands) {
    auto* command = root.add_subcommand("parked", "Shows, retries or drops keys set aside");
    command->footer(kFooter);
    auto flags = std::make_shared<ParkedFlags>();
    command->add_option("ACTION", flags->action, "list, show, retry or drop; without it: list")
        ->type_name("");
    command->add_option("NUMBER", flags->numbers, "Numbers of parked keys")->type_name("");
    command->add_option("--trigger", flags->trigger, "Only those of this trigger")
        ->type_name("NAME");
    command->add_option("--above", flags->above, "Only numbers above this")->type_name("NUMBER");
    add_client_flags(*command, flags->client, JsonFlag::Offered);
    command->callback([flags, &commands] {
        commands.chosen = [flags, &commands] { return parked(commands.terminal, *flags); };
    });
}

}  // namespace millbeck::runtime::cli
