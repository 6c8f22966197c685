#include "runtime/api/value_constraints.hpp"

#include <algorithm>
#include <string>

#include <fmt/format.h>

#include "runtime/api/fields.hpp"
#include "runtime/api/java_text.hpp"

namespace millbeck::runtime {
namespace {

namespace dom = simdjson::dom;

// Of a bad value in an error text. Lists and maps are shown to their end where clients can read it.
constexpr std::size_t kEchoBytesMax = 4096;
constexpr std::size_t kEchoTreeBytesMax = 64U << 10U;
constexpr std::string_view kNotEmpty = "Member must have length greater than or equal to 1";
constexpr std::string_view kTableNamePattern = "[a-zA-Z0-9_.-]+";
constexpr std::string_view kBucketPattern = R"(^[a-z0-9A-Z]+[\.\-\w]*[a-z0-9A-Z]+$)";
constexpr std::string_view kAccountPattern = "[0-9]{12}";
constexpr std::string_view kTokenPattern = R"(^[^\$]+$)";

// `'abc'`, cut where no reader would go on.
std::string echo(const Shape& shape, dom::element value) {
    std::string text;
    std::size_t most = kEchoBytesMax;
    if (value.is_string()) {
        text = value.get_string().value_unsafe();
    } else if (is_number(value)) {
        text = std::to_string(whole_number(value));
    } else {
        most = kEchoTreeBytesMax;
        text = shape.echo == Echo::Java ? java_text(shape, value, most) : simdjson::minify(value);
    }
    if (text.size() > most) {
        std::size_t end = most;
        while ((static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) {
            --end;  // not inside a character
        }
        text.resize(end);
        text += "...";
    }
    return "'" + text + "'";
}

bool is_table_name(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '_' || c == '.' || c == '-';
    });
}

bool is_bucket_name(std::string_view text) {
    const auto is_plain = [](char c) {
        return is_table_name({&c, 1}) && c != '_' && c != '.' && c != '-';
    };
    return text.size() >= 2 && is_table_name(text) && is_plain(text.front()) &&
           is_plain(text.back());
}

bool is_account(std::string_view text) {
    constexpr std::size_t kDigits = 12;
    return text.size() == kDigits &&
           std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

bool matches(const Shape& shape, std::string_view text) {
    switch (shape.pattern) {
        case Pattern::None:
            return true;
        case Pattern::TableName:
        case Pattern::TableNameOrArn:
            return is_table_name(text);
        case Pattern::Bucket:
            return is_bucket_name(text);
        case Pattern::AccountId:
            return is_account(text);
        case Pattern::Token:
            return !text.empty() && text.find('$') == std::string_view::npos;
    }
    base::check_failed(__FILE__, __LINE__, "pattern", "not an enumerator");
}

bool is_arn(const Shape& shape, std::string_view text) {
    return shape.pattern == Pattern::TableNameOrArn && text.starts_with("arn:") &&
           text.size() <= 1024;
}

std::string at_most(const Shape& shape, std::string_view what) {
    return fmt::format("Member must have {} less than or equal to {}", what, shape.most);
}

std::string at_least(const Shape& shape, std::string_view what) {
    return fmt::format("Member must have {} greater than or equal to {}", what, shape.least);
}

std::string pattern_text(const Shape& shape) {
    const std::string_view pattern = shape.pattern == Pattern::Bucket      ? kBucketPattern
                                     : shape.pattern == Pattern::AccountId ? kAccountPattern
                                     : shape.pattern == Pattern::Token     ? kTokenPattern
                                                                           : kTableNamePattern;
    return fmt::format("Member must satisfy regular expression pattern: {}", pattern);
}

void add_unnamed(Faults& faults, const Place& place, std::string_view constraint) {
    faults.add(
        fmt::format("Value at '{}' failed to satisfy constraint: {}", place.written(), constraint));
}

}  // namespace

void check_bounds(Faults& faults, const Shape& shape, dom::element value, const Place& place,
                  std::int64_t measure, std::string_view what) {
    const auto add = [&](const std::string& constraint) {
        if (shape.bounds == Bounds::Unnamed) {
            return add_unnamed(faults, place, constraint);
        }
        faults.add(echo(shape, value), place.text(), constraint);
    };
    if (measure < shape.least) {
        add(at_least(shape, what));
    }
    if (measure > shape.most) {
        add(at_most(shape, what));
    }
}

void check_string(Faults& faults, const Shape& shape, dom::element value, const Place& place) {
    const std::string_view text = value.get_string().value_unsafe();
    if (!shape.choices.empty() && std::ranges::find(shape.choices, text) == shape.choices.end()) {
        faults.add(echo(shape, value), place.text(),
                   fmt::format("Member must satisfy enum value set: [{}]",
                               fmt::join(shape.choices, ", ")));
    }
    // Where an ARN may stand, the model asks for one character, and only then for a table's name.
    if (shape.pattern == Pattern::TableNameOrArn && text.empty()) {
        return faults.add(echo(shape, value), place.text(), std::string(kNotEmpty));
    }
    if (is_arn(shape, text)) {
        return;
    }
    if (!matches(shape, text)) {
        faults.add(echo(shape, value), place.text(), pattern_text(shape));
    }
    check_bounds(faults, shape, value, place, text_length(text), "length");
}

void check_table_name_once(Faults& faults, dom::element value, const Place& place) {
    const Shape shape{.least = 3, .most = 255, .pattern = Pattern::TableNameOrArn};
    const std::string_view text = value.get_string().value_unsafe();
    if (is_arn(shape, text)) {
        return;
    }
    const std::int64_t length = text_length(text);
    if (length >= shape.least && length <= shape.most && !matches(shape, text)) {
        return faults.add(echo(shape, value), place.text(), pattern_text(shape));
    }
    check_bounds(faults, shape, value, place, length, "length");
}

// The names of a map, and the lengths of its lists, are reported at the map.
void check_map_rules(Faults& faults, const Shape& shape, dom::object map, dom::element value,
                     const Place& place) {
    bool keys_bad = false;
    bool values_bad = false;
    for (const dom::key_value_pair child : map) {
        const auto length = text_length(child.key);
        keys_bad = keys_bad || (shape.key != nullptr && !is_arn(*shape.key, child.key) &&
                                (length < shape.key->least || length > shape.key->most ||
                                 !matches(*shape.key, child.key)));
        if (shape.element->kind == Kind::List && child.value.is_array()) {
            const auto count = static_cast<std::int64_t>(list_of(child.value).size());
            values_bad = values_bad || count < shape.element->least || count > shape.element->most;
        }
    }
    if (keys_bad && faults.empty()) {  // the service comes to them only if all before is right
        faults.add(echo(shape, value), place.text(),
                   fmt::format("Map keys must satisfy constraint: [{}, {}, {}]",
                               at_most(*shape.key, "length"), at_least(*shape.key, "length"),
                               pattern_text(shape)));
    }
    if (values_bad) {
        faults.add(
            echo(shape, value), place.text(),
            fmt::format("Map value must satisfy constraint: [{}, {}]",
                        at_most(*shape.element, "length"), at_least(*shape.element, "length")));
    }
}

}  // namespace millbeck::runtime
