// millbeck dlq: what triggers gave up.
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
  millbeck dlq                           what triggers gave up, oldest first
  millbeck dlq --trigger notify          of one trigger
  millbeck dlq show 7                    one with its event, as JSON
  millbeck dlq drop 7 8                  gone for good

A batch is given up after maximum_retry_attempts, or when its changes are older than
maximum_record_age or the retention; a call of type Event after its retries, or when it is too
old. The event is kept here as the function got it.)";

struct DlqFlags {
    ClientFlags client;
    std::string action;
    std::vector<std::uint64_t> numbers;
    std::string trigger;
    std::uint64_t above = 0;
    std::uint64_t limit = 100;
};

// What is wrong with the arguments; "" when nothing is.
std::string complaint(const DlqFlags& flags) {
    if (flags.action.empty() || flags.action == "list") {
        return flags.numbers.empty() ? "" : "list takes no number";
    }
    if (flags.action == "show") {
        return flags.numbers.size() == 1 ? "" : "show takes the number of one dead letter";
    }
    if (flags.action == "drop") {
        return flags.numbers.empty() ? "drop takes numbers of dead letters" : "";
    }
    return fmt::format("\"{}\" is not one of list, show, drop{}", flags.action,
                       did_you_mean(flags.action, {"list", "show", "drop"}));
}

// Calls of type Event have none.
std::string trigger_text(const Json& letter) {
    auto trigger = letter.at("trigger").get<std::string>();
    return trigger.empty() ? "call of " + letter.at("function").get<std::string>() : trigger;
}

std::string list_text(const Json& reply, std::uint64_t limit) {
    std::vector<std::vector<std::string>> rows{
        {"NUMBER", "TRIGGER", "FAILED", "RECORDS", "TRIES", "CONDITION", "ERROR"}};
    for (const Json& letter : reply.at("dead_letters")) {
        rows.push_back({std::to_string(letter.at("number").get<std::uint64_t>()),
                        trigger_text(letter), letter.at("failed").get<std::string>(),
                        std::to_string(letter.at("records").get<std::uint64_t>()),
                        std::to_string(letter.at("invoke_count").get<std::uint64_t>()),
                        letter.at("condition").get<std::string>(),
                        letter.at("error").get<std::string>()});
    }
    if (rows.size() == 1) {
        return "no dead letters\n";
    }
    std::string text = columns(rows);
    if (rows.size() == limit + 1) {
        text += fmt::format("There may be more: --above {}\n", rows.back().front());
    }
    return text;
}

std::string dropped_text(const Json& reply, std::size_t asked) {
    const std::size_t dropped = reply.at("dropped").size();
    return dropped == asked ? fmt::format("{} dropped\n", dropped)
                            : fmt::format("{} dropped, {} not there\n", dropped, asked - dropped);
}

base::Result<std::string> ask(Client& client, const DlqFlags& flags) {
    if (flags.action == "show") {
        return client.get(fmt::format("dead-letters/show?number={}", flags.numbers.front()));
    }
    if (flags.action == "drop") {
        return client.post("dead-letters/drop", Json{{"numbers", flags.numbers}}.dump());
    }
    return client.get(fmt::format("dead-letters?trigger={}&above={}&limit={}",
                                  percent_encode(flags.trigger), flags.above, flags.limit));
}

int dlq(Terminal& terminal, const DlqFlags& flags) {
    if (const std::string wrong = complaint(flags); !wrong.empty()) {
        terminal.err << fmt::format("millbeck dlq: {}\n", wrong);
        return kExitUsage;
    }
    return ask_once(
        terminal, flags.client, [&](Client& client) { return ask(client, flags); },
        [&](const std::string& answer, const Client&) {
            if (flags.action == "show") {
                return answer;
            }
            const Json reply = Json::parse(answer);
            return flags.action == "drop" ? dropped_text(reply, flags.numbers.size())
                                          : list_text(reply, flags.limit);
        });
}

}  // namespace

void add_dlq(CLI::App& root, Commands& commands) {
    auto* command = root.add_subcommand("dlq", "Shows or drops what triggers gave up");
    command->footer(kFooter);
    auto flags = std::make_shared<DlqFlags>();
    command->add_option("ACTION", flags->action, "list, show or drop; without it: list")
        ->type_name("");
    command->add_option("NUMBER", flags->numbers, "Numbers of dead letters")->type_name("");
    command->add_option("--trigger", flags->trigger, "Only those of this trigger")
        ->type_name("NAME");
    command->add_option("--above", flags->above, "Only numbers above this")->type_name("NUMBER");
    command->add_option("--limit", flags->limit, "At most so many, 1 to 1000 (100)")
        ->check(CLI::Range(1, 1000).description(""))
        ->type_name("COUNT");
    add_client_flags(*command, flags->client, JsonFlag::Offered);
    command->callback([flags, &commands] {
        commands.chosen = [flags, &commands] { return dlq(commands.terminal, *flags); };
    });
}

}  // namespace millbeck::runtime::cli
