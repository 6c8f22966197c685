// Rows as plain JSON.
#include <iterator>

#include <fmt/format.h>

#include "sinks/row.hpp"

namespace millbeck::sinks {

namespace {
constexpr unsigned char kFirstPrintable = 0x20;
}

void append_json_text(std::string& out, std::string_view text) {
    out += '"';
    for (const char c : text) {
        switch (c) {
            case '"':
                out += "\\\"";
                break;
            case '\\':
                out += "\\\\";
                break;
            case '\n':
                out += "\\n";
                break;
            default:
                if (static_cast<unsigned char>(c) < kFirstPrintable) {
                    fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned>(c));
                } else {
                    out += c;
                }
        }
    }
    out += '"';
}

void append_json(std::string& out, const Value& value) {
    switch (value.kind) {
        case Value::Kind::Null:
            out += "null";
            break;
        case Value::Kind::Bool:
        case Value::Kind::Number:
        case Value::Kind::Json:
            out += value.text;
            break;
        case Value::Kind::Text:
        case Value::Kind::Binary:
            append_json_text(out, value.text);
            break;
    }
}

void append_json(std::string& out, const Row& row) {
    out += '{';
    for (const Field& field : row) {
        if (&field != row.data()) {
            out += ',';
        }
        append_json_text(out, field.name);
        out += ':';
        append_json(out, field.value);
    }
    out += '}';
}

std::string json_of(const Row& row) {
    std::string text;
    append_json(text, row);
    return text;
}

}  // namespace millbeck::sinks
