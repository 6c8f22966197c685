// millbeck export: a table as a file.
#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "base/random.hpp"
#include "runtime/cli/client.hpp"
#include "runtime/cli/commands.hpp"
#include "runtime/cli/interrupt.hpp"
#include "runtime/cli/progress.hpp"
#include "runtime/cli/table_pages.hpp"
#include "runtime/transfer/byte_output.hpp"
#include "runtime/transfer/csv_items.hpp"
#include "runtime/transfer/export_folder.hpp"
#include "runtime/transfer/format.hpp"

namespace millbeck::runtime::cli {

using base::Code;
using base::Result;
using base::Status;

namespace {

constexpr const char* kFooter = R"(Examples:
  millbeck export orders > orders.ndjson            one item a line, as DynamoDB JSON
  millbeck export orders --to orders.csv.gz         the form by the name; .gz is zipped
  millbeck export orders --to backup --format dynamodb-json
  millbeck export orders --as-of 2h --to before.ndjson
  millbeck export orders | jq -r '.id.S'

All items are as of one moment, whatever is written meanwhile. A file has its name only when it is
whole. In CSV a column is an attribute and its type, like total:N; lists, maps and sets are JSON in
their cells. dynamodb-json is the folder that DynamoDB's own export to S3 writes. "millbeck import"
reads all of them and loses nothing.)";

struct ExportFlags {
    ClientFlags client;
    std::string table;
    std::string format;
    std::string to = "-";
    std::string as_of;
};

struct Exported {
    std::uint64_t rows = 0;
    std::string place;
};

// Calls `visit` with each line of the table, its newline included.
Status for_each_line(TablePages& pages, Progress& progress, double part_begin, double part_of,
                     const std::function<Status(std::string_view)>& visit) {
    while (true) {
        MB_TRY_STATUS(check_interrupted());
        MB_TRY(const auto page, pages.next());
        if (!page) {
            return {};
        }
        std::string_view rest = *page;
        while (!rest.empty()) {
            const std::size_t end = rest.find('\n') + 1;
            MB_TRY_STATUS(visit(rest.substr(0, end)));
            rest.remove_prefix(end);
        }
        std::optional<double> part;
        if (pages.table().items.value_or(0) > 0) {
            part = part_begin + part_of * static_cast<double>(pages.rows()) /
                                    static_cast<double>(*pages.table().items);
        }
        progress.show(pages.rows(), part);
    }
}

// Twice through the table: what columns there are is known only behind the last item.
Status write_csv(TablePages& pages, ByteOutput& output, Progress& progress) {
    CsvColumns columns(pages.table().keys);
    MB_TRY_STATUS(for_each_line(pages, progress, 0, 0.5, [&](std::string_view line) -> Status {
        MB_TRY(const auto item, shardlog::parse_item(line));
        return columns.note(item);
    }));
    std::string text;
    columns.append_header(text);
    MB_TRY_STATUS(output.write(text));
    pages.rewind();
    return for_each_line(pages, progress, 0.5, 0.5, [&](std::string_view line) -> Status {
        MB_TRY(const auto item, shardlog::parse_item(line));
        text.clear();
        columns.append_row(text, item);
        return output.write(text);
    });
}

Result<Exported> export_file(Terminal& terminal, const ExportFlags& flags, Format format,
                             TablePages& pages, Progress& progress) {
    const auto files = base::system_files();
    std::unique_ptr<ByteOutput> output;
    if (flags.to == "-") {
        output = stream_output(terminal.out);
    } else {
        MB_TRY(output, open_file_output(*files, flags.to,
                                        flags.to.ends_with(".gz") ? Packing::Gzip : Packing::None));
    }
    if (format == Format::Csv) {
        MB_TRY_STATUS(write_csv(pages, *output, progress));
    } else {
        MB_TRY_STATUS(for_each_line(pages, progress, 0, 1,
                                    [&](std::string_view line) { return output->write(line); }));
    }
    MB_TRY(const WrittenFile written, output->finish());
    return Exported{pages.rows(), flags.to == "-" ? "standard output" : flags.to};
}

Result<Exported> export_folder(const ExportFlags& flags, TablePages& pages, Progress& progress) {
    const auto files = base::system_files();
    const auto random = base::system_random();
    const base::SystemClock clock;
    const base::WallTime now = clock.wall();
    ExportFacts facts{.id = make_export_id(now, *random),
                      .table_arn = pages.table().table_arn,
                      .table_id = pages.table().table_id,
                      .bucket = flags.to,
                      .prefix = "",
                      .started = now,
                      .export_time = now};
    MB_TRY(const auto folder, ExportFolder::create(*files, flags.to, *random, std::move(facts)));
    std::string text;
    MB_TRY_STATUS(for_each_line(pages, progress, 0, 1, [&](std::string_view line) {
        line.remove_suffix(1);
        text.assign("{\"Item\":").append(line).append("}\n");
        return folder->add(text);
    }));
    MB_TRY(const ExportTotals totals, folder->finish(clock.wall()));
    return Exported{totals.items, folder->folder().string()};
}

Result<Format> chosen_format(const ExportFlags& flags) {
    Format format = format_of_name(flags.to);
    if (!flags.format.empty()) {
        MB_TRY(format, parse_format(flags.format));
    }
    if (format == Format::DynamoDb && flags.to == "-") {
        return base::fail(Code::Invalid, "--format dynamodb-json needs a folder: --to FOLDER");
    }
    return format;
}

int run_export(Terminal& terminal, const ExportFlags& flags) {
    const auto format = chosen_format(flags);
    if (!format) {
        return report_client(terminal, format.error());
    }
    auto client = Client::open(flags.client, terminal.environment);
    if (!client) {
        return report_client(terminal, client.error());
    }
    note_interrupts();
    auto pages = TablePages::open(*client, flags.table, flags.as_of);
    if (!pages) {
        return report_client(terminal, pages.error());
    }
    Progress progress(terminal, "items");
    const auto done = *format == Format::DynamoDb
                          ? export_folder(flags, *pages, progress)
                          : export_file(terminal, flags, *format, *pages, progress);
    progress.wipe();
    if (!done) {
        return report_client(terminal, done.error());
    }
    terminal.err << fmt::format("{}: {} as of {} to {}\n", flags.table,
                                rate_text(done->rows, "items", progress.seconds()),
                                pages->table().as_of, done->place);
    return kExitOk;
}

}  // namespace

void add_export(CLI::App& root, Commands& commands) {
    auto* command = root.add_subcommand("export", "Writes a table to a file");
    command->footer(kFooter);
    auto flags = std::make_shared<ExportFlags>();
    command->add_option("TABLE", flags->table, "The table")->required()->type_name("");
    command
        ->add_option("--format", flags->format,
                     "ndjson, csv or dynamodb-json (default: by the file's name, else ndjson)")
        ->type_name("FORMAT");
    command->add_option("--to", flags->to, "The file, or of dynamodb-json the folder; - is stdout")
        ->type_name("FILE");
    command
        ->add_option("--as-of", flags->as_of,
                     "As the table was: a time, 2h (ago) or a sequence number")
        ->type_name("MOMENT");
    add_client_flags(*command, flags->client, JsonFlag::NotOffered);
    command->callback([flags, &commands] {
        commands.chosen = [flags, &commands] { return run_export(commands.terminal, *flags); };
    });
}

}  // namespace millbeck::runtime::cli
