// millbeck import: files into a table.
#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "runtime/cli/client.hpp"
#include "runtime/cli/commands.hpp"
#include "runtime/cli/importer.hpp"
#include "runtime/cli/interrupt.hpp"

namespace millbeck::runtime::cli {

using base::Status;
using Json = nlohmann::json;

namespace {

constexpr const char* kFooter = R"(Examples:
  millbeck import orders orders.ndjson
  millbeck import orders orders.csv --create id:S,day:N    make the table if it is not there
  millbeck import orders backup/AWSDynamoDB/01693685827463-2d8752fd
  zcat *.json.gz | millbeck import orders -

Reads what "millbeck export" writes, and the folders of DynamoDB's exports, full and incremental;
.gz or not. Items replace those with the same key, so an import that was cut short is simply run
again. A line that is no item of the table is named and left out; then the exit code is 1.)";

void say_end(Terminal& terminal, const ImportFlags& flags, const Importer& importer) {
    if (flags.client.json) {
        terminal.out
            << Json({{"written", importer.written()}, {"wrong", importer.wrong_lines()}}).dump()
            << "\n";
    } else {
        terminal.err << fmt::format("{}: {}\n", flags.table,
                                    rate_text(importer.written(), "items", importer.seconds()));
    }
    if (importer.wrong_lines() > 0) {
        terminal.err << fmt::format(
            "millbeck: {} lines are wrong and not in the table{}\n",
            grouped(importer.wrong_lines()),
            importer.wrong_lines() > Importer::kWrongShownMax
                ? fmt::format("; the first {} are above", Importer::kWrongShownMax)
                : "");
    }
}

int run_import(Terminal& terminal, const ImportFlags& flags) {
    auto client = Client::open(flags.client, terminal.environment);
    if (!client) {
        return report_client(terminal, client.error());
    }
    note_interrupts();
    Importer importer(terminal, flags, *client);
    const Status done = importer.run();
    importer.wipe();
    if (!done) {
        const int code = report_client(terminal, done.error());
        if (importer.written() > 0) {
            terminal.err << fmt::format(
                "millbeck: {} items are in the table; the import can be run again\n",
                grouped(importer.written()));
        }
        return code;
    }
    say_end(terminal, flags, importer);
    return importer.wrong_lines() == 0 ? kExitOk : kExitFailed;
}

}  // namespace

void add_import(CLI::App& root, Commands& commands) {
    auto* command = root.add_subcommand("import", "Reads a file into a table");
    command->footer(kFooter);
    auto flags = std::make_shared<ImportFlags>();
    command->add_option("TABLE", flags->table, "The table")->required()->type_name("");
    command->add_option("FILE", flags->from, "The file or folder; - is standard input")
        ->required()
        ->type_name("");
    command
        ->add_option("--format", flags->format,
                     "ndjson, csv or dynamodb-json (default: by the names)")
        ->type_name("FORMAT");
    command
        ->add_option("--create", flags->create,
                     "Makes the table, if there is none, with these keys: id:S or id:S,day:N")
        ->type_name("KEYS");
    add_client_flags(*command, flags->client, JsonFlag::Offered);
    command->callback([flags, &commands] {
        commands.chosen = [flags, &commands] { return run_import(commands.terminal, *flags); };
    });
}

}  // namespace millbeck::runtime::cli
