// millbeck sinks, backfill, verify: the copies of tables, made anew, compared.
#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "runtime/cli/client.hpp"
#include "runtime/cli/columns.hpp"
#include "runtime/cli/commands.hpp"
#include "runtime/cli/injected_text.hpp"

namespace millbeck::runtime::cli {

using Json = nlohmann::json;

namespace {

constexpr const char* kSinksFooter = R"(Examples:
  millbeck sinks
  millbeck sinks pause orders-redis
  millbeck sinks resume orders-redis
  millbeck sinks --json | jq '.sinks[] | {name, rows_progress, records_behind}'

A pause lasts until it is lifted or the server is started again.)";

constexpr const char* kBackfillFooter = R"(Examples:
  millbeck backfill orders --to orders-redis

The copy is made anew: the rows that are there, then the changes since. "millbeck sinks" says how far
it is; it goes on after a restart.)";

constexpr const char* kVerifyFooter = R"(Examples:
  millbeck verify orders --sink orders-redis
  millbeck verify orders --sink orders-redis --repair

The sink delivers nothing while it is compared. Exit code 0 when table and copy are equal (or
repaired), 1 when they differ.)";

constexpr base::Milliseconds kVerifyTimeout{3'700'000};

std::string behind_text(const Json& sink) {
    const auto records = sink.at("records_behind").get<std::uint64_t>();
    const char* more = sink.at("more_behind").get<bool>() ? "+" : "";
    return fmt::format("{}{}", records, more);
}

std::string state_text(const Json& sink) {
    if (!sink.at("enabled").get<bool>()) {
        return sink.at("paused").get<bool>() ? "paused" : "disabled in the configuration";
    }
    if (const auto problem = sink.at("problem").get<std::string>(); !problem.empty()) {
        return "waits for its target: " + problem;
    }
    for (const Json& shard : sink.at("shards")) {
        if (const auto error = shard.at("last_error").get<std::string>(); !error.empty()) {
            return fmt::format("retrying after {} failures: {}",
                               shard.at("failures").get<std::uint64_t>(), error);
        }
    }
    if (sink.at("rows_progress").is_number()) {
        const Json& left = sink.at("rows_remaining_ms");
        return fmt::format(
            "copying rows, {:.0f} % ({} so far{})", 100 * sink.at("rows_progress").get<double>(),
            sink.at("rows_copied").get<std::uint64_t>(),
            left.is_number()
                ? fmt::format(", about {} s left", (left.get<std::int64_t>() + 999) / 1000)
                : "");
    }
    return sink.at("records_behind").get<std::uint64_t>() == 0 ? "up to date" : "delivering";
}

std::string sinks_text(const std::string& answer) {
    std::vector<std::vector<std::string>> rows{{"SINK", "TABLE", "TARGET", "BEHIND", "STATE"}};
    const Json reply = Json::parse(answer);
    for (const Json& sink : reply.at("sinks")) {
        rows.push_back({sink.at("name").get<std::string>(), sink.at("table").get<std::string>(),
                        sink.at("target").get<std::string>(), behind_text(sink),
                        state_text(sink) + injected_text(sink)});
    }
    return rows.size() == 1 ? "no sinks; a configuration file (millbeck config) makes them\n"
                            : columns(rows);
}

std::string keys_text(const Json& difference, std::string_view what) {
    std::string text;
    for (const Json& key : difference.at("keys")) {
        text += fmt::format("{} {}\n", what, key.dump());
    }
    const auto count = difference.at("count").get<std::uint64_t>();
    if (count > difference.at("keys").size()) {
        text += fmt::format("{} ... and {} more\n", what, count - difference.at("keys").size());
    }
    return text;
}

std::string comparison_text(const Json& compared) {
    std::string text = keys_text(compared.at("missing"), "missing  ") +
                       keys_text(compared.at("extra"), "extra    ") +
                       keys_text(compared.at("different"), "different");
    const auto entries = compared.at("derived").get<std::uint64_t>();
    text += fmt::format("{} rows{} compared", compared.at("rows").get<std::uint64_t>(),
                        entries > 0 ? fmt::format(" and {} leaderboard entries", entries) : "");
    if (const auto waits = compared.at("on_the_way").get<std::uint64_t>(); waits > 0) {
        text += fmt::format(", {} not yet: their changes are on the way", waits);
    }
    if (compared.at("equal").get<bool>()) {
        return text + ": no difference\n";
    }
    return text + fmt::format(": {} missing, {} extra, {} different{}\n",
                              compared.at("missing").at("count").get<std::uint64_t>(),
                              compared.at("extra").at("count").get<std::uint64_t>(),
                              compared.at("different").at("count").get<std::uint64_t>(),
                              compared.at("repaired").get<bool>() ? "; repaired" : "");
}

struct SinkFlags {
    ClientFlags client;
    std::string table;
    std::string sink;
    bool repair = false;
};

