#include "sinks/files/line_format.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <simdjson.h>

namespace millbeck::sinks {

namespace {

using base::Code;
using Format = FilesOptions::Format;
using Lines = FilesOptions::Lines;
using NewAttributes = FilesOptions::NewAttributes;

constexpr std::size_t kCellsOfOurs = 5;
constexpr std::string_view kRemove = "REMOVE";

// Source: RFC 4180, section 2, rules 5 to 7.
void append_cell(std::string& out, std::string_view text) {
    const bool is_bare = !text.empty() && text.find_first_of("\",\r\n") == std::string_view::npos;
    if (is_bare) {
        out += text;
        return;
    }
    out += '"';
    for (const char c : text) {
        out += c;
        if (c == '"') {
            out += c;
        }
    }
    out += '"';
}

// Reads the cell at the front of `text` and takes it and its comma away.
std::string take_cell(std::string_view& text) {
    std::string cell;
    bool is_quoted = false;
    std::size_t at = 0;
    for (; at < text.size() && (is_quoted || text[at] != ','); ++at) {
        if (text[at] != '"') {
            cell += text[at];
        } else if (is_quoted && at + 1 < text.size() && text[at + 1] == '"') {
            cell += text[++at];
        } else {
            is_quoted = !is_quoted;
        }
    }
    text.remove_prefix(std::min(at + 1, text.size()));
    return cell;
}

std::string_view trimmed(std::string_view text) {
    const std::size_t last = text.find_last_not_of(" \t\r\n");
    return text.substr(0, last == std::string_view::npos ? 0 : last + 1);
}

using Object = simdjson::ondemand::document;

LineFormat::Line read_record(Object& record) {
    LineFormat::Line line;
    line.is_removal = record["eventName"].get_string().value() == kRemove;
    simdjson::ondemand::object change = record["dynamodb"].get_object();
    line.key = trimmed(change["Keys"].get_object().value().raw_json().value());
    line.sequence = change["SequenceNumber"].get_string().value();
    if (!line.is_removal) {
        auto image = change["NewImage"].get_object();
        line.content = image.error() == simdjson::SUCCESS
                           ? std::string(trimmed(image.value().raw_json().value()))
                           : line.key;
    }
    return line;
}

LineFormat::Line read_row(Object& row, std::string_view text, const char* start) {
    LineFormat::Line line;
    line.key = trimmed(row["_key"].get_object().value().raw_json().value());
    line.is_removal = row["_event"].get_string().value() == kRemove;
    line.sequence = row["_sequence"].get_string().value();
    const std::string_view time = trimmed(row["_time"].raw_json_token().value());
    const auto end = static_cast<std::size_t>(time.data() + time.size() - start);
    line.content = text.substr(std::min(end, text.size()));
    return line;
}

}  // namespace

LineFormat::LineFormat(const FilesOptions& options)
    : format_(options.format),
      lines_(options.format == Format::Csv ? Lines::Rows : options.lines),
      new_attributes_(options.new_attributes),
      mapping_(options.mapping),
      columns_(options.columns) {
    if (columns_.empty()) {
        for (const std::string& path : mapping_.include) {
            const auto renamed = mapping_.rename.find(path);
            std::string name = renamed == mapping_.rename.end() ? path : renamed->second;
            // A path into maps is named as the row's maker names it.
            const std::string joint = mapping_.flatten.empty() ? "." : mapping_.flatten;
            for (std::size_t dot = name.find('.');
                 renamed == mapping_.rename.end() && dot != std::string::npos;
                 dot = name.find('.', dot + joint.size())) {
                name.replace(dot, 1, joint);
            }
            columns_.push_back(std::move(name));
        }
    }
}

std::string LineFormat::header() const {
    if (format_ != Format::Csv) {
        return {};
    }
    std::string out = "_key,_event,_sequence,_shard,_time";
    for (const std::string& column : columns_) {
        out += ',';
        append_cell(out, column);
    }
    out += new_attributes_ == NewAttributes::Rest ? ",_rest\r\n" : "\r\n";
    return out;
}

base::Status LineFormat::append(std::string& out, const Message& message,
                                std::string_view shard) const {
    if (lines_ == Lines::Rows) {
        return append_row(out, message, shard);
    }
    out += message.record;
    out += '\n';
    return {};
}

base::Status LineFormat::append_row(std::string& out, const Message& message,
                                    std::string_view shard) const {
    if (format_ == Format::Csv) {
        MB_TRY(const Row row, row_of(message, mapping_));
        append_cell(out, message.key);
        fmt::format_to(std::back_inserter(out), ",{},{},{},{}", to_string(message.event),
                       message.id, shard, message.milliseconds);
        MB_TRY_STATUS(append_cells(out, row));
        out += "\r\n";
        return {};
    }
    MB_TRY_STATUS(append_flat_row(out, message, shard, mapping_));
    out += '\n';
    return {};
}

base::Status LineFormat::append_cells(std::string& out, const Row& row) const {
    for (const std::string& column : columns_) {
        out += ',';
        const auto found = std::find_if(row.begin(), row.end(),
                                        [&](const Field& field) { return field.name == column; });
        if (found != row.end() && found->value.kind != Value::Kind::Null) {
            append_cell(out, found->value.text);
        }
    }
    if (new_attributes_ == NewAttributes::Drop) {
        return {};
    }
    Row rest;
    for (const Field& field : row) {
        if (std::find(columns_.begin(), columns_.end(), field.name) == columns_.end()) {
            rest.push_back(field);
        }
    }
    if (new_attributes_ == NewAttributes::Refuse) {
        return rest.empty()
                   ? base::Status{}
                   : base::fail(Code::Invalid,
                                fmt::format("the attribute \"{}\" has no column in the CSV files",
                                            rest[0].name));
    }
    out += ',';
    if (!rest.empty()) {
        append_cell(out, json_of(rest));
    }
    return {};
}

std::string LineFormat::removal(std::string_view key, std::string_view sequence) const {
    if (lines_ == Lines::Rows) {
        std::string out;
        const Message message{.id = sequence, .key = key, .record = "", .event = Event::Remove};
        // A removal has no values that could be wrong.
        static_cast<void>(append_row(out, message, ""));
        return out;
    }
    return fmt::format(
        R"({{"eventName":"REMOVE","eventSource":"millbeck:repair","dynamodb":{{"Keys":{},)"
        R"("SequenceNumber":"{}"}}}})"
        "\n",
        key, sequence);
}

std::size_t LineFormat::line_end(std::string_view text) const {
    if (format_ != Format::Csv) {
        const std::size_t end = text.find('\n');
        return end == std::string_view::npos ? end : end + 1;
    }
    bool is_quoted = false;
    for (std::size_t at = 0; at < text.size(); ++at) {
        is_quoted = is_quoted != (text[at] == '"');
        if (text[at] == '\n' && !is_quoted) {
            return at + 1;
        }
    }
    return std::string_view::npos;
}

base::Result<LineFormat::Line> LineFormat::read(std::string_view line) const {
    if (format_ == Format::Csv) {
        Line found;
        std::array<std::string, kCellsOfOurs> cells;
        for (std::string& cell : cells) {
            cell = take_cell(line);
        }
        found.key = std::move(cells[0]);
        found.is_removal = cells[1] == kRemove;
        found.sequence = std::move(cells[2]);
        found.content = trimmed(line);
        return found;
    }
    thread_local simdjson::ondemand::parser parser;
    try {
        const simdjson::padded_string padded(line);
        Object object = parser.iterate(padded);
        return lines_ == Lines::Rows ? read_row(object, line, padded.data()) : read_record(object);
    } catch (const simdjson::simdjson_error& error) {
        return base::fail(Code::Corrupt, fmt::format("a line is not ours: {}", error.what()));
    }
}

}  // namespace millbeck::sinks
