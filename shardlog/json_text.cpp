#include "shardlog/json_text.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

#include "shardlog/item.hpp"

namespace millbeck::shardlog {
namespace {

constexpr std::uint64_t kOnes = 0x0101010101010101;
constexpr std::uint64_t kHighs = 0x8080808080808080;
// What has a short escape, and the letter of it.
constexpr std::string_view kEscaped = "\"\\\b\f\n\r\t";
constexpr std::string_view kEscapeLetters = "\"\\bfnrt";
constexpr std::string_view kHex = "0123456789abcdef";

constexpr std::size_t kWordBytes = sizeof(std::uint64_t);

std::uint64_t load_word(const char* from) {
    std::uint64_t word = 0;
    std::memcpy(&word, from, kWordBytes);
    return word;
}

// A set high bit in each byte that needs an escape. Bytes after the first such byte may be wrong.
std::uint64_t escape_mask(std::uint64_t word) {
    const std::uint64_t quote = word ^ (kOnes * '"');
    const std::uint64_t backslash = word ^ (kOnes * '\\');
    return ((word - kOnes * 0x20) & ~word & kHighs) | ((quote - kOnes) & ~quote & kHighs) |
           ((backslash - kOnes) & ~backslash & kHighs);
}

bool needs_escape(char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\';
}

struct Escape {
    std::array<char, 6> text{};
    std::size_t size = 0;
};

Escape escape_of(char c) {
    const std::size_t at = kEscaped.find(c);
    if (at != std::string_view::npos) {
        return {{'\\', kEscapeLetters[at]}, 2};
    }
    const auto byte = static_cast<unsigned char>(c);
    return {{'\\', 'u', '0', '0', kHex[byte >> 4], kHex[byte & 0x0F]}, 6};
}

// One loop for both kinds of output.
template <typename Out>
void append_escaped(Out& out, std::string_view text) {
    while (true) {
        const std::size_t plain = plain_prefix_size(text);
        out.append(text.substr(0, plain));
        if (plain == text.size()) {
            return;
        }
        const Escape escape = escape_of(text[plain]);
        out.append(std::string_view(escape.text.data(), escape.size));
        text.remove_prefix(plain + 1);
    }
}

int hex_value(char c) {
    return c <= '9' ? c - '0' : c - 'a' + 10;
}

}  // namespace

std::size_t plain_prefix_size(std::string_view text) {
    std::size_t at = 0;
    for (; at + kWordBytes <= text.size(); at += kWordBytes) {
        const std::uint64_t mask = escape_mask(load_word(text.data() + at));
        if (mask != 0) {
            return at + static_cast<std::size_t>(__builtin_ctzll(mask)) / 8;
        }
    }
    while (at < text.size() && !needs_escape(text[at])) {
        ++at;
    }
    return at;
}

void append_unescaped(std::string& out, std::string_view escaped) {
    while (true) {
        const std::size_t plain = std::min(escaped.find('\\'), escaped.size());
        out.append(escaped.substr(0, plain));
        if (plain == escaped.size()) {
            return;
        }
        const char letter = escaped[plain + 1];
        if (letter == 'u') {
            out.push_back(static_cast<char>(hex_value(escaped[plain + 4]) * 16 +
                                            hex_value(escaped[plain + 5])));
            escaped.remove_prefix(plain + 6);
            continue;
        }
        const std::size_t at = kEscapeLetters.find(letter);
        out.push_back(kEscaped[at]);
        escaped.remove_prefix(plain + 2);
    }
}

void append_json_string(std::string& out, std::string_view text) {
    out.push_back('"');
    append_escaped(out, text);
    out.push_back('"');
}

void TextBuffer::grow(std::size_t bytes) {
    storage_.resize(std::max<std::size_t>({storage_.size() * 2, size_ + bytes, 4096}));
}

// Copies words while it looks at them; most strings of most items end here.
void TextBuffer::append_json_string(std::string_view text) {
    char* const out = room(text.size() + 2);
    *out = '"';
    std::size_t at = 0;
    for (; at + kWordBytes <= text.size(); at += kWordBytes) {
        const std::uint64_t word = load_word(text.data() + at);
        std::memcpy(out + 1 + at, &word, kWordBytes);
        if (escape_mask(word) != 0) {
            break;
        }
    }
    if (at + kWordBytes > text.size()) {
        for (; at < text.size() && !needs_escape(text[at]); ++at) {
            out[1 + at] = text[at];
        }
    }
    size_ += at + 1;
    if (at < text.size()) {
        append_escaped(*this, text.substr(at));
    }
    append('"');
}

void TextBuffer::release_above(std::size_t bytes) {
    size_ = 0;
    if (storage_.size() > bytes) {
        storage_.resize(bytes);
        storage_.shrink_to_fit();
    }
}

}  // namespace millbeck::shardlog
