#include "runtime/cli/importer.hpp"

#include <optional>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "runtime/cli/interrupt.hpp"
#include "runtime/cli/key_definition.hpp"
#include "runtime/transfer/csv.hpp"
#include "runtime/transfer/line_reader.hpp"

namespace millbeck::runtime::cli {

using base::Code;
using base::Status;
using Json = nlohmann::json;

Importer::Importer(Terminal& terminal, const ImportFlags& flags, Client& client)
    : terminal_(terminal),
      flags_(flags),
      client_(client),
      sender_(client, flags.table,
              [this](std::uint64_t line, const std::string& why) { wrong(line, why); }),
      progress_(terminal, "items") {}

Status Importer::run() {
    std::optional<Format> format;
    if (!flags_.format.empty()) {
        MB_TRY(format, parse_format(flags_.format));
    }
    const auto planned = plan_import(*files_, flags_.from, format);
    if (!planned) {
        return base::fail(Code::Invalid, planned.error().message);
    }
    const ImportPlan& plan = *planned;
    MB_TRY_STATUS(prepare_table());
    for (const ImportFile& file : plan.files) {
        MB_TRY_STATUS(check_md5(*files_, file));
    }
    for (const ImportFile& file : plan.files) {
        file_ = &file;
        MB_TRY_STATUS(file.format == Format::Csv ? read_csv(file, plan) : read_lines(file, plan));
        MB_TRY_STATUS(sender_.flush());
        bytes_before_ += file.bytes;
    }
    progress_.wipe();
    return {};
}

Status Importer::prepare_table() {
    const std::string named = Json({{"TableName", flags_.table}}).dump();
    auto described = client_.dynamodb("DescribeTable", named);
    if (!described && described.error().code == Code::Internal && !flags_.create.empty()) {
        MB_TRY(const auto keys, parse_key_definition(flags_.create));
        MB_TRY(const auto made,
               client_.dynamodb("CreateTable", create_table_body(flags_.table, keys)));
        described = client_.dynamodb("DescribeTable", named);
    }
    if (!described) {
        return base::fail(described.error().code,
                          fmt::format("{}: {}", flags_.table, described.error().message));
    }
    keys_ = keys_of_description(*described);
    return {};
}

Status Importer::read_lines(const ImportFile& file, const ImportPlan& plan) {
    MB_TRY(auto source, open_source(*files_, file.path));
    LineReader lines(std::move(source));
    std::uint64_t items = 0;
    while (true) {
        const auto line = lines.next();
        if (!line) {
            return in_file(line.error());
        }
        if (!*line) {
            break;
        }
        if ((*line)->find_first_not_of(" \t") == std::string_view::npos) {
            continue;
        }
        ++items;
        MB_TRY_STATUS(sender_.add(**line, lines.number()));
        MB_TRY_STATUS(tell(lines.position(), plan));
    }
    if (file.items && *file.items != items) {
        return in_file(
            {Code::Corrupt, fmt::format("has {} items, its manifest says {}", items, *file.items)});
    }
    return {};
}

Status Importer::read_csv(const ImportFile& file, const ImportPlan& plan) {
    MB_TRY(auto source, open_source(*files_, file.path));
    CsvReader rows(std::move(source));
    std::vector<CsvCell> row;
    const auto head = rows.next(row);
    if (!head || !*head) {
        return head ? Status{} : in_file(head.error());
    }
    const auto columns = parse_csv_header(row, keys_);
    if (!columns) {
        return in_file(columns.error());
    }
    std::string item;
    while (true) {
        const auto more = rows.next(row);
        if (!more || !*more) {
            return more ? Status{} : in_file(more.error());
        }
        item.clear();
        if (const Status made = append_csv_item(item, *columns, row); !made) {
            wrong(rows.line(), made.error().message);
            continue;
        }
        MB_TRY_STATUS(sender_.add(item, rows.line()));
        MB_TRY_STATUS(tell(rows.position(), plan));
    }
}

Status Importer::tell(std::uint64_t position, const ImportPlan& plan) {
    constexpr std::uint64_t kEvery = 1'024;  // lines
    if (++lines_ % kEvery != 0) {
        return {};
    }
    std::optional<double> part;
    if (plan.bytes > 0) {
        part = static_cast<double>(bytes_before_ + position) / static_cast<double>(plan.bytes);
    }
    progress_.show(sender_.written(), part);
    return check_interrupted();
}

tl::unexpected<base::Error> Importer::in_file(base::Error error) const {
    return base::with_context(shown(), std::move(error));
}

std::string Importer::shown() const {
    return file_->path == "-" ? "standard input" : file_->path;
}

void Importer::wrong(std::uint64_t line, const std::string& why) {
    progress_.wipe();
    if (++wrong_ <= kWrongShownMax) {
        terminal_.err << fmt::format("millbeck: {} line {}: {}\n", shown(), line, why);
    }
}

}  // namespace millbeck::runtime::cli
