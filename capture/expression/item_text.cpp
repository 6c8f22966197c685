#include "capture/expression/item_text.hpp"

#include <cstring>

#include "shardlog/json_text.hpp"

namespace millbeck::capture::expression {
namespace {

using shardlog::AttributeType;

// The tag stands at 2 in `{"S":...`.
AttributeType type_of(std::string_view value) {
    const bool one_letter = value[3] == '"';
    switch (value[2]) {
        case 'S':
            return one_letter ? AttributeType::S : AttributeType::SS;
        case 'N':
            if (one_letter) {
                return AttributeType::N;
            }
            return value[3] == 'S' ? AttributeType::NS : AttributeType::NULL_;
        case 'B':
            if (one_letter) {
                return AttributeType::B;
            }
            return value[3] == 'S' ? AttributeType::BS : AttributeType::BOOL;
        case 'M':
            return AttributeType::M;
        default:
            return AttributeType::L;
    }
}

// Behind the bracket that closes the one at `begin`; strings between are passed over.
std::size_t bracket_end(std::string_view text, std::size_t begin) {
    std::size_t depth = 0;
    std::size_t at = begin;
    do {
        switch (text[at]) {
            case '{':
            case '[':
                ++depth;
                break;
            case '}':
            case ']':
                --depth;
                break;
            case '"':
                at = string_end(text, at + 1);
                break;
            default:
                break;
        }
        ++at;
    } while (depth > 0);
    return at;
}

}  // namespace

ValueView::ValueView(std::string_view value_text)
    : type(value_text.empty() ? AttributeType::NULL_ : type_of(value_text)), text(value_text) {}

std::string_view content_of(const ValueView& value) {
    switch (value.type) {
        case AttributeType::S:
        case AttributeType::N:
        case AttributeType::B:
            return value.text.substr(6, value.text.size() - 8);  // `{"S":"` and `"}`
        case AttributeType::M:
        case AttributeType::L:
            return value.text.substr(5, value.text.size() - 6);  // `{"M":` and `}`
        case AttributeType::SS:
        case AttributeType::NS:
        case AttributeType::BS:
            return value.text.substr(6, value.text.size() - 7);
        case AttributeType::BOOL:
        case AttributeType::NULL_:
            break;
    }
    return value.text.substr(8, value.text.size() - 9);
}

std::size_t string_end(std::string_view text, std::size_t begin) {
    std::size_t at = begin;
    while (true) {
        const void* found = std::memchr(text.data() + at, '"', text.size() - at);
        at = static_cast<std::size_t>(static_cast<const char*>(found) - text.data());
        std::size_t first = at;
        while (first > begin && text[first - 1] == '\\') {
            --first;
        }
        if ((at - first) % 2 == 0) {
            return at;
        }
        ++at;
    }
}

std::size_t value_end(std::string_view text, std::size_t begin) {
    if (text[begin + 3] == '"' && text[begin + 5] == '"') {
        return string_end(text, begin + 6) + 2;  // S, N, B
    }
    return bracket_end(text, begin);
}

bool MemberScan::next(Member& member) {
    if (map_[at_] == ',') {
        ++at_;
    }
    if (map_[at_] == '}') {
        return false;
    }
    member.begin = at_;
    const std::size_t name_end = string_end(map_, at_ + 1);
    member.name = map_.substr(at_ + 1, name_end - at_ - 1);
    member.value_begin = name_end + 2;
    member.end = value_end(map_, member.value_begin);
    at_ = member.end;
    return true;
}

bool ElementScan::next(std::string_view& element) {
    if (list_[at_] == ',') {
        ++at_;
    }
    if (list_[at_] == ']') {
        return false;
    }
    const std::size_t end =
        list_[at_] == '"' ? string_end(list_, at_ + 1) + 1 : value_end(list_, at_);
    element = list_.substr(at_, end - at_);
    at_ = end;
    return true;
}

int compare_names(std::string_view escaped, const AttributeName& wanted) {
    if (escaped == wanted.escaped) {
        return 0;
    }
    if (escaped.find('\\') == std::string_view::npos) {
        return escaped.compare(wanted.plain);
    }
    std::string plain;
    shardlog::append_unescaped(plain, escaped);
    return std::string_view(plain).compare(wanted.plain);
}

std::string_view find_member(std::string_view map, const AttributeName& name) {
    MemberScan members(map);
    Member member;
    while (members.next(member)) {
        const int order = compare_names(member.name, name);
        if (order == 0) {
            return map.substr(member.value_begin, member.end - member.value_begin);
        }
        if (order > 0) {
            break;  // members stand in the order of their names
        }
    }
    return {};
}

std::string_view find_element(std::string_view list, std::uint32_t index) {
    ElementScan elements(list);
    std::string_view element;
    for (std::uint32_t at = 0; elements.next(element); ++at) {
        if (at == index) {
            return element;
        }
    }
    return {};
}

}  // namespace millbeck::capture::expression
