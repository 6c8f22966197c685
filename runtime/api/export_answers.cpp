#include "runtime/api/export_answers.hpp"

#include <limits>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "runtime/past_position.hpp"
#include "shardlog/base64.hpp"

namespace millbeck::runtime {
namespace {

using base::Code;
using base::Result;
using Json = nlohmann::ordered_json;

constexpr std::uint64_t kPageBytes = 1U << 20U;
constexpr std::uint64_t kPageBytesMax = 8U << 20U;
constexpr std::size_t kPageRowsMax = 20'000;

Result<Json> parse_body(const std::string& text) {
    Json body = Json::parse(text, nullptr, false);
    if (body.is_discarded() || !body.is_object()) {
        return base::fail(Code::Invalid, "the body must be a JSON object");
    }
    return body;
}

Json keys_json(const capture::KeySchema& keys) {
    Json list = Json::array();
    for (const capture::KeyAttribute& key : keys.attributes()) {
        list.push_back({{"name", key.name}, {"type", shardlog::to_string(key.type)}});
    }
    return list;
}

Result<std::shared_ptr<const shardlog::TableImage>> past_image(const ApiContext& context,
                                                               const shardlog::TableName& table,
                                                               const Json& moment) {
    if (!moment.is_string()) {
        return base::fail(Code::Invalid, "\"as_of\" must be a text");
    }
    MB_TRY(const auto as_of, position_through(moment.get<std::string>(), context.log.history(),
                                              context.clock.wall()));
    return context.store.image_as_of(table, as_of);
}

Result<std::string> open_export(const Json& body, const ApiContext& context, ImageShelf& shelf) {
    if (!body.contains("table") || !body["table"].is_string()) {
        return base::fail(Code::Invalid, "\"table\" must be a text");
    }
    MB_TRY(const auto name, existing_table(context, body["table"].get<std::string>()));
    MB_TRY(const auto table, context.store.describe_table(name));
    const bool past = body.contains("as_of");
    MB_TRY(auto image, past ? past_image(context, name, body["as_of"]) : context.store.image(name));
    const auto as_of = image->as_of();
    MB_TRY(const std::uint64_t number, shelf.put(std::move(image)));
    return Json({{"export", number},
                 {"as_of", as_of.to_string()},
                 {"items", past ? Json() : Json(table.item_count)},
                 {"table_id", table.uuid},
                 {"table_arn", shardlog::table_arn(context.identity, name)},
                 {"keys", keys_json(table.spec.keys)}})
               .dump() +
           "\n";
}

Result<std::string> rows(const Target& query, ImageShelf& shelf) {
    constexpr std::uint64_t kNumberMax = std::numeric_limits<std::int64_t>::max();
    MB_TRY(const auto number, query.number("export", 0, kNumberMax));
    MB_TRY(const auto bytes, query.number("bytes", kPageBytes, kPageBytesMax));
    std::string from;
    if (!shardlog::append_base64url_decoded(from, query.text("from", ""))) {
        return base::fail(Code::Invalid, "\"from\" is no place of an earlier page");
    }
    MB_TRY(const auto image, shelf.find(number));
    MB_TRY(const auto page, image->read({.first_hash = 0,
                                         .last_hash = std::numeric_limits<std::uint64_t>::max(),
                                         .from = from,
                                         .begin = shardlog::ImageRange::Begin::Behind,
                                         .rows_max = kPageRowsMax,
                                         .bytes_max = bytes}));
    std::string next = "null";
    if (!page.is_last && !page.rows.empty()) {
        next = "\"";
        shardlog::append_base64url(next, page.rows.back().row_key);
        next += '"';
    }
    std::string answer = fmt::format("{{\"rows\":{},\"next\":{}}}\n", page.rows.size(), next);
    for (const shardlog::ImageRow& row : page.rows) {
        answer.append(row.item.text).append("\n");
    }
    return answer;
}

Result<std::string> close_export(const Json& body, ImageShelf& shelf) {
    if (!body.contains("export") || !body["export"].is_number_unsigned()) {
        return base::fail(Code::Invalid, "\"export\" must be a number");
    }
    shelf.drop(body["export"].get<std::uint64_t>());
    return "{}\n";
}

}  // namespace

Result<shardlog::TableName> existing_table(const ApiContext& context, std::string_view name) {
    const shardlog::TableName table{std::string(name)};
    const bool hidden = name == capture::kTokenTable;
    if (auto keys = context.store.keys_of(table); hidden || !keys) {
        return base::fail(Code::NotFound, fmt::format("there is no table \"{}\"", name));
    }
    return table;
}

Result<std::string> answer_export(const std::string& route, const Target& query,
                                  const std::string& body, const ApiContext& context,
                                  ImageShelf& shelf) {
    if (route == "GET export/rows") {
        return rows(query, shelf);
    }
    if (route == "POST export/open") {
        MB_TRY(const Json asked, parse_body(body));
        return open_export(asked, context, shelf);
    }
    if (route == "POST export/close") {
        MB_TRY(const Json asked, parse_body(body));
        return close_export(asked, shelf);
    }
    return base::fail(Code::NotFound, fmt::format("there is no {}", route));
}

}  // namespace millbeck::runtime
