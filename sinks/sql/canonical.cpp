#include "sinks/sql/canonical.hpp"

#include <utility>

#include <fmt/format.h>
#include <simdjson.h>

namespace millbeck::sinks::sql {
namespace {

namespace ondemand = simdjson::ondemand;

constexpr unsigned char kFirstPrintable = 0x20;
// What has a short escape, and the letter of it.
constexpr std::string_view kEscaped = "\"\\\b\f\n\r\t";
constexpr std::string_view kEscapeLetters = "\"\\bfnrt";

// As the canonical text of keys has it.
void append_canonical_string(std::string& out, std::string_view text) {
    out += '"';
    for (const char c : text) {
        if (const std::size_t at = kEscaped.find(c); at != std::string_view::npos) {
            out += '\\';
            out += kEscapeLetters[at];
        } else if (static_cast<unsigned char>(c) < kFirstPrintable) {
            fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned>(c));
        } else {
            out += c;
        }
    }
    out += '"';
}

using Members = std::map<std::string, std::string>;  // by name, canonical values

std::string join_members(const Members& members) {
    std::string text = "{";
    for (const auto& [name, value] : members) {
        text += text.size() == 1 ? "" : ",";
        append_canonical_string(text, name);
        text += ':';
        text += value;
    }
    return text + "}";
}

std::string canonical_value(ondemand::value value);

Members members_of(ondemand::object object) {
    Members members;
    for (auto field : object) {
        std::string name(field.unescaped_key().value());
        members.emplace(std::move(name), canonical_value(field.value()));
    }
    return members;
}

std::string canonical_value(ondemand::value value) {
    switch (value.type()) {
        case ondemand::json_type::object:
            return join_members(members_of(value.get_object()));
        case ondemand::json_type::array: {
            std::string text = "[";
            for (auto each : value.get_array()) {
                text += text.size() == 1 ? "" : ",";
                text += canonical_value(each.value());
            }
            return text + "]";
        }
        case ondemand::json_type::string: {
            std::string text;
            append_canonical_string(text, value.get_string().value());
            return text;
        }
        default: {
            std::string_view token = value.raw_json_token();
            token = token.substr(0, token.find_last_not_of(" \t\r\n") + 1);
            return std::string(token);
        }
    }
}

// Requires: `json` is an object.
base::Result<Members> parse_members(std::string_view json) {
    thread_local ondemand::parser parser;
    const simdjson::padded_string padded(json);
    try {
        ondemand::document document = parser.iterate(padded);
        return members_of(document.get_object());
    } catch (const simdjson::simdjson_error& error) {
        return base::fail(base::Code::Corrupt,
                          fmt::format("the target holds what is no JSON: {}", error.what()));
    }
}

base::Result<std::string> canonical_text(const Value& value) {
    if (value.kind == Value::Kind::Json) {
        return canonical_json(value.text);
    }
    std::string text;
    if (value.kind == Value::Kind::Text || value.kind == Value::Kind::Binary) {
        append_canonical_string(text, value.text);
    } else {
        append_json(text, value);
    }
    return text;
}

char type_letter(ColumnType type) {
    return type == ColumnType::Number ? 'N' : type == ColumnType::Binary ? 'B' : 'S';
}

}  // namespace

base::Result<std::string> canonical_json(std::string_view json) {
    // A list has no members of its own: as the only member of an object it is one.
    std::string wrapped = fmt::format("{{\"\":{}}}", json);
    MB_TRY(Members members, parse_members(wrapped));
    return std::move(members[""]);
}

base::Result<std::string> canonical_content(const std::vector<Column>& columns,
                                            const std::vector<Value>& values) {
    Members members;
    for (std::size_t i = 0; i < columns.size(); ++i) {
        if (values[i].kind == Value::Kind::Null) {
            continue;
        }
        if (columns[i].name == kExtraColumn || columns[i].name == kDocumentColumn) {
            MB_TRY(Members inner, parse_members(values[i].text));
            members.merge(inner);
            continue;
        }
        MB_TRY(std::string text, canonical_text(values[i]));
        members.emplace(columns[i].name, std::move(text));
    }
    return join_members(members);
}

std::string canonical_key(const std::vector<Column>& keys, const std::vector<Value>& values,
                          const std::map<std::string, std::string>& rename) {
    Members members;
    for (std::size_t i = 0; i < keys.size(); ++i) {
        std::string attribute = keys[i].name;
        for (const auto& [from, to] : rename) {
            attribute = to == keys[i].name ? from : attribute;
        }
        std::string value = fmt::format("{{\"{}\":", type_letter(keys[i].type));
        append_canonical_string(value, values[i].text);
        members.emplace(std::move(attribute), value + "}");
    }
    return join_members(members);
}

}  // namespace millbeck::sinks::sql
