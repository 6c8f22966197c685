#include "runtime/node_tables.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "runtime/config/nearest.hpp"

namespace millbeck::runtime {

using base::Code;
using base::Status;
using capture::KeySchema;
using capture::TableDescription;

namespace {

constexpr std::size_t kSuggestionsMax = 1000;

std::string keys_text(const KeySchema& keys) {
    std::string text = fmt::format("{{hash: {} {}", keys.hash.name, to_string(keys.hash.type));
    if (keys.range) {
        text += fmt::format(", range: {} {}", keys.range->name, to_string(keys.range->type));
    }
    return text + "}";
}

std::string stream_text(const std::optional<shardlog::StreamViewType>& stream) {
    return stream ? std::string(to_string(*stream)) : "off";
}

tl::unexpected<base::Error> at_table(const TableConfig& table, std::string_view what) {
    return base::fail(Code::Invalid, fmt::format("{}: table \"{}\" {}", table.place,
                                                 table.spec.name.value(), what));
}

// A trigger or a sink, as far as its table is concerned.
struct Reader {
    std::string what;  // "millbeck.yaml:3: trigger "a""
    shardlog::TableName table;
    bool needs_images = false;
};

std::vector<Reader> readers_of(const Config& config) {
    std::vector<Reader> readers;
    for (const TriggerConfig& trigger : config.triggers) {
        readers.push_back({fmt::format("{}: trigger \"{}\"", trigger.place, trigger.spec.name),
                           trigger.spec.table, false});
    }
    for (const SinkConfig& sink : config.sinks) {
        readers.push_back(
            {fmt::format("{}: sink \"{}\"", sink.place, sink.spec.name), sink.spec.table, true});
    }
    return readers;
}

tl::unexpected<base::Error> unknown_table(const Reader& reader,
                                          const std::vector<std::string>& known) {
    const std::string& name = reader.table.value();
    return base::fail(Code::Invalid, fmt::format("{}: table \"{}\" is neither under \"tables\" "
                                                 "nor in the data folder{}",
                                                 reader.what, name, did_you_mean(name, known)));
}

// Indexes of the file are there and alike; others may be there as well. Capacity is the service's.
Status check_indexes_there(const TableConfig& table, const TableDescription& existing) {
    for (capture::IndexSpec wanted : table.spec.indexes) {
        const auto same_name = [&](const auto& index) { return index.spec.name == wanted.name; };
        const auto found = std::ranges::find_if(existing.indexes, same_name);
        if (found == existing.indexes.end()) {
            return at_table(table, fmt::format("exists without the index \"{}\"; make it with "
                                               "UpdateTable, or take it out of the file",
                                               wanted.name));
        }
        wanted.throughput = found->spec.throughput;
        wanted.maximum = found->spec.maximum;
        wanted.warm = found->spec.warm;
        if (!(wanted == found->spec)) {
            return at_table(
                table, fmt::format("exists with another index \"{}\"; change the file, or delete "
                                   "the index with UpdateTable and make it again",
                                   wanted.name));
        }
    }
    return {};
}

Status reconcile(capture::TableStore& store, const TableConfig& table,
                 const TableDescription& existing) {
    if (!(existing.spec.keys == table.spec.keys)) {
        return at_table(table,
                        fmt::format("exists with the keys {}, not {}; give it another name "
                                    "or delete the existing one",
                                    keys_text(existing.spec.keys), keys_text(table.spec.keys)));
    }
    MB_TRY_STATUS(check_indexes_there(table, existing));
    if (existing.spec.stream == table.spec.stream) {
        return {};
    }
    if (existing.spec.stream.has_value()) {
        return at_table(
            table, fmt::format("exists with the stream setting {}, not {}; change the "
                               "file or switch the table's stream off with UpdateTable",
                               stream_text(existing.spec.stream), stream_text(table.spec.stream)));
    }
    capture::TableUpdate update;
    update.name = table.spec.name;
    update.stream = table.spec.stream;
    if (auto updated = store.update_table(update); !updated) {
        return base::with_context(table.place, std::move(updated).error());
    }
    return {};
}

}  // namespace

Status ensure_tables(capture::TableStore& store, const Config& config) {
    for (const TableConfig& table : config.tables) {
        const auto existing = store.describe_table(table.spec.name);
        if (existing) {
            MB_TRY_STATUS(reconcile(store, table, *existing));
        } else if (existing.error().code != Code::NotFound) {
            return base::with_context(table.place, existing.error());
        } else if (auto made = store.create_table(table.spec); !made) {
            return base::with_context(table.place, std::move(made).error());
        }
    }
    return {};
}

Status check_trigger_tables_configured(const Config& config) {
    std::vector<std::string> known;
    for (const TableConfig& table : config.tables) {
        known.push_back(table.spec.name.value());
    }
    for (const Reader& reader : readers_of(config)) {
        if (std::find(known.begin(), known.end(), reader.table.value()) == known.end()) {
            return unknown_table(reader, known);
        }
    }
    return {};
}

Status check_trigger_tables(const capture::TableStore& store, const Config& config) {
    for (const Reader& reader : readers_of(config)) {
        const auto table = store.describe_table(reader.table);
        if (!table) {
            std::vector<std::string> known;
            for (const auto& each : store.list_tables("", kSuggestionsMax)) {
                known.push_back(each.value());
            }
            return unknown_table(reader, known);
        }
        const auto& stream = table->spec.stream;
        if (!stream.has_value()) {
            return base::fail(
                Code::Invalid,
                fmt::format("{}: table \"{}\" has no stream; switch it on with UpdateTable, or "
                            "list the table under \"tables\"",
                            reader.what, reader.table.value()));
        }
        if (reader.needs_images && (*stream == shardlog::StreamViewType::KeysOnly ||
                                    *stream == shardlog::StreamViewType::OldImage)) {
            return base::fail(Code::Invalid,
                              fmt::format("{}: a copy needs new images, and the stream of table "
                                          "\"{}\" is {}",
                                          reader.what, reader.table.value(), to_string(*stream)));
        }
    }
    return {};
}

}  // namespace millbeck::runtime
