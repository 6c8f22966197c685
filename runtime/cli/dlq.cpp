// millbeck dlq: what triggers gave up; shown, sent again, dropped.
#include <algorithm>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "runtime/api/query.hpp"
#include "runtime/cli/client.hpp"
#include "runtime/cli/columns.hpp"
#include "runtime/cli/commands.hpp"
#include "runtime/cli/dlq_redrive.hpp"
#include "runtime/config/nearest.hpp"

namespace millbeck::runtime::cli {

using Json = nlohmann::json;

namespace {

constexpr const char* kFooter = R"(Examples:
  millbeck dlq                           what triggers gave up, oldest first
  millbeck dlq --trigger notify          of one trigger
  millbeck dlq show 7                    one with its event and what its function wrote to stderr
  millbeck dlq redrive 7                 sends it to its trigger's function once more
  millbeck dlq redrive --trigger notify --rate 100/s
                                         all of a trigger, oldest first, 100 records a second
  millbeck dlq redrive --all             all of every trigger, and calls of type Event
  millbeck dlq redrive --status          how redrives stand; --cancel ends those that run
  millbeck dlq drop 7 8                  gone for good

A batch is given up after maximum_retry_attempts, or when its changes are older than
maximum_record_age or the retention; a call of type Event after its retries, or when it is too
old. The event is kept here as the function got it.

A redrive forgets what is taken; what fails again stays, with its new error. A letter whose items
have changed since is skipped, unless --force: it would take them back to what they were. Later
letters of a key wait for earlier ones. Exit code 1 when a letter stays.)";

struct DlqFlags {
    ClientFlags client;
    std::string action;
    std::vector<std::uint64_t> numbers;
    std::string trigger;
    std::uint64_t above = 0;
    std::uint64_t limit = 100;
    RedriveFlags redrive;
};

// What is wrong with the arguments; "" when nothing is.
std::string complaint(const DlqFlags& flags) {
    const RedriveFlags& redrive = flags.redrive;
    if (flags.action != "redrive" && (redrive.all || redrive.force || redrive.status ||
                                      redrive.cancel || !redrive.rate.empty())) {
        return "--all, --rate, --force, --status and --cancel are for redrive";
    }
    if (flags.action.empty() || flags.action == "list") {
        return flags.numbers.empty() ? "" : "list takes no number";
    }
    if (flags.action == "show") {
        return flags.numbers.size() == 1 ? "" : "show takes the number of one dead letter";
    }
    if (flags.action == "drop") {
        return flags.numbers.empty() ? "drop takes numbers of dead letters" : "";
    }
    if (flags.action == "redrive") {
        return redrive_complaint(flags.redrive, !flags.numbers.empty(), !flags.trigger.empty());
    }
    return fmt::format("\"{}\" is not one of list, show, redrive, drop{}", flags.action,
                       did_you_mean(flags.action, {"list", "show", "redrive", "drop"}));
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

std::string indented(const std::string& lines) {
    std::string text;
    for (std::size_t at = 0; at < lines.size();) {
        const std::size_t end = std::min(lines.find('\n', at), lines.size());
        text += "  " + lines.substr(at, end - at) + "\n";
        at = end + 1;
    }
    return text;
}

// What happened, then what the function said, then what it was given.
std::string page_text(const nlohmann::ordered_json& letter) {
    const auto text = [&](const char* name) { return letter.at(name).get<std::string>(); };
    std::string page = fmt::format("{} {}: {} after {} attempts, {}\n", text("kind"),
                                   letter.at("number").get<std::uint64_t>(), text("condition"),
                                   letter.at("invoke_count").get<std::uint64_t>(), text("failed"));
    page += fmt::format("error     {}\n", text("error").empty() ? "none" : text("error"));
    if (!text("trigger").empty()) {
        page += fmt::format("trigger   {}\n", text("trigger"));
    }
    page += fmt::format("function  {}\nrequest   {}\n", text("function"), text("request_id"));
    if (!text("shard").empty()) {
        page += fmt::format("shard     {}\nrecords   {}\n", text("shard"),
                            letter.at("records").get<std::uint64_t>());
    }
    if (!text("first_sequence").empty()) {
        page += fmt::format("sequence  {} to {}\n", text("first_sequence"), text("last_sequence"));
    }
    page += text("stderr").empty() ? "stderr    nothing\n" : "stderr\n" + indented(text("stderr"));
    return page + "event\n" + indented(letter.at("event").dump(2));
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
    if (flags.action == "redrive") {
        return redrive_letters(terminal, flags.client, flags.redrive, flags.numbers, flags.trigger);
    }
    return ask_once(
        terminal, flags.client, [&](Client& client) { return ask(client, flags); },
        [&](const std::string& answer, const Client&) {
            if (flags.action == "show") {
                return page_text(nlohmann::ordered_json::parse(answer));
            }
            const Json reply = Json::parse(answer);
            return flags.action == "drop" ? dropped_text(reply, flags.numbers.size())
                                          : list_text(reply, flags.limit);
        });
}

}  // namespace

void add_dlq(CLI::App& root, Commands& commands) {
    auto* command = root.add_subcommand("dlq", "Shows, sends again or drops what triggers gave up");
    command->footer(kFooter);
    auto flags = std::make_shared<DlqFlags>();
    command->add_option("ACTION", flags->action, "list, show, redrive or drop; without it: list")
        ->type_name("");
    command->add_option("NUMBER", flags->numbers, "Numbers of dead letters")->type_name("");
    command->add_option("--trigger", flags->trigger, "Only those of this trigger")
        ->type_name("NAME");
    command->add_option("--above", flags->above, "Only numbers above this")->type_name("NUMBER");
    command->add_option("--limit", flags->limit, "At most so many, 1 to 1000 (100)")
        ->check(CLI::Range(1, 1000).description(""))
        ->type_name("COUNT");
    command->add_flag("--all", flags->redrive.all, "Redrives all there are");
    command->add_option("--rate", flags->redrive.rate, "Redrives at most so many records a second")
        ->type_name("N/s");
    command->add_flag("--force", flags->redrive.force, "Redrives also what has changed since");
    command->add_flag("--status", flags->redrive.status, "Says how redrives stand");
    command->add_flag("--cancel", flags->redrive.cancel, "Ends the redrives that run");
    add_client_flags(*command, flags->client, JsonFlag::Offered);
    command->callback([flags, &commands] {
        commands.chosen = [flags, &commands] { return dlq(commands.terminal, *flags); };
    });
}

}  // namespace millbeck::runtime::cli
