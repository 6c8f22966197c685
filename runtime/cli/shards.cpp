// millbeck shards: the shards of a table's stream, and rolling, splitting and merging them.
#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "runtime/api/query.hpp"
#include "runtime/cli/client.hpp"
#include "runtime/cli/commands.hpp"
#include "runtime/cli/shard_text.hpp"
#include "runtime/config/nearest.hpp"

namespace millbeck::runtime::cli {

using Json = nlohmann::json;

namespace {

constexpr const char* kFooter = R"(Examples:
  millbeck shards music                  all shards that still have records
  millbeck shards music roll             closes every open shard and opens its child
  millbeck shards music split SHARD      one shard becomes two
  millbeck shards music merge SHARD SHARD  two neighbours become one

The changes of one item stay in order through all of this: children are read after their parents.)";

struct ShardsFlags {
    ClientFlags client;
    std::string table;
    std::string action;
    std::vector<std::string> shards;
};

// What is wrong with the arguments; "" when nothing is.
std::string complaint(const ShardsFlags& flags) {
    const std::vector<std::string> actions{"roll", "split", "merge"};
    if (flags.action.empty() || flags.action == "roll") {
        return "";
    }
    if (flags.action == "split") {
        return flags.shards.size() == 1 ? "" : "split takes one shard id";
    }
    if (flags.action == "merge") {
        return flags.shards.size() == 2 ? "" : "merge takes two shard ids";
    }
    return fmt::format("\"{}\" is not one of roll, split, merge{}", flags.action,
                       did_you_mean(flags.action, actions));
}

base::Result<std::string> ask(Client& client, const ShardsFlags& flags) {
    if (flags.action.empty()) {
        return client.get(fmt::format("shards?table={}", percent_encode(flags.table)));
    }
    Json request = {{"table", flags.table}};
    if (!flags.shards.empty()) {
        request["shards"] = flags.shards;
    }
    return client.post(fmt::format("shards/{}", flags.action), request.dump());
}

int shards(Terminal& terminal, const ShardsFlags& flags) {
    if (const std::string wrong = complaint(flags); !wrong.empty()) {
        terminal.err << fmt::format("millbeck shards: {}\n", wrong);
        return kExitUsage;
    }
    return ask_once(
        terminal, flags.client, [&](Client& client) { return ask(client, flags); },
        [](const std::string& answer, const Client&) { return shards_text(answer); });
}

}  // namespace

void add_shards(CLI::App& root, Commands& commands) {
    auto* command =
        root.add_subcommand("shards", "Shows, rolls, splits or merges a table's shards");
    command->footer(kFooter);
    auto flags = std::make_shared<ShardsFlags>();
    command->add_option("TABLE", flags->table, "The table")->required()->type_name("");
    command->add_option("ACTION", flags->action, "roll, split or merge; without it: shows")
        ->type_name("");
    command->add_option("SHARD", flags->shards, "Shard ids; roll without any: all open ones")
        ->type_name("");
    add_client_flags(*command, flags->client, JsonFlag::Offered);
    command->callback([flags, &commands] {
        commands.chosen = [flags, &commands] { return shards(commands.terminal, *flags); };
    });
}

}  // namespace millbeck::runtime::cli
