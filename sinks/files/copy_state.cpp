#include "sinks/files/copy_state.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "sinks/files/sealed_lines.hpp"
#include "sinks/row.hpp"

namespace millbeck::sinks {

namespace {

using nlohmann::json;

std::string json_text_of(std::string_view text) {
    std::string out;
    append_json_text(out, text);
    return out;
}

std::string spans_text(const std::map<std::string, SequenceSpan>& shards) {
    std::string out = "{";
    for (const auto& [shard, span] : shards) {
        out += out.size() > 1 ? "," : "";
        out += fmt::format(R"({}:{{"first":{},"last":{}}})", json_text_of(shard),
                           json_text_of(span.first), json_text_of(span.last));
    }
    return out + "}";
}

OpenPart read_part(const json& each) {
    OpenPart part;
    part.partition = each.value("partition", "");
    part.bytes = each.value("bytes", std::uint64_t{0});
    part.text_bytes = each.value("text_bytes", std::uint64_t{0});
    part.records = each.value("records", std::uint64_t{0});
    part.since = each.value("since", std::int64_t{0});
    const json shards = each.value("shards", json::object());
    for (const auto& [shard, span] : shards.items()) {
        part.shards[shard] = {.first = span.value("first", ""), .last = span.value("last", "")};
    }
    return part;
}

CopyState read_line(const std::string& line) {
    // Its checksum was right: it is what we wrote.
    const json change = json::parse(line, nullptr, false);
    CopyState state;
    const json parts = change.value("parts", json::array());
    for (const json& each : parts) {
        state.open[each.value("number", PartNumber{0})] = read_part(each);
    }
    const json positions = change.value("positions", json::object());
    for (const auto& [shard, position] : positions.items()) {
        state.positions[shard] = position.get<std::string>();
    }
    state.last_sequence = change.value("last_sequence", "0");
    return state;
}

}  // namespace

bool is_newer(std::string_view sequence, std::string_view than) {
    const auto digits = [](std::string_view text) {
        text.remove_prefix(std::min(text.find_first_not_of('0'), text.size()));
        return text;
    };
    const std::string_view a = digits(sequence);
    const std::string_view b = digits(than);
    return a.size() != b.size() ? a.size() > b.size() : a > b;
}

void CopyState::merge(const CopyState& newer) {
    for (const auto& [number, part] : newer.open) {
        OpenPart& mine = open[number];
        std::map<std::string, SequenceSpan> shards = std::move(mine.shards);
        for (const auto& [shard, span] : part.shards) {
            shards.try_emplace(shard, span).first->second.last = span.last;
        }
        mine = part;
        mine.shards = std::move(shards);
    }
    for (const auto& [shard, position] : newer.positions) {
        positions[shard] = position;
    }
    if (is_newer(newer.last_sequence, last_sequence)) {
        last_sequence = newer.last_sequence;
    }
}

std::string journal_line(const CopyState& change) {
    std::string out = R"({"parts":[)";
    for (const auto& [number, part] : change.open) {
        out += out.back() == '[' ? "" : ",";
        out += fmt::format(
            R"({{"number":{},"partition":{},"bytes":{},"text_bytes":{},"records":{},"since":{},)"
            R"("shards":{}}})",
            number, json_text_of(part.partition), part.bytes, part.text_bytes, part.records,
            part.since, spans_text(part.shards));
    }
    out += R"(],"positions":{)";
    for (const auto& [shard, position] : change.positions) {
        out += out.back() == '{' ? "" : ",";
        out += json_text_of(shard) + ":" + json_text_of(position);
    }
    out += fmt::format(R"(}},"last_sequence":{})", json_text_of(change.last_sequence));
    return seal(std::move(out));
}

base::Result<CopyState> read_journal(std::string_view text) {
    MB_TRY(const SealedLines sealed, read_sealed(text));
    CopyState state;
    for (const std::string& line : sealed.lines) {
        state.merge(read_line(line));
    }
    return state;
}

std::string manifest_line(const CompleteFile& file, const OpenPart& part) {
    return seal(fmt::format(
        R"({{"file":{},"number":{},"records":{},"bytes":{},"text_bytes":{},"shards":{})",
        json_text_of(file.file), file.number, file.records, file.bytes, part.text_bytes,
        spans_text(part.shards)));
}

base::Result<Manifest> read_manifest(std::string_view text) {
    MB_TRY(const SealedLines sealed, read_sealed(text));
    Manifest manifest;
    for (const std::string& line : sealed.lines) {
        const json entry = json::parse(line, nullptr, false);
        add(manifest,
            {.number = entry.value("number", PartNumber{0}),
             .file = entry.value("file", ""),
             .bytes = entry.value("bytes", std::uint64_t{0}),
             .records = entry.value("records", std::uint64_t{0})},
            line + "\n");
    }
    return manifest;
}

void add(Manifest& manifest, CompleteFile file, std::string_view line) {
    manifest.files[file.number] = std::move(file);
    manifest.text += line;
}

}  // namespace millbeck::sinks
