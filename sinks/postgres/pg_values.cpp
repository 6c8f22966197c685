#include "sinks/postgres/pg_values.hpp"

#include <fmt/format.h>

#include "sinks/handler/base64_text.hpp"
#include "sinks/sql/binary_text.hpp"
#include "sinks/sql/statements.hpp"

namespace millbeck::sinks {
namespace {

using sql::ColumnType;

constexpr std::string_view kSymbol = "\xE2\x90\x80";  // U+2400
constexpr std::string_view kJsonNul = "\\u0000";
// A third of a page, less what stands around the values.
// Source: https://www.postgresql.org/docs/15/btree-implementation.html section 67.4
constexpr std::size_t kKeyBytesMax = 2'600;
constexpr std::string_view kHex = "0123456789abcdef";

std::string type_name(ColumnType type) {
    switch (type) {
        case ColumnType::Text:
            return "text";
        case ColumnType::Number:
            return "numeric";
        case ColumnType::Bool:
            return "boolean";
        case ColumnType::Binary:
            return "bytea";
        case ColumnType::Json:
        case ColumnType::Foreign:
            break;
    }
    return "jsonb";
}

// Keys are compared byte by byte, as DynamoDB does, whatever language the database speaks.
std::string key_type_name(ColumnType type) {
    return type == ColumnType::Text ? R"(text COLLATE "C")" : type_name(type);
}

// Names of 64 bytes would be cut; those of system columns are taken in every table.
bool takes_name(std::string_view name) {
    constexpr std::size_t kNameBytesMax = 63;
    for (const std::string_view system : {"tableoid", "xmin", "cmin", "xmax", "cmax", "ctid"}) {
        if (name == system) {
            return false;
        }
    }
    return !name.empty() && name.size() <= kNameBytesMax &&
           name.find('\0') == std::string_view::npos;
}

// `kSymbol` is followed by itself or by 0, in what encode wrote.
std::string decode(std::string_view text, std::string_view nul) {
    std::string decoded;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t found = std::min(text.find(kSymbol, at), text.size());
        decoded.append(text.substr(at, found - at));
        at = found;
        if (at == text.size()) {
            break;
        }
        at += kSymbol.size();
        const std::string_view rest = text.substr(at);
        if (rest.starts_with('0')) {
            decoded.append(nul);
            at += 1;
        } else {
            decoded.append(kSymbol);
            at += rest.starts_with(kSymbol) ? kSymbol.size() : 0;
        }
    }
    return decoded;
}

std::string hex_of(std::string_view bytes) {
    std::string text = "\\x";
    text.reserve(2 + bytes.size() * 2);
    for (const char byte : bytes) {
        text += kHex[static_cast<unsigned char>(byte) >> 4];
        text += kHex[static_cast<unsigned char>(byte) & 0x0Fu];
    }
    return text;
}

base::Result<Value> binary_of(std::string_view text) {
    std::string bytes;
    if (!text.starts_with("\\x") || text.size() % 2 != 0) {
        return base::fail(base::Code::Corrupt, "postgres wrote bytes in no form known here");
    }
    for (std::size_t i = 2; i < text.size(); i += 2) {
        const std::size_t high = kHex.find(text[i]);
        const std::size_t low = kHex.find(text[i + 1]);
        bytes += static_cast<char>((high << 4 | low) & 0xFFu);
    }
    return Value{Value::Kind::Binary, sql::encode_base64(bytes)};
}

}  // namespace

const sql::Dialect& postgres_dialect() {
    static const sql::Dialect dialect{.type_name = type_name,
                                      .key_type_name = key_type_name,
                                      .takes_name = takes_name,
                                      .names_ignore_case = false,
                                      .key_bytes_max = kKeyBytesMax,
                                      .sequence_type = "numeric(40)",
                                      .json_type = "jsonb",
                                      .time_type = "timestamptz"};
    return dialect;
}

