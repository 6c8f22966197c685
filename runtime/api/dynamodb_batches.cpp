#include "runtime/api/dynamodb_batches.hpp"

#include <map>
#include <set>
#include <utility>

#include "runtime/api/capacity.hpp"
#include "runtime/api/json_writer.hpp"
#include "shardlog/item.hpp"

namespace millbeck::runtime {
namespace {

using base::Code;

constexpr std::size_t kAnswerBytesMax = 16U << 20U;  // of items; Source: API_BatchGetItem

const shardlog::TableName& table_of(const capture::Write& write) {
    return std::visit([](const auto& w) -> const shardlog::TableName& { return w.table; }, write);
}

const shardlog::Item& attributes_of(const capture::Write& write) {
    if (const auto* put = std::get_if<capture::PutWrite>(&write)) {
        return put->item;
    }
    return std::get<capture::DeleteWrite>(write).key;
}

// The table's key attributes of an item in canonical text, so that 1000 equals 1e3; nothing when
// one is missing (the store says so, in the service's words).
std::optional<std::string> key_text(const capture::KeySchema& keys, const shardlog::Item& item) {
    const auto* hash = item.find(keys.hash.name);
    const auto* range = keys.range ? item.find(keys.range->name) : nullptr;
    if (hash == nullptr || (keys.range && range == nullptr)) {
        return std::nullopt;
    }
    std::string text(item.value_text(*hash));
    if (range != nullptr) {
        text.append(item.value_text(*range));
    }
    return text;
}

// The service knows no two writes of one item in a batch.
base::Status check_duplicates(const capture::TableStore& store,
                              const std::vector<capture::Write>& writes) {
    std::map<std::string_view, capture::KeySchema> schemas;
    std::set<std::pair<std::string_view, std::string>> seen;
    for (const auto& write : writes) {
        const std::string_view table = table_of(write).value();
        auto schema = schemas.find(table);
        if (schema == schemas.end()) {
            auto described = store.describe_table(table_of(write));
            if (!described) {
                return described.error().code == Code::NotFound
                           ? base::fail(Code::NotFound, "Requested resource not found")
                           : tl::unexpected(described.error());
            }
            schema = schemas.emplace(table, described->spec.keys).first;
        }
        auto key = key_text(schema->second, attributes_of(write));
        if (key && !seen.emplace(table, std::move(*key)).second) {
            return base::fail(Code::Invalid, "Provided list of item keys contains duplicates");
        }
    }
    return {};
}

// Units by table, in the order of their names.
using Units = std::map<std::string, double>;

void append_capacity(std::string& body, ReturnCapacity kind, const Units& units) {
    if (kind == ReturnCapacity::None) {
        return;
    }
    body += R"(,"ConsumedCapacity":[)";
    const char* comma = "";
    for (const auto& [table, spent] : units) {
        body.append(comma).append(capacity_json(kind, table, spent));
        comma = ",";
    }
    body += ']';
}

struct BatchNote {
    ReturnCapacity capacity = ReturnCapacity::None;
    std::vector<std::pair<std::string, std::uint32_t>> writes;  // table, new size
};

BatchNote make_note(const BatchWriteItemRequest& request) {
    BatchNote note{request.capacity, {}};
    if (request.capacity != ReturnCapacity::None) {
        for (const auto& write : request.writes) {
            const bool put = std::holds_alternative<capture::PutWrite>(write);
            note.writes.emplace_back(table_of(write).value(),
                                     put ? attributes_of(write).size_bytes() : 0);
        }
    }
    return note;
}

std::string write_answer(const std::vector<capture::WriteResult>& results, const BatchNote& note) {
    std::string body = R"({"UnprocessedItems":{})";
    Units units;
    for (std::size_t i = 0; i < note.writes.size(); ++i) {
        const auto& [table, new_size_bytes] = note.writes[i];
        units[table] += write_units(results[i].old_size_bytes, new_size_bytes);
    }
    append_capacity(body, note.capacity, units);
    return body += '}';
}

// BatchGetItem's answer while it grows.
struct Found {
    std::string responses = "{";
    std::string unprocessed = "{";
    Units units;
    std::size_t bytes = 0;
};

void append_unprocessed(std::string& out, const BatchGetItemRequest::Table& table,
                        std::size_t from) {
    out.append(out.back() == '{' ? "" : ",");
    shardlog::append_json_string(out, table.name.value());
    out += R"(:{"Keys":[)";
    for (std::size_t i = from; i < table.keys.size(); ++i) {
        out.append(i == from ? "" : ",").append(table.keys[i].text());
    }
    out.append("]").append(table.consistent ? R"(,"ConsistentRead":true})" : "}");
}

base::Status read_table(const capture::TableStore& store, const BatchGetItemRequest::Table& table,
                        ReturnCapacity capacity, Found& found) {
    std::string& out = found.responses;
    out.append(out.back() == '{' ? "" : ",");
    shardlog::append_json_string(out, table.name.value());
    out += ":[";
    const auto consistency = table.consistent ? Consistency::Strong : Consistency::Eventual;
    for (std::size_t i = 0; i < table.keys.size(); ++i) {
        if (found.bytes >= kAnswerBytesMax) {
            append_unprocessed(found.unprocessed, table, i);
            break;
        }
        MB_TRY(const auto item, store.get_item(table.name, table.keys[i]));
        std::uint32_t size_bytes = 0;
        if (item) {
            out.append(out.back() == '[' ? "" : ",").append(*item);
            found.bytes += item->size();
        }
        if (item && capacity != ReturnCapacity::None) {
            MB_TRY(const auto parsed, shardlog::parse_item(*item));
            size_bytes = parsed.size_bytes();
        }
        found.units[table.name.value()] += read_units(size_bytes, consistency);
    }
    out += ']';
    return {};
}

}  // namespace

void BatchRoutes::handle(BatchWriteItemRequest request, Reply reply) {
    if (auto checked = check_duplicates(context_.store, request.writes); !checked) {
        return reply.fail(checked.error());
    }
    auto note = make_note(request);
    std::vector<capture::Commit> commits(request.writes.size());
    for (std::size_t i = 0; i < commits.size(); ++i) {
        commits[i].push_back(std::move(request.writes[i]));  // each is atomic by itself only
    }
    context_.store.submit(std::move(commits),
                          [note = std::move(note), reply = std::move(reply)](
                              base::Result<std::vector<capture::WriteResult>> results) mutable {
                              if (!results) {
                                  return reply.fail(results.error());
                              }
                              reply.send(write_answer(*results, note));
                          });
}

void BatchRoutes::handle(const BatchGetItemRequest& request, Reply reply) {
    Found found;
    for (const auto& table : request.tables) {
        if (auto read = read_table(context_.store, table, request.capacity, found); !read) {
            return reply.fail(read.error());
        }
    }
    std::string body = R"({"Responses":)";
    body.append(found.responses).append(R"(},"UnprocessedKeys":)").append(found.unprocessed);
    body += '}';
    append_capacity(body, request.capacity, found.units);
    reply.send(body += '}');
}

}  // namespace millbeck::runtime
