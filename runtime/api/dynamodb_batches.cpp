#include "runtime/api/dynamodb_batches.hpp"

#include <utility>

#include "runtime/api/capacity.hpp"
#include "runtime/api/collection_metrics.hpp"
#include "runtime/api/item_keys.hpp"
#include "runtime/api/projected_item.hpp"
#include "shardlog/item.hpp"

namespace millbeck::runtime {
namespace {

using base::Code;

constexpr std::size_t kAnswerBytesMax = 16U << 20U;  // of items; Source: API_BatchGetItem

// An item without its keys, or with keys of other types, is refused as a key would be.
base::Status check_put_keys(const capture::KeySchema& keys, const capture::Write& write) {
    const auto* put = std::get_if<capture::PutWrite>(&write);
    const auto fits = [put](const capture::KeyAttribute& key) {
        const auto* attribute = put->item.find(key.name);
        return attribute != nullptr && attribute->type == key.type;
    };
    if (put != nullptr && (!fits(keys.hash) || (keys.range && !fits(*keys.range)))) {
        return base::fail(Code::Invalid, "The provided key element does not match the schema");
    }
    return {};
}

// The service knows no two writes of one item in a batch.
base::Status check_writes(const capture::TableStore& store,
                          const std::vector<capture::Write>& writes) {
    TableKeys tables(store);
    SeenItems seen;
    for (const auto& write : writes) {
        MB_TRY(const capture::KeySchema* keys, tables.find(table_of(write)));
        MB_TRY_STATUS(check_put_keys(*keys, write));
        if (!seen.add(table_of(write), *keys, attributes_of(write))) {
            return base::fail(Code::Invalid, "Provided list of item keys contains duplicates");
        }
    }
    return {};
}

struct BatchNote {
    ReturnCapacity capacity = ReturnCapacity::None;
    std::vector<std::string> tables;  // by write; empty when capacity is None
    std::string metrics;              // the member as it is, or ""
};

BatchNote make_note(const capture::TableStore& store, const BatchWriteItemRequest& request) {
    BatchNote note{request.capacity,
                   {},
                   collections_member(store, request.metrics, request.writes, request.given)};
    if (request.capacity != ReturnCapacity::None) {
        for (const auto& write : request.writes) {
            note.tables.push_back(request.given.shown(table_of(write)));
        }
    }
    return note;
}

std::string write_answer(const std::vector<capture::WriteResult>& results, const BatchNote& note) {
    std::string body = R"({"UnprocessedItems":{})";
    UnitsByTable units;
    for (std::size_t i = 0; i < note.tables.size(); ++i) {
        units[note.tables[i]] += write_units(results[i]);
    }
    if (!note.metrics.empty()) {
        body.append(",").append(note.metrics);
    }
    append_capacities(body, note.capacity, units);
    return body += '}';
}

// BatchGetItem's answer while it grows.
struct Found {
    std::string responses = "{";
    std::string unprocessed = "{";
    UnitsByTable units;
    std::size_t bytes = 0;
};

void append_unprocessed(std::string& out, const BatchGetItemRequest::Table& table,
                        std::size_t from) {
    out.append(out.back() == '{' ? "" : ",");
    shardlog::append_json_string(out, table.given);
    out += R"(:{"Keys":[)";
    for (std::size_t i = from; i < table.keys.size(); ++i) {
        out.append(i == from ? "" : ",").append(table.keys[i].text());
    }
    out.append("]").append(table.repeated).append("}");
}

base::Status read_table(const capture::TableStore& store, const BatchGetItemRequest::Table& table,
                        Found& found) {
    MB_TRY_STATUS(check_projection(store, table.name, table.projection));
    std::string& out = found.responses;
    out.append(out.back() == '{' ? "" : ",");
    shardlog::append_json_string(out, table.given);
    out += ":[";
    const auto consistency = table.consistent ? Consistency::Strong : Consistency::Eventual;
    for (std::size_t i = 0; i < table.keys.size(); ++i) {
        MB_TRY(const auto item, store.get_item(table.name, table.keys[i]));
        if (found.bytes + item.text.size() > kAnswerBytesMax) {
            append_unprocessed(found.unprocessed, table, i);
            found.bytes = kAnswerBytesMax;  // full: of the tables behind this one nothing is read
            break;
        }
        if (item.present()) {
            out.append(out.back() == '[' ? "" : ",");
            append_item(out, item, table.projection);
            found.bytes += item.text.size();
        }
        found.units[table.given].table += read_units(item.size_bytes, consistency);
    }
    out += ']';
    return {};
}

}  // namespace

void BatchRoutes::handle(BatchWriteItemRequest request, Reply reply) {
    if (auto checked = check_writes(context_.store, request.writes); !checked) {
        return reply.fail(checked.error());
    }
    auto note = make_note(context_.store, request);
    std::vector<capture::Commit> commits(request.writes.size());
    for (std::size_t i = 0; i < commits.size(); ++i) {
        set_report(request.writes[i], request.capacity);
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
        if (auto read = read_table(context_.store, table, found); !read) {
            return reply.fail(read.error());
        }
    }
    std::string body = R"({"Responses":)";
    body.append(found.responses).append(R"(},"UnprocessedKeys":)").append(found.unprocessed);
    body += '}';
    append_capacities(body, request.capacity, found.units);
    reply.send(body += '}');
}

}  // namespace millbeck::runtime
