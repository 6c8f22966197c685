#include "capture/expression/compare.hpp"

#include "shardlog/base64.hpp"
#include "shardlog/json_text.hpp"
#include "shardlog/number.hpp"

namespace millbeck::capture::expression {
namespace {

using shardlog::AttributeType;

bool is_plain(std::string_view escaped) {
    return escaped.find('\\') == std::string_view::npos;
}

std::string decoded(const ValueView& value) {
    return shardlog::scalar_content(value.text, value.type);
}

int order_strings(const ValueView& a, const ValueView& b) {
    const std::string_view content_a = content_of(a);
    const std::string_view content_b = content_of(b);
    if (is_plain(content_a) && is_plain(content_b)) {
        return content_a.compare(content_b);
    }
    return decoded(a).compare(decoded(b));
}

// The type of a set's members.
AttributeType member_type(AttributeType set) {
    switch (set) {
        case AttributeType::SS:
            return AttributeType::S;
        case AttributeType::NS:
            return AttributeType::N;
        default:
            return AttributeType::B;
    }
}

bool has_element(const ValueView& list, std::string_view wanted) {
    ElementScan elements(content_of(list));
    std::string_view element;
    while (elements.next(element)) {
        if (element == wanted) {
            return true;
        }
    }
    return false;
}

bool has_text(const ValueView& value, const ValueView& part) {
    const std::string_view text = content_of(value);
    // An escape's letters are no letters of the string.
    if (value.type == AttributeType::S && is_plain(text)) {
        return is_plain(content_of(part)) && text.find(content_of(part)) != std::string_view::npos;
    }
    return decoded(value).find(decoded(part)) != std::string::npos;
}

}  // namespace

int order_values(const ValueView& a, const ValueView& b) {
    switch (a.type) {
        case AttributeType::N:
            return shardlog::compare_numbers(content_of(a), content_of(b));
        case AttributeType::B:
            return shardlog::compare_base64(content_of(a), content_of(b));
        default:
            return order_strings(a, b);
    }
}

std::optional<int> compare_values(const ValueView& a, const ValueView& b) {
    if (!a.present() || !b.present() || a.type != b.type || !is_ordered(a.type)) {
        return std::nullopt;
    }
    return order_values(a, b);
}

bool begins_with(const ValueView& value, const ValueView& prefix) {
    if (!value.present() || !prefix.present() || value.type != prefix.type) {
        return false;
    }
    if (value.type == AttributeType::S) {
        // Escaped character by character, so a prefix stays a prefix.
        return content_of(value).starts_with(content_of(prefix));
    }
    return value.type == AttributeType::B && decoded(value).starts_with(decoded(prefix));
}

bool contains(const ValueView& value, const ValueView& part) {
    if (!value.present() || !part.present()) {
        return false;
    }
    if (value.type == AttributeType::L) {
        return has_element(value, part.text);
    }
    if (is_set(value.type)) {
        // With its quotes, as it stands in a set.
        return part.type == member_type(value.type) &&
               has_element(value, part.text.substr(5, part.text.size() - 6));
    }
    return value.type == part.type &&
           (value.type == AttributeType::S || value.type == AttributeType::B) &&
           has_text(value, part);
}

}  // namespace millbeck::capture::expression
