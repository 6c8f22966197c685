// Sizes, counts and levels of values in canonical text.
#include <algorithm>

#include "capture/expression/item_text.hpp"
#include "shardlog/json_text.hpp"
#include "shardlog/number.hpp"

namespace millbeck::capture::expression {
namespace {

using shardlog::AttributeType;

// What the service adds to a list or map, and to each of its members. Source: as in shardlog.
constexpr std::uint32_t kDocumentBytes = 3;
constexpr std::uint32_t kDocumentMemberBytes = 1;

std::uint32_t unescaped_bytes(std::string_view escaped) {
    if (escaped.find('\\') == std::string_view::npos) {
        return static_cast<std::uint32_t>(escaped.size());
    }
    std::string plain;
    shardlog::append_unescaped(plain, escaped);
    return static_cast<std::uint32_t>(plain.size());
}

std::uint32_t base64_bytes(std::string_view text) {
    const auto padding =
        std::count(text.end() - std::min<std::ptrdiff_t>(2, std::ssize(text)), text.end(), '=');
    return static_cast<std::uint32_t>(text.size() / 4 * 3 - static_cast<std::size_t>(padding));
}

// Bytes of a scalar's content, or of a set's member without its quotes.
std::uint32_t scalar_size_bytes(AttributeType type, std::string_view content) {
    switch (type) {
        case AttributeType::N:
        case AttributeType::NS:
            return shardlog::number_size_bytes(content);
        case AttributeType::B:
        case AttributeType::BS:
            return base64_bytes(content);
        default:
            return unescaped_bytes(content);
    }
}

std::uint32_t map_size_bytes(std::string_view map) {
    std::uint32_t size = kDocumentBytes;
    MemberScan members(map);
    Member member;
    while (members.next(member)) {
        const ValueView value(map.substr(member.value_begin, member.end - member.value_begin));
        size += kDocumentMemberBytes + unescaped_bytes(member.name) + value_size_bytes(value);
    }
    return size;
}

std::uint32_t list_size_bytes(std::string_view list) {
    std::uint32_t size = kDocumentBytes;
    ElementScan elements(list);
    std::string_view element;
    while (elements.next(element)) {
        size += kDocumentMemberBytes + value_size_bytes(ValueView(element));
    }
    return size;
}

}  // namespace

std::size_t count_members(const ValueView& value) {
    std::size_t count = 0;
    if (value.type == AttributeType::M) {
        MemberScan members(content_of(value));
        Member member;
        while (members.next(member)) {
            ++count;
        }
        return count;
    }
    ElementScan elements(content_of(value));
    std::string_view element;
    while (elements.next(element)) {
        ++count;
    }
    return count;
}

std::uint32_t value_size_bytes(const ValueView& value) {
    switch (value.type) {
        case AttributeType::BOOL:
        case AttributeType::NULL_:
            return 1;
        case AttributeType::M:
            return map_size_bytes(content_of(value));
        case AttributeType::L:
            return list_size_bytes(content_of(value));
        case AttributeType::SS:
        case AttributeType::NS:
        case AttributeType::BS: {
            std::uint32_t size = 0;
            ElementScan elements(content_of(value));
            std::string_view element;
            while (elements.next(element)) {
                size += scalar_size_bytes(value.type, element.substr(1, element.size() - 2));
            }
            return size;
        }
        default:
            return scalar_size_bytes(value.type, content_of(value));
    }
}

std::size_t content_bytes(const ValueView& value) {
    return scalar_size_bytes(value.type, content_of(value));
}

// As deep as items are, which parse_item has limited.
int nesting_levels(const ValueView& value) {
    if (value.type != AttributeType::M && value.type != AttributeType::L) {
        return 1;
    }
    int deepest = 0;
    if (value.type == AttributeType::M) {
        MemberScan members(content_of(value));
        Member member;
        while (members.next(member)) {
            deepest = std::max(deepest, nesting_levels(ValueView(content_of(value).substr(
                                            member.value_begin, member.end - member.value_begin))));
        }
    } else {
        ElementScan elements(content_of(value));
        std::string_view element;
        while (elements.next(element)) {
            deepest = std::max(deepest, nesting_levels(ValueView(element)));
        }
    }
    return deepest + 1;
}

}  // namespace millbeck::capture::expression