int list(Terminal& terminal, const ClientFlags& flags) {
    return ask_once(
        terminal, flags, [](Client& client) { return client.get("sinks"); },
        [](const std::string& answer, const Client&) { return sinks_text(answer); });
}

int change(Terminal& terminal, const SinkFlags& flags, const std::string& verb,
           const std::string& said) {
    return ask_once(
        terminal, flags.client,
        [&](Client& client) {
            return client.post("sinks/" + verb, Json({{"name", flags.sink}}).dump());
        },
        [&](const std::string&, const Client&) { return flags.sink + " " + said + "\n"; });
}

int verify(Terminal& terminal, const SinkFlags& flags) {
    bool is_well = false;
    const int code = ask_once(
        terminal, flags.client,
        [&](Client& client) {
            auto answer = client.post("sinks/verify",
                                      Json({{"name", flags.sink}, {"repair", flags.repair}}).dump(),
                                      kVerifyTimeout);
            if (answer) {
                const Json compared = Json::parse(*answer);
                is_well = compared.at("equal").get<bool>() || compared.at("repaired").get<bool>();
            }
            return answer;
        },
        [](const std::string& answer, const Client&) {
            return comparison_text(Json::parse(answer));
        });
    return code == kExitOk && !is_well ? kExitFailed : code;
}

// Whether the sink is one of this table: said before anything is done.
int with_sink(Terminal& terminal, const SinkFlags& flags, const std::function<int()>& act) {
    auto client = Client::open(flags.client, terminal.environment);
    if (!client) {
        return report_client(terminal, client.error());
    }
    const auto answer = client->get("sinks");
    if (!answer) {
        return report_client(terminal, answer.error());
    }
    const Json reply = Json::parse(*answer);
    for (const Json& sink : reply.at("sinks")) {
        if (sink.at("name") == flags.sink && sink.at("table") == flags.table) {
            return act();
        }
    }
    terminal.err << fmt::format(
        "millbeck: table \"{}\" has no sink \"{}\"; \"millbeck sinks\" lists "
        "them\n",
        flags.table, flags.sink);
    return kExitFailed;
}

}  // namespace

void add_sinks(CLI::App& root, Commands& commands) {
    auto* command = root.add_subcommand("sinks", "Says how far every copy of a table is");
    command->footer(kSinksFooter);
    command->require_subcommand(0, 1);
    auto flags = std::make_shared<ClientFlags>();
    add_client_flags(*command, *flags, JsonFlag::Offered);
    command->callback([flags, command, &commands] {
        if (command->get_subcommands().empty()) {
            commands.chosen = [flags, &commands] { return list(commands.terminal, *flags); };
        }
    });
    const auto add_verb = [&](const std::string& verb, const std::string& help,
                              const std::string& said) {
        auto* one = command->add_subcommand(verb, help);
        auto own = std::make_shared<SinkFlags>();
        one->add_option("NAME", own->sink, "The sink")->required();
        add_client_flags(*one, own->client, JsonFlag::NotOffered);
        one->callback([own, verb, said, &commands] {
            commands.chosen = [own, verb, said, &commands] {
                return change(commands.terminal, *own, verb, said);
            };
        });
    };
    add_verb("pause", "Delivers nothing until it is resumed, also after a restart", "is paused");
    add_verb("resume", "Goes on where it was", "goes on");
}

void add_backfill(CLI::App& root, Commands& commands) {
    auto* command = root.add_subcommand("backfill", "Makes a copy of a table anew");
    command->footer(kBackfillFooter);
    auto flags = std::make_shared<SinkFlags>();
    command->add_option("TABLE", flags->table, "The table")->required();
    command->add_option("--to", flags->sink, "The sink")->required()->type_name("SINK");
    add_client_flags(*command, flags->client, JsonFlag::NotOffered);
    command->callback([flags, &commands] {
        commands.chosen = [flags, &commands] {
            return with_sink(commands.terminal, *flags, [&] {
                return change(commands.terminal, *flags, "backfill", "is being made anew");
            });
        };
    });
}

void add_verify(CLI::App& root, Commands& commands) {
    auto* command = root.add_subcommand("verify", "Compares a table with its copy");
    command->footer(kVerifyFooter);
    auto flags = std::make_shared<SinkFlags>();
    command->add_option("TABLE", flags->table, "The table")->required();
    command->add_option("--sink", flags->sink, "The sink")->required()->type_name("SINK");
    command->add_flag("--repair", flags->repair, "Makes the copy equal to the table");
    add_client_flags(*command, flags->client, JsonFlag::Offered);
    command->callback([flags, &commands] {
        commands.chosen = [flags, &commands] {
            return with_sink(commands.terminal, *flags,
                             [&] { return verify(commands.terminal, *flags); });
        };
    });
}

}  // namespace millbeck::runtime::cli
