// millbeck replay: runs a stretch of a table's past again.
#include <array>
#include <csignal>
#include <cstring>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "runtime/api/query.hpp"
#include "runtime/cli/progress.hpp"
#include "runtime/cli/replay_commands.hpp"
#include "runtime/cli/replay_flags.hpp"
#include "runtime/cli/replay_view.hpp"

namespace millbeck::runtime::cli {

using base::Code;
using base::Result;
using Json = nlohmann::json;

namespace {

constexpr const char* kFooter = R"(Examples:
  millbeck replay orders --from 2h --dry-run                  how much would it be?
  millbeck replay orders --from 2h --into new-handler
  millbeck replay orders --failed on-order --into on-order    only what the trigger gave up
  millbeck replay orders --from 2h --into handler-v2 --compare on-order   do both answer alike?
  millbeck replay orders --from 24h --into new-cache          a sink that is "enabled: false"
  millbeck replay orders --key 42 --into stdout | jq .dynamodb
  millbeck replay orders --from 24h --into file:day.ndjson --as day

The server runs it, with checkpoints of its own; those of triggers are not touched. Ctrl-C leaves it
running ("millbeck replays" shows, pauses, resumes and cancels), and a restart of the server goes on
where it was: only batches that were under way are repeated. It yields to writers.
What fails more often than --retries goes to the dead letters under the replay's name.
--compare calls the trigger's function as well, with the same batches, and shows where replies differ.
stdout and file: records, one a line; the same command with the same --as goes on where it was.
Exit code 1: batches failed for good, replies differ, or it did not come to its end.)";

constexpr int kWaitMs = 500;
constexpr std::size_t kDifferencesShown = 10;

// What Ctrl-C says; a signal handler may only write it.
// NOLINTNEXTLINE(cppcoreguidelines-avoid-non-const-global-variables)
std::array<char, 512> farewell{};

void leave(int /*signal*/) {
    [[maybe_unused]] const ssize_t written =
        ::write(STDERR_FILENO, farewell.data(), std::strlen(farewell.data()));
    ::_exit(kExitFailed);
}

void leave_it_running(const std::string& name) {
    const std::string text = fmt::format(
        "\nThe replay goes on in the server: \"millbeck replays show {0}\", \"millbeck replays "
        "cancel {0}\"\n",
        name);
    std::strncpy(farewell.data(), text.c_str(), farewell.size() - 1);
    std::signal(SIGINT, leave);
    std::signal(SIGTERM, leave);
}

int finished(Terminal& terminal, Client& client, const ReplayFlags& flags, const Json& status) {
    terminal.out << (flags.client.json ? status.dump() + "\n" : replay_summary(status));
    const bool differ = status.at("different_batches").get<std::uint64_t>() > 0;
    if (differ && !flags.client.json) {
        const auto shown =
            client.post("replays/differences", Json{{"name", status.at("name")}}.dump());
        if (!shown) {
            return report_client(terminal, shown.error());
        }
        terminal.out << differences_text(Json::parse(*shown), kDifferencesShown);
    }
    const bool is_well = status.at("state") == "finished" && !differ &&
                         status.at("failed_batches").get<std::uint64_t>() == 0;
    return is_well ? kExitOk : kExitFailed;
}

// Until it runs no more.
int watch(Terminal& terminal, Client& client, const ReplayFlags& flags, const std::string& name) {
    leave_it_running(name);
    Progress bar(terminal, "records");
    while (true) {
        const auto answer = client.get(
            fmt::format("replays/show?name={}&wait_ms={}", percent_encode(name), kWaitMs));
        if (!answer) {
            bar.wipe();
            return report_client(terminal, answer.error());
        }
        const Json status = Json::parse(*answer);
        if (status.at("state") != "running") {
            bar.wipe();
            return finished(terminal, client, flags, status);
        }
        bar.show(status.at("records").get<std::uint64_t>(), status.at("done").get<double>());
    }
}

int run(Terminal& terminal, Client& client, const ReplayFlags& flags, std::uint64_t rate) {
    const auto begun = client.post("replays", request_text(flags, rate));
    if (!begun) {
        return report_client(terminal, begun.error());
    }
    const Json status = Json::parse(*begun);
    const auto name = status.at("name").get<std::string>();
    if (!flags.client.json) {
        terminal.err << fmt::format("{}: {} from {} to {} into {}\n", name, flags.table,
                                    status.at("from").get<std::string>(),
                                    status.at("to").get<std::string>(), flags.into);
    }
    if (flags.detach) {
        terminal.out << (flags.client.json ? *begun : name + "\n");
        return kExitOk;
    }
    return watch(terminal, client, flags, name);
}

bool is_reader(const ReplayFlags& flags) {
    return flags.into == "stdout" || flags.into.starts_with("file:");
}

// "": nothing is wrong.
std::string complaint(const ReplayFlags& flags) {
    if (const auto rate = parse_rate(flags.rate); !rate) {
        return rate.error().message;
    }
    if (flags.into.empty() && !flags.dry_run) {
        return "--into says who gets the records; --dry-run counts them";
    }
    const std::array<std::pair<const char*, bool>, 4> of_deliveries{
        {{"--rate", !flags.rate.empty()},
         {"--retries", flags.retries.has_value()},
         {"--batch-size", flags.batch_size > 0},
         {"--compare", !flags.compare.empty()}}};
    for (const auto& [flag, is_given] : of_deliveries) {
        if (is_given && (flags.dry_run || is_reader(flags))) {
            return fmt::format("{} says how a function or sink gets its batches; {} gets none",
                               flag, flags.dry_run ? "--dry-run" : flags.into);
        }
    }
    return "";
}

int replay(Terminal& terminal, const ReplayFlags& flags) {
    if (const std::string wrong = complaint(flags); !wrong.empty()) {
        terminal.err << fmt::format("millbeck replay: {}\n", wrong);
        return kExitUsage;
    }
    auto client = Client::open(flags.client, terminal.environment);
    if (!client) {
        return report_client(terminal, client.error());
    }
    if (flags.dry_run) {
        return count_replay(terminal, *client, flags);
    }
    if (is_reader(flags)) {
        return read_replay(terminal, *client, flags);
    }
    return run(terminal, *client, flags, *parse_rate(flags.rate));
}

void add_choice(CLI::App& command, ReplayFlags& flags) {
    command.add_option("TABLE", flags.table, "The table")->required()->type_name("");
    command
        .add_option("--from", flags.from,
                    "2h (ago), 2026-01-31T14:00:00Z, a sequence number, or start (default: start)")
        ->type_name("MOMENT");
    command.add_option("--to", flags.to, "As --from, or now; inclusive (default: now)")
        ->type_name("MOMENT");
    command
        .add_option("--key", flags.key,
                    "Only this item: NAME=VALUE or a value for each key attribute, or JSON; the "
                    "partition key alone: all its items")
        ->type_name("KEY");
    command
        .add_option("--filter", flags.filters,
                    "Only records that match one of these patterns, as a trigger's filters")
        ->type_name("PATTERN");
    command
        .add_option("--failed", flags.failed, "Only records among the dead letters of this trigger")
        ->type_name("TRIGGER");
}

void add_delivery(CLI::App& command, ReplayFlags& flags) {
    command.add_option("--into", flags.into, "A function, a sink, stdout, or file:PATH")
        ->type_name("TARGET");
    command.add_option("--as", flags.name, "The replay's name (default: replay-1, ...)")
        ->type_name("NAME");
    command.add_option("--rate", flags.rate, "At most so many records a second, 100/s")
        ->type_name("N/s");
    command
        .add_option("--batch-size", flags.batch_size,
                    "Records of a batch, 1 to 10000 (default: as the function's trigger, else 100)")
        ->type_name("N");
    command
        .add_option("--retries", flags.retries,
                    "Attempts of a batch after the first, 0 to 10000 (default: 3; a sink is asked "
                    "until it takes it)")
        ->type_name("N");
    command
        .add_option("--compare", flags.compare,
                    "A trigger of the table: what does its function answer to the same batches?")
        ->type_name("TRIGGER");
    command.add_flag("--dry-run", flags.dry_run, "Counts the records, delivers none");
    command.add_flag("--detach", flags.detach, "Says its name and does not wait for its end");
}

}  // namespace

void add_replay(CLI::App& root, Commands& commands) {
    auto* command = root.add_subcommand("replay", "Delivers a stretch of a table's past again");
    command->footer(kFooter);
    auto flags = std::make_shared<ReplayFlags>();
    add_choice(*command, *flags);
    add_delivery(*command, *flags);
    add_client_flags(*command, flags->client, JsonFlag::Offered);
    command->callback([flags, &commands] {
        commands.chosen = [flags, &commands] { return replay(commands.terminal, *flags); };
    });
}

}  // namespace millbeck::runtime::cli
