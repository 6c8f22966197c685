// millbeck replays: those that run and ran.
#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "runtime/api/query.hpp"
#include "runtime/cli/client.hpp"
#include "runtime/cli/columns.hpp"
#include "runtime/cli/progress.hpp"
#include "runtime/cli/replay_commands.hpp"
#include "runtime/cli/replay_view.hpp"
#include "runtime/config/nearest.hpp"

namespace millbeck::runtime::cli {

using Json = nlohmann::json;

namespace {

constexpr const char* kFooter = R"(Examples:
  millbeck replays                       all, with their progress
  millbeck replays show replay-1
  millbeck replays differences replay-1  of one that compares: where replies differ
  millbeck replays pause replay-1        ends what is in flight; the log is kept for it
  millbeck replays resume replay-1       also of one that failed
  millbeck replays cancel replay-1       for good
  millbeck replays drop replay-1         forgets one that has ended

While one is running or paused, the log is kept from where it stands on.)";

struct ReplaysFlags {
    ClientFlags client;
    std::string action;
    std::string name;
};

std::string complaint(const ReplaysFlags& flags) {
    const std::vector<std::string> actions{"list",   "show",   "differences", "pause",
                                           "resume", "cancel", "drop"};
    if (std::find(actions.begin(), actions.end(), flags.action) == actions.end()) {
        return fmt::format(
            "\"{}\" is not one of list, show, differences, pause, resume, cancel, drop{}",
            flags.action, did_you_mean(flags.action, actions));
    }
    if (flags.action == "list") {
        return flags.name.empty() ? "" : "list takes no name";
    }
    return flags.name.empty() ? fmt::format("{} takes the name of a replay", flags.action) : "";
}

std::string list_text(const Json& reply) {
    std::vector<std::vector<std::string>> rows{
        {"NAME", "TABLE", "INTO", "STATE", "DONE", "RECORDS", "FAILED", "STARTED"}};
    for (const Json& each : reply.at("replays")) {
        rows.push_back({each.at("name").get<std::string>(), each.at("table").get<std::string>(),
                        each.at("into").get<std::string>(), each.at("state").get<std::string>(),
                        fmt::format("{:.0f} %", each.at("done").get<double>() * 100),
                        grouped(each.at("records").get<std::uint64_t>()),
                        grouped(each.at("failed_records").get<std::uint64_t>()),
                        each.at("started").get<std::string>()});
    }
    return rows.size() == 1 ? "no replays\n" : columns(rows);
}

int replays(Terminal& terminal, const ReplaysFlags& flags) {
    if (const std::string wrong = complaint(flags); !wrong.empty()) {
        terminal.err << fmt::format("millbeck replays: {}\n", wrong);
        return kExitUsage;
    }
    return ask_once(
        terminal, flags.client,
        [&](Client& client) {
            if (flags.action == "list") {
                return client.get("replays");
            }
            if (flags.action == "show") {
                return client.get("replays/show?name=" + percent_encode(flags.name));
            }
            return client.post("replays/" + flags.action, Json{{"name", flags.name}}.dump());
        },
        [&](const std::string& answer, const Client&) {
            const Json reply = Json::parse(answer);
            if (flags.action == "list") {
                return list_text(reply);
            }
            if (flags.action == "differences") {
                const auto text = differences_text(reply, reply.at("differences").size());
                return text.empty() ? std::string("no differences\n") : text.substr(1);
            }
            return flags.action == "drop" ? std::string("dropped\n") : replay_summary(reply);
        });
}

}  // namespace

void add_replays(CLI::App& root, Commands& commands) {
    auto* command = root.add_subcommand("replays", "Shows, pauses, resumes or cancels replays");
    command->footer(kFooter);
    auto flags = std::make_shared<ReplaysFlags>();
    flags->action = "list";
    command
        ->add_option("ACTION", flags->action,
                     "list, show, differences, pause, resume, cancel or drop; without it: list")
        ->type_name("");
    command->add_option("NAME", flags->name, "The replay")->type_name("");
    add_client_flags(*command, flags->client, JsonFlag::Offered);
    command->callback([flags, &commands] {
        commands.chosen = [flags, &commands] { return replays(commands.terminal, *flags); };
    });
}

}  // namespace millbeck::runtime::cli
