#include "sinks/sqlite/sqlite_values.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include <fmt/format.h>

#include "sinks/handler/base64_text.hpp"
#include "sinks/sql/binary_text.hpp"

namespace millbeck::sinks {
namespace {

using sql::ColumnType;

constexpr std::size_t kSequenceDigits = 40;
// Longest plain text of a number of DynamoDB's: 129 zeros after the point and 38 digits.
constexpr std::size_t kNumberBytesMax = 176;

// Without scientific notation, as DynamoDB's canonical numbers are.
std::string plain_text(double number) {
    std::array<char, 512> text{};
    const auto end =
        std::to_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
    return {text.data(), end.ptr};
}

void bind_number(base::Statement& statement, int index, std::string_view text) {
    std::int64_t integer = 0;
    const char* end = text.data() + text.size();
    if (const auto parsed = std::from_chars(text.data(), end, integer);
        parsed.ec == std::errc() && parsed.ptr == end) {
        statement.bind(index, integer);
        return;
    }
    double real = 0;
    if (const auto parsed = std::from_chars(text.data(), end, real);
        text.size() <= kNumberBytesMax && parsed.ec == std::errc() && parsed.ptr == end &&
        text.find('.') != std::string_view::npos && plain_text(real) == text) {
        statement.bind_real(index, real);
        return;
    }
    statement.bind(index, text);
}

std::string type_name(ColumnType type) {
    switch (type) {
        case ColumnType::Text:
            return "TEXT";
        case ColumnType::Bool:
            return "BOOLEAN";
        case ColumnType::Binary:
            return "BLOB";
        case ColumnType::Json:
            return "JSON";
        case ColumnType::Number:
        case ColumnType::Foreign:
            break;
    }
    return "";
}

bool takes_name(std::string_view name) {
    constexpr std::size_t kNameBytesMax = 255;
    return !name.empty() && name.size() <= kNameBytesMax &&
           name.find('\0') == std::string_view::npos;
}

base::Result<Value> read_number(const base::Statement& statement, int index) {
    switch (statement.column_storage(index)) {
        case base::Storage::Integer:
            return Value{Value::Kind::Number, std::to_string(statement.column_int(index))};
        case base::Storage::Real:
            return Value{Value::Kind::Number, plain_text(statement.column_real(index))};
        case base::Storage::Text:
            return Value{Value::Kind::Number, statement.column_text(index)};
        default:
            return base::fail(base::Code::Corrupt, "a column of numbers holds a blob");
    }
}

}  // namespace

const sql::Dialect& sqlite_dialect() {
    static const sql::Dialect dialect{.type_name = type_name,
                                      .key_type_name = type_name,
                                      .takes_name = takes_name,
                                      .names_ignore_case = true,
                                      .key_bytes_max = 1u << 20,
                                      .sequence_type = "TEXT",
                                      .json_type = "JSON",
                                      .time_type = "INTEGER"};
    return dialect;
}

ColumnType sqlite_column_type(std::string_view declared) {
    std::string name(declared);
    std::transform(name.begin(), name.end(), name.begin(), [](char c) {
        return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    });
    for (const ColumnType type : {ColumnType::Text, ColumnType::Number, ColumnType::Bool,
                                  ColumnType::Binary, ColumnType::Json}) {
        if (type_name(type) == name) {
            return type;
        }
    }
    return ColumnType::Foreign;
}

void bind_value(base::Statement& statement, int index, const Value& value) {
    switch (value.kind) {
        case Value::Kind::Null:
            statement.bind_null(index);
            break;
        case Value::Kind::Bool:
            statement.bind(index, std::int64_t{value.text == "true" ? 1 : 0});
            break;
        case Value::Kind::Number:
            bind_number(statement, index, value.text);
            break;
        case Value::Kind::Binary:
            statement.bind_blob(index, decode_base64(value.text).value_or(""));
            break;
        case Value::Kind::Text:
        case Value::Kind::Json:
            statement.bind(index, std::string_view(value.text));
            break;
    }
}

base::Result<Value> read_value(const base::Statement& statement, int index, ColumnType type) {
    if (statement.column_is_null(index)) {
        return Value{};
    }
    switch (type) {
        case ColumnType::Number:
            return read_number(statement, index);
        case ColumnType::Bool:
            return Value{Value::Kind::Bool, statement.column_int(index) != 0 ? "true" : "false"};
        case ColumnType::Binary:
            return Value{Value::Kind::Binary, sql::encode_base64(statement.column_text(index))};
        case ColumnType::Text:
        case ColumnType::Json:
            return Value{sql::kind_of(type), statement.column_text(index)};
        case ColumnType::Foreign:
            break;
    }
    return Value{};
}

std::string padded_sequence(std::string_view digits) {
    std::string text;
    if (digits.size() < kSequenceDigits) {
        text.assign(kSequenceDigits - digits.size(), '0');
    }
    return text.append(digits);
}

}  // namespace millbeck::sinks
