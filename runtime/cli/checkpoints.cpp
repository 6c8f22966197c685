// millbeck checkpoints: where every trigger is on every shard; moves it, and takes that back.
#include <algorithm>

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
  millbeck checkpoints                   where every trigger is on every shard
  millbeck checkpoints show notify       one trigger, and what was done to its checkpoints
  millbeck checkpoints set notify --to 2h --reason "handler 1.4 lost orders"
                                         what was written since then is delivered again
  millbeck checkpoints set notify --to start      all that the log still holds
  millbeck checkpoints set notify --to latest     passes over what waits
  millbeck checkpoints set notify --to 2026-02-28T13:45:10Z --shard SHARD
  millbeck checkpoints undo notify       back to exactly where it was before the last change

A set waits until the delivery in flight has ended, so nothing old overtakes it. A moment means
behind what was written until then; a sequence number is that of the first record to come. What
the log holds no more is refused. With --shard its descendants begin anew as well: they hold later
changes of its items. Progress since a change is not kept by an undo; an undo can be undone.)";

// A delivery that is in flight may take as long as a handler may.
constexpr base::Milliseconds kChangeTimeout{20 * 60'000};

struct CheckpointFlags {
    ClientFlags client;
    std::string action;
    std::string trigger;
    std::string to;
    std::string shard;
    std::string reason;
};

const std::vector<std::string> kActions{"list", "show", "set", "undo"};

bool is_change(const CheckpointFlags& flags) {
    return flags.action == "set" || flags.action == "undo";
}

// What is wrong with the arguments; "" when nothing is.
std::string complaint(const CheckpointFlags& flags) {
    if (std::find(kActions.begin(), kActions.end(), flags.action) == kActions.end()) {
        return fmt::format("\"{}\" is not one of {}{}", flags.action, fmt::join(kActions, ", "),
                           did_you_mean(flags.action, kActions));
    }
    if (flags.action != "list" && flags.trigger.empty()) {
        return fmt::format("{} takes the name of a trigger", flags.action);
    }
    if (flags.action == "set" && flags.to.empty()) {
        return "set takes --to";
    }
    if (flags.action != "set" && !(flags.to.empty() && flags.shard.empty())) {
        return fmt::format("{} takes no {}", flags.action, flags.to.empty() ? "--shard" : "--to");
    }
    return is_change(flags) || flags.reason.empty()
               ? ""
               : fmt::format("{} takes no --reason", flags.action);
}

std::string state_text(const Json& trigger, const Json& shard) {
    if (shard.at("finished").get<bool>()) {
        return "finished";
    }
    if (!trigger.at("enabled").get<bool>()) {
        return "disabled";
    }
    if (shard.at("waits_for_parents").get<bool>()) {
        return "waits for its parents";
    }
    return shard.at("records_behind").get<std::uint64_t>() == 0 ? "up to date" : "delivering";
}

std::string places_text(const Json& reply) {
    std::vector<std::vector<std::string>> rows{
        {"TRIGGER", "SHARD", "NEXT", "WRITTEN", "BEHIND", "STATE"}};
    for (const Json& trigger : reply.at("triggers")) {
        for (const Json& shard : trigger.at("shards")) {
            const Json& time = shard.at("next_time");
            rows.push_back({trigger.at("name").get<std::string>(),
                            shard.at("shard").get<std::string>(),
                            shard.at("next").get<std::string>(),
                            time.is_string() ? time.get<std::string>() : "-",
                            fmt::format("{}{}", shard.at("records_behind").get<std::uint64_t>(),
                                        shard.at("more_behind").get<bool>() ? "+" : ""),
                            state_text(trigger, shard)});
        }
    }
    return rows.size() == 1 ? "no triggers\n" : columns(rows);
}

std::string place_text(const Json& place) {
    if (place.is_null()) {
        return "not begun";
    }
    return place.at("finished").get<bool>() ? "finished" : place.at("next").get<std::string>();
}

// The shards that it moved.
std::string moves_text(const Json& change) {
    std::vector<std::vector<std::string>> rows{{"  SHARD", "FROM", "TO"}};
    for (const Json& shard : change.at("shards")) {
        if (shard.at("before") != shard.at("after")) {
            rows.push_back({"  " + shard.at("shard").get<std::string>(),
                            place_text(shard.at("before")), place_text(shard.at("after"))});
        }
    }
    return rows.size() == 1 ? "  nothing moved\n" : columns(rows);
}

std::string changes_text(const Json& reply) {
    std::string text;
    for (const Json& change : reply.at("changes")) {
        const auto reason = change.at("reason").get<std::string>();
        text +=
            fmt::format("\nchange {}: {}{}, {}{}\n", change.at("number").get<std::uint64_t>(),
                        change.at("what").get<std::string>(),
                        change.at("undoes").is_null()
                            ? ""
                            : fmt::format(" of {}", change.at("undoes").get<std::uint64_t>()),
                        change.at("at").get<std::string>(), reason.empty() ? "" : ": " + reason);
        text += moves_text(change);
    }
    return text.empty() ? "\nnobody changed its checkpoints\n" : text;
}

std::string moved_text(const Json& reply) {
    const Json& change = reply.at("change");
    const char* more = reply.at("more").get<bool>() ? " or more" : "";
    return fmt::format("{}{}{} will be delivered again, {}{} will not be delivered\n",
                       moves_text(change), reply.at("records_again").get<std::uint64_t>(), more,
                       reply.at("records_skipped").get<std::uint64_t>(), more) +
           fmt::format("change {}; \"millbeck checkpoints undo {}\" takes it back\n",
                       change.at("number").get<std::uint64_t>(),
                       reply.at("trigger").get<std::string>());
}

// As one JSON object, whatever was asked.
base::Result<std::string> ask(Client& client, const CheckpointFlags& flags) {
    if (is_change(flags)) {
        Json body = {{"trigger", flags.trigger}};
        for (const auto& [name, value] :
             {std::pair("to", flags.to), {"shard", flags.shard}, {"reason", flags.reason}}) {
            if (!value.empty()) {
                body[name] = value;
            }
        }
        return client.post("checkpoints/" + flags.action, body.dump(), kChangeTimeout);
    }
    const std::string name = percent_encode(flags.trigger);
    MB_TRY(const auto places, client.get("checkpoints?trigger=" + name));
    if (flags.action == "list") {
        return places;
    }
    MB_TRY(const auto changes, client.get("checkpoints/changes?trigger=" + name));
    Json both = Json::parse(places);
    both["changes"] = Json::parse(changes).at("changes");
    return both.dump() + "\n";
}

int checkpoints(Terminal& terminal, const CheckpointFlags& flags) {
    if (const std::string wrong = complaint(flags); !wrong.empty()) {
        terminal.err << fmt::format("millbeck checkpoints: {}\n", wrong);
        return kExitUsage;
    }
    return ask_once(
        terminal, flags.client, [&](Client& client) { return ask(client, flags); },
        [&](const std::string& answer, const Client&) {
            const Json reply = Json::parse(answer);
            if (is_change(flags)) {
                return moved_text(reply);
            }
            return places_text(reply) + (flags.action == "show" ? changes_text(reply) : "");
        });
}

}  // namespace

void add_checkpoints(CLI::App& root, Commands& commands) {
    auto* command = root.add_subcommand(
        "checkpoints", "Says where triggers are on their shards; moves them, takes that back");
    command->footer(kFooter);
    auto flags = std::make_shared<CheckpointFlags>();
    flags->action = "list";
    command->add_option("ACTION", flags->action, "list, show, set or undo; without it: list")
        ->type_name("");
    command->add_option("TRIGGER", flags->trigger, "Name of a trigger")->type_name("");
    command->add_option("--to", flags->to, "start, latest, a sequence number, 2h or an instant")
        ->type_name("PLACE");
    command->add_option("--shard", flags->shard, "Moves this shard only")->type_name("ID");
    command->add_option("--reason", flags->reason, "Kept with the change")->type_name("TEXT");
    add_client_flags(*command, flags->client, JsonFlag::Offered);
    command->callback([flags, &commands] {
        commands.chosen = [flags, &commands] { return checkpoints(commands.terminal, *flags); };
    });
}

}  // namespace millbeck::runtime::cli
