// millbeck get, millbeck history: an item as it is or was, and everything that was done to it.
#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "runtime/api/query.hpp"
#include "runtime/cli/change_text.hpp"
#include "runtime/cli/client.hpp"
#include "runtime/cli/commands.hpp"

namespace millbeck::runtime::cli {

using Json = nlohmann::ordered_json;

namespace {

constexpr const char* kGetFooter = R"(Examples:
  millbeck get orders 42                            as it is
  millbeck get orders 42 --as-of 2h                 as it was two hours ago
  millbeck get orders id=42 line=1 --as-of 2026-01-31T14:00:00Z
  millbeck get orders '{"id":{"S":"42"}}' --as-of 100000000000000001234

The item is printed in DynamoDB's JSON. Exit code 1: there is, or was, no such item.)";

constexpr const char* kHistoryFooter = R"(Examples:
  millbeck history orders 42                        every change that is kept, oldest first
  millbeck history orders 42 --newest --limit 5     the last five
  millbeck history orders 42 --from 2h --to 1h

One line a change: time, sequence number, what happened, and what it changed. Changes are kept as
long as the log's retention, the archive or a pin keeps them.)";

struct PastFlags {
    ClientFlags client;
    std::string table;
    std::vector<std::string> key;
    std::string as_of = "now";
    std::string from = "start";
    std::string to = "now";
    std::uint64_t limit = 1'000;
    bool newest = false;
};

std::string item_query(const PastFlags& flags) {
    return fmt::format("table={}&key={}", percent_encode(flags.table),
                       percent_encode(Json(flags.key).dump()));
}

int get(Terminal& terminal, const PastFlags& flags) {
    bool is_there = true;
    const int code = ask_once(
        terminal, flags.client,
        [&](Client& client) {
            return client.get(
                fmt::format("item?{}&as_of={}", item_query(flags), percent_encode(flags.as_of)));
        },
        [&](const std::string& answer, const Client&) {
            const Json item = Json::parse(answer).at("item");
            is_there = !item.is_null();
            return is_there ? item.dump(2) + "\n" : "";
        });
    if (code == kExitOk && !is_there && !flags.client.json) {
        terminal.err << "millbeck get: there is no such item"
                     << (flags.as_of == "now" ? "\n" : " at that moment\n");
        return kExitFailed;
    }
    return code;
}

// What an item came with, what changed of it, or what went.
std::string news(const Json& version) {
    if (version.contains("new") && version.contains("old")) {
        return differences_text(version.at("old"), version.at("new"));
    }
    if (version.contains("new")) {
        return " " + json_text(version.at("new"));
    }
    const std::string why = version.at("expired").get<bool>() ? " (expired)" : "";
    return version.contains("old") ? why + " was " + json_text(version.at("old")) : why;
}

std::string history_text(const std::string& answer, const Terminal& terminal) {
    const Json reply = Json::parse(answer);
    std::string text;
    for (const Json& version : reply.at("versions")) {
        text += fmt::format("{} {} {}{}\n", version.at("time").get<std::string>(),
                            version.at("sequence").get<std::string>(),
                            event_text(version.at("event").get<std::string>(), terminal),
                            news(version));
    }
    const Json& oldest = reply.at("reaches_back_to");
    if (text.empty()) {
        text = "no change of this item is kept\n";
    }
    if (reply.at("more").get<bool>()) {
        text += "There are more: --limit, --from, --to\n";
    }
    if (!oldest.at("time").is_null()) {
        text += fmt::format("The log reaches back to {}.\n", oldest.at("time").get<std::string>());
    }
    return text;
}

int history(Terminal& terminal, const PastFlags& flags) {
    return ask_once(
        terminal, flags.client,
        [&](Client& client) {
            return client.get(fmt::format("history?{}&from={}&to={}&order={}&limit={}",
                                          item_query(flags), percent_encode(flags.from),
                                          percent_encode(flags.to),
                                          flags.newest ? "newest" : "oldest", flags.limit));
        },
        [&](const std::string& answer, const Client&) { return history_text(answer, terminal); });
}

void add_item(CLI::App& command, PastFlags& flags) {
    command.add_option("TABLE", flags.table, "The table")->required()->type_name("");
    command.add_option("KEY", flags.key, "The item's key: NAME=VALUE, values alone, or JSON")
        ->required()
        ->type_name("");
}

}  // namespace

void add_get(CLI::App& root, Commands& commands) {
    auto* command = root.add_subcommand("get", "Shows an item as it is, or as it was");
    command->footer(kGetFooter);
    auto flags = std::make_shared<PastFlags>();
    add_item(*command, *flags);
    command
        ->add_option("--as-of", flags->as_of,
                     "A time, how long ago (2h), or a sequence number (default: now)")
        ->type_name("MOMENT");
    add_client_flags(*command, flags->client, JsonFlag::Offered);
    command->callback([flags, &commands] {
        commands.chosen = [flags, &commands] { return get(commands.terminal, *flags); };
    });
}

void add_history(CLI::App& root, Commands& commands) {
    auto* command = root.add_subcommand("history", "Shows everything that was done to an item");
    command->footer(kHistoryFooter);
    auto flags = std::make_shared<PastFlags>();
    add_item(*command, *flags);
    command->add_option("--from", flags->from, "Changes since (default: the oldest kept)")
        ->type_name("MOMENT");
    command->add_option("--to", flags->to, "Changes until (default: now)")->type_name("MOMENT");
    command->add_option("--limit", flags->limit, "At most so many, 1 to 10000 (1000)")
        ->check(CLI::Range(1, 10'000).description(""))
        ->type_name("COUNT");
    command->add_flag("--newest", flags->newest, "The newest first");
    add_client_flags(*command, flags->client, JsonFlag::Offered);
    command->callback([flags, &commands] {
        commands.chosen = [flags, &commands] { return history(commands.terminal, *flags); };
    });
}

}  // namespace millbeck::runtime::cli
