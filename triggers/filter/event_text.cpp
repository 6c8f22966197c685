#include "triggers/filter/event_text.hpp"

#include <cstring>

#include "base/result.hpp"
#include "triggers/filter/unescape.hpp"

namespace millbeck::triggers::filter {

namespace {

constexpr std::ptrdiff_t kWordBytes = 8;
constexpr std::uint64_t kOnes = 0x0101010101010101;
constexpr std::uint64_t kHighs = 0x8080808080808080;

// A set high bit in each byte that is a quote or a backslash; only the first such byte is certain.
std::uint64_t special_mask(const char* from) {
    std::uint64_t word = 0;
    std::memcpy(&word, from, sizeof word);
    const std::uint64_t quote = word ^ (kOnes * '"');
    const std::uint64_t backslash = word ^ (kOnes * '\\');
    return ((quote - kOnes) & ~quote & kHighs) | ((backslash - kOnes) & ~backslash & kHighs);
}

}  // namespace

void EventText::walk_object(std::string_view json, const FieldNames::Place& place) {
    at_ = json.data();
    end_ = at_ + json.size();
    MB_CHECK(next() == '{', "an event is an object");
    object(place);
}

void EventText::object(const FieldNames::Place& place) {
    ++at_;
    while (next() != '}') {
        if (*at_ == ',') {
            ++at_;
            next();
        }
        const std::string_view name = unescaped(quoted(), name_scratch_);
        const FieldNames::Step step = fields_.enter(place, name);
        MB_CHECK(next() == ':', "a colon follows a name");
        ++at_;
        value(step);
    }
    ++at_;
}

void EventText::value(const FieldNames::Step& step) {
    const char first = next();
    if (first == '{' && step.place.leads_on()) {
        object(step.place);
    } else if (first == '[' && (step.place.leads_on() || step.field)) {
        array(step);
    } else if (first != '{' && first != '[' && step.field) {
        scalar(*step.field);
    } else {
        skip_value();
    }
}

// Its elements stand where the array stands.
void EventText::array(const FieldNames::Step& step) {
    const std::uint32_t number = arrays_++;
    ++at_;
    for (std::uint32_t element = 0; next() != ']'; ++element) {
        if (*at_ == ',') {
            ++at_;
        }
        const char first = next();
        const bool binds = first == '{' || first == '[';
        if (binds) {
            where_.emplace_back(number, element);
        }
        value(step);
        if (binds) {
            where_.pop_back();
        }
    }
    ++at_;
}

void EventText::scalar(FieldId field) {
    if (*at_ == '"') {
        evidence_.add(field, {ValueKind::Text, unescaped(quoted(), value_scratch_)}, where_);
        return;
    }
    const std::string_view text = word();
    ValueKind kind = ValueKind::Number;
    if (text.front() == 't') {
        kind = ValueKind::True;
    } else if (text.front() == 'f') {
        kind = ValueKind::False;
    } else if (text.front() == 'n') {
        kind = ValueKind::Null;
    }
    evidence_.add(field, {kind, text}, where_);
}

void EventText::skip_value() {
    switch (*at_) {
        case '"':
            skip_quoted();
            break;
        case '{':
        case '[':
            skip_nested();
            break;
        default:
            word();
    }
}

void EventText::skip_nested() {
    std::size_t depth = 0;
    do {
        switch (*at_) {
            case '"':
                skip_quoted();
                continue;
            case '{':
            case '[':
                ++depth;
                break;
            case '}':
            case ']':
                --depth;
                break;
            default:
                break;
        }
        ++at_;
    } while (depth > 0);
}

char EventText::next() {
    while (*at_ == ' ' || *at_ == '\n' || *at_ == '\r' || *at_ == '\t') {
        ++at_;
    }
    return *at_;
}

// Names and short values: eight characters at a time, up to a quote or a backslash.
EventText::Leaf EventText::quoted() {
    const char* const begin = at_ + 1;
    const char* at = begin;
    for (; end_ - at >= kWordBytes; at += kWordBytes) {
        if (const std::uint64_t mask = special_mask(at); mask != 0) {
            at += __builtin_ctzll(mask) / 8;
            break;
        }
    }
    while (*at != '"' && *at != '\\') {
        ++at;
    }
    if (*at == '"') {
        at_ = at + 1;
        return {{begin, static_cast<std::size_t>(at - begin)}, false};
    }
    skip_quoted();
    return {{begin, static_cast<std::size_t>(at_ - 1 - begin)}, true};
}

// A quote ends the text unless an odd number of backslashes stands before it.
void EventText::skip_quoted() {
    const char* const begin = ++at_;
    while (true) {
        const void* const found = std::memchr(at_, '"', static_cast<std::size_t>(end_ - at_));
        MB_CHECK(found != nullptr, "a text has an end");
        const char* const quote = static_cast<const char*>(found);
        const char* plain = quote;
        while (plain > begin && plain[-1] == '\\') {
            --plain;
        }
        at_ = quote + 1;
        if ((quote - plain) % 2 == 0) {
            return;
        }
    }
}

std::string_view EventText::word() {
    const char* const begin = at_;
    while (at_ < end_ && *at_ != ',' && *at_ != '}' && *at_ != ']' && *at_ > ' ') {
        ++at_;
    }
    return {begin, static_cast<std::size_t>(at_ - begin)};
}

std::string_view EventText::unescaped(const Leaf& leaf, std::string& scratch) {
    if (!leaf.escaped) {
        return leaf.raw;
    }
    scratch.clear();
    append_unescaped(scratch, leaf.raw);
    return scratch;
}

}  // namespace millbeck::triggers::filter
