// millbeck restore: a table as it was, as a new table.
#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "runtime/api/query.hpp"
#include "runtime/cli/client.hpp"
#include "runtime/cli/commands.hpp"
#include "runtime/cli/progress.hpp"

namespace millbeck::runtime::cli {

using Json = nlohmann::json;

namespace {

constexpr const char* kFooter = R"(Examples:
  millbeck restore orders --as-of 2h --to orders-before
  millbeck restore orders --as-of 2026-11-22T14:00:00Z --to orders-before
  millbeck restore orders --as-of 100000000000000012345 --to orders-before

The new table has the keys, indexes and capacity of the old one; no stream, tags or time to live. It is
being created until all its items are there: nobody ever reads a part of them. Old states are known
of tables with point-in-time recovery, a stream with old images or indexes, or with an archive.)";

constexpr base::Milliseconds kBeginTimeout{120'000};
constexpr int kWaitMs = 300;

struct RestoreFlags {
    ClientFlags client;
    std::string table;
    std::string as_of;
    std::string to;
};

base::Result<std::uint64_t> follow(Client& client, const RestoreFlags& flags, Progress& progress) {
    while (true) {
        MB_TRY(
            const std::string answer,
            client.get(fmt::format("restore?to={}&wait_ms={}", percent_encode(flags.to), kWaitMs)));
        const Json told = Json::parse(answer);
        const auto rows = told.at("rows").get<std::uint64_t>();
        if (told.at("state") == "failed") {
            return base::fail(base::Code::Internal, told.at("error").get<std::string>());
        }
        if (told.at("state") == "done") {
            return rows;
        }
        progress.show(rows, std::nullopt);
    }
}

int run_restore(Terminal& terminal, const RestoreFlags& flags) {
    auto client = Client::open(flags.client, terminal.environment);
    if (!client) {
        return report_client(terminal, client.error());
    }
    Progress progress(terminal, "items");
    const auto begun = client->post(
        "restore", Json({{"table", flags.table}, {"as_of", flags.as_of}, {"to", flags.to}}).dump(),
        kBeginTimeout);
    if (!begun) {
        return report_client(terminal, begun.error());
    }
    const auto rows = follow(*client, flags, progress);
    progress.wipe();
    if (!rows) {
        return report_client(terminal, rows.error());
    }
    const auto as_of = Json::parse(*begun).at("as_of").get<std::string>();
    if (flags.client.json) {
        terminal.out << Json({{"table", flags.to}, {"rows", *rows}, {"as_of", as_of}}).dump()
                     << "\n";
    } else {
        terminal.out << fmt::format("{}: {} as of {}\n", flags.to,
                                    rate_text(*rows, "items", progress.seconds()), as_of);
    }
    return kExitOk;
}

}  // namespace

void add_restore(CLI::App& root, Commands& commands) {
    auto* command = root.add_subcommand("restore", "Makes a table as another one was");
    command->footer(kFooter);
    auto flags = std::make_shared<RestoreFlags>();
    command->add_option("TABLE", flags->table, "The table")->required()->type_name("");
    command->add_option("--as-of", flags->as_of, "A time, 2h (ago) or a sequence number")
        ->required()
        ->type_name("MOMENT");
    command->add_option("--to", flags->to, "The new table")->required()->type_name("TABLE");
    add_client_flags(*command, flags->client, JsonFlag::Offered);
    command->callback([flags, &commands] {
        commands.chosen = [flags, &commands] { return run_restore(commands.terminal, *flags); };
    });
}

}  // namespace millbeck::runtime::cli
