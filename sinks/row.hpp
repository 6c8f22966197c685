// A row for targets that are not DynamoDB: an item as named values, after projection, renaming and
// flattening.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace millbeck::sinks {

struct RowMapping {
    // Attributes to take, by name or by path into maps (`address.city`); empty: all.
    std::vector<std::string> include{};
    // Attributes to leave out, by name or path. Applied after `include`.
    std::vector<std::string> exclude{};
    // From an attribute's name or path to the name its value gets.
    std::map<std::string, std::string> rename{};
    // "": a map stays one value (JSON). Otherwise maps become values of their own, their names
    // joined by this: `address_city`.
    std::string flatten{};
};

struct Value {
    enum class Kind : std::uint8_t {
        Null,
        Bool,    // text is `true` or `false`
        Number,  // text is DynamoDB's normalised number: up to 38 digits, perhaps an exponent
        Text,    // text is UTF-8, without quotes or escapes
        Binary,  // text is base64
        Json,    // text is plain JSON of a list, map or set; see json_of()
    };
    Kind kind = Kind::Null;
    std::string text;
    friend bool operator==(const Value&, const Value&) = default;
};

struct Field {
    std::string name;
    Value value;
    friend bool operator==(const Field&, const Field&) = default;
};

// In the order of the item's attributes; names are unique (the first of two equal ones stays).
using Row = std::vector<Field>;

// `image`: an item or a key as canonical DynamoDB JSON. Errors: Corrupt (it is none).
base::Result<Row> make_row(std::string_view image, const RowMapping& mapping);

// A value as plain JSON: numbers as JSON numbers with all their digits, binary as base64 text, sets
// as lists, `{"NULL":true}` as null.
void append_json(std::string& out, const Value& value);

// `{"id":"a","n":1}`
void append_json(std::string& out, const Row& row);
std::string json_of(const Row& row);

// A JSON string with its quotes.
void append_json_text(std::string& out, std::string_view text);

}  // namespace millbeck::sinks
