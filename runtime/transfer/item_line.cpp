#include "runtime/transfer/item_line.hpp"

#include <utility>

#include <fmt/format.h>

#include "shardlog/item_parser.hpp"

namespace millbeck::runtime {
namespace {

namespace dom = simdjson::dom;
using base::Code;
using base::Result;

enum class Form { Plain, Full, Change };

Form form_of(const dom::object& line, const capture::KeySchema& keys) {
    bool has_item = false;
    bool has_keys = false;
    for (const auto field : line) {
        if (keys.has(field.key)) {
            return Form::Plain;
        }
        has_item = has_item || field.key == "Item";
        has_keys = has_keys || field.key == "Keys";
    }
    return has_keys ? Form::Change : has_item ? Form::Full : Form::Plain;
}

Result<shardlog::Item> parse_member(const dom::object& line, std::string_view name) {
    dom::element value;
    if (line[name].get(value) != simdjson::SUCCESS || !value.is_object()) {
        return base::fail(Code::Invalid, fmt::format("\"{}\" must be an object", name));
    }
    return shardlog::parse_item(value);
}

}  // namespace

Result<capture::Write> parse_item_line(std::string_view line, const shardlog::TableName& table,
                                       const capture::KeySchema& keys) {
    thread_local dom::parser parser;
    dom::element parsed;
    dom::object object;
    if (const auto error = parser.parse(line.data(), line.size()).get(parsed)) {
        return base::fail(Code::Malformed,
                          fmt::format("this is no JSON ({})", simdjson::error_message(error)));
    }
    if (parsed.get(object) != simdjson::SUCCESS) {
        return base::fail(Code::Malformed, "a line must be a JSON object");
    }
    const Form form = form_of(object, keys);
    if (form == Form::Plain) {
        MB_TRY(auto item, shardlog::parse_item(parsed));
        return capture::PutWrite{.table = table, .item = std::move(item)};
    }
    const bool deletes =
        form == Form::Change && object["NewImage"].error() == simdjson::NO_SUCH_FIELD;
    MB_TRY(auto item, parse_member(object, form == Form::Full ? "Item"
                                           : deletes          ? "Keys"
                                                              : "NewImage"));
    if (deletes) {
        return capture::DeleteWrite{.table = table, .key = std::move(item)};
    }
    return capture::PutWrite{.table = table, .item = std::move(item)};
}

}  // namespace millbeck::runtime