ColumnType postgres_column_type(std::string_view name) {
    for (const ColumnType type : {ColumnType::Text, ColumnType::Number, ColumnType::Bool,
                                  ColumnType::Binary, ColumnType::Json}) {
        if (type_name(type) == name) {
            return type;
        }
    }
    return ColumnType::Foreign;
}

std::string encode_text(std::string_view text) {
    if (text.find('\0') == std::string_view::npos && text.find(kSymbol) == std::string_view::npos) {
        return std::string(text);
    }
    std::string encoded;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] == '\0') {
            encoded.append(kSymbol).append("0");
        } else if (text.substr(at).starts_with(kSymbol)) {
            encoded.append(kSymbol).append(kSymbol);
            at += kSymbol.size() - 1;
        } else {
            encoded += text[at];
        }
    }
    return encoded;
}

std::string decode_text(std::string_view text) {
    return decode(text, std::string_view("\0", 1));
}

std::string encode_json(std::string_view json) {
    if (json.find(kJsonNul) == std::string_view::npos &&
        json.find(kSymbol) == std::string_view::npos) {
        return std::string(json);
    }
    std::string encoded;
    for (std::size_t at = 0; at < json.size();) {
        const std::string_view rest = json.substr(at);
        std::size_t taken = 1;
        if (rest.starts_with(kJsonNul)) {
            encoded.append(kSymbol).append("0");
            taken = kJsonNul.size();
        } else if (rest.starts_with(kSymbol)) {
            encoded.append(kSymbol).append(kSymbol);
            taken = kSymbol.size();
        } else {
            taken = rest[0] == '\\' ? 2 : 1;  // an escaped backslash may stand before u0000
            encoded.append(rest.substr(0, taken));
        }
        at += taken;
    }
    return encoded;
}

std::string decode_json(std::string_view json) {
    return decode(json, kJsonNul);
}

void append_copy_text(std::string& out, std::string_view text) {
    for (const char c : text) {
        switch (c) {
            case '\\':
                out += "\\\\";
                break;
            case '\t':
                out += "\\t";
                break;
            case '\n':
                out += "\\n";
                break;
            case '\r':
                out += "\\r";
                break;
            default:
                out += c;
        }
    }
}

void append_copy_field(std::string& out, const Value& value) {
    switch (value.kind) {
        case Value::Kind::Null:
            out += "\\N";
            break;
        case Value::Kind::Bool:
        case Value::Kind::Number:
            out += value.text;
            break;
        case Value::Kind::Text:
            append_copy_text(out, encode_text(value.text));
            break;
        case Value::Kind::Json:
            append_copy_text(out, encode_json(value.text));
            break;
        case Value::Kind::Binary:
            append_copy_text(out, hex_of(decode_base64(value.text).value_or("")));
            break;
    }
}

std::string literal_of(const Value& value) {
    switch (value.kind) {
        case Value::Kind::Binary:
            return sql::quote_literal(hex_of(decode_base64(value.text).value_or(""))) + "::bytea";
        case Value::Kind::Text:
            return sql::quote_literal(encode_text(value.text));
        case Value::Kind::Json:
            return sql::quote_literal(encode_json(value.text)) + "::jsonb";
        default:
            return value.text;
    }
}

base::Result<Value> value_of(std::string_view text, ColumnType type) {
    switch (type) {
        case ColumnType::Bool:
            return Value{Value::Kind::Bool, text == "t" ? "true" : "false"};
        case ColumnType::Binary:
            return binary_of(text);
        case ColumnType::Text:
            return Value{Value::Kind::Text, decode_text(text)};
        case ColumnType::Json:
            return Value{Value::Kind::Json, decode_json(text)};
        case ColumnType::Number:
            return Value{Value::Kind::Number, std::string(text)};
        case ColumnType::Foreign:
            break;
    }
    return Value{};
}

}  // namespace millbeck::sinks
