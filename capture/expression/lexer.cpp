#include "capture/expression/lexer.hpp"

#include <array>
#include <cstddef>

namespace millbeck::capture::expression {
namespace {

enum class CharClass : std::uint8_t { Other, Letter, Digit, Underscore, Space };

constexpr std::array<CharClass, 256> make_classes() {
    std::array<CharClass, 256> classes{};
    for (std::size_t c = 'a'; c <= 'z'; ++c) {
        classes.at(c) = CharClass::Letter;
        classes.at(c - 'a' + 'A') = CharClass::Letter;
    }
    for (std::size_t c = '0'; c <= '9'; ++c) {
        classes.at(c) = CharClass::Digit;
    }
    classes.at('_') = CharClass::Underscore;
    for (const char c : {' ', '\t', '\n', '\r'}) {
        classes.at(static_cast<std::size_t>(c)) = CharClass::Space;
    }
    return classes;
}

constexpr std::array<CharClass, 256> kClasses = make_classes();

CharClass class_of(char c) {
    return kClasses[static_cast<unsigned char>(c)];
}

bool is_word(char c) {
    const CharClass found = class_of(c);
    return found == CharClass::Letter || found == CharClass::Digit ||
           found == CharClass::Underscore;
}

// Of a character beyond ASCII, which is one token: its first byte, the others.
bool is_continued(char c) {
    return static_cast<unsigned char>(c) >= 0xC0U;
}
bool is_continuation(char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
}

TokenType punctuation(char c) {
    switch (c) {
        case '=':
            return TokenType::Equal;
        case '(':
            return TokenType::OpenParenthesis;
        case ')':
            return TokenType::CloseParenthesis;
        case '[':
            return TokenType::OpenBracket;
        case ']':
            return TokenType::CloseBracket;
        case ',':
            return TokenType::Comma;
        case '.':
            return TokenType::Dot;
        case '+':
            return TokenType::Plus;
        case '-':
            return TokenType::Minus;
        default:
            return TokenType::Bad;
    }
}

}  // namespace

bool is_keyword(std::string_view word, std::string_view keyword) {
    if (word.size() != keyword.size()) {
        return false;
    }
    for (std::size_t i = 0; i < word.size(); ++i) {
        // Clears the bit that makes a letter small; no other word character becomes a letter so.
        if ((word[i] & ~0x20) != keyword[i]) {
            return false;
        }
    }
    return true;
}

// The sigil is read; a sigil alone is no placeholder.
TokenType Lexer::scan_word(TokenType type) {
    const std::uint32_t begin = at_;
    while (at_ < text_.size() && is_word(text_[at_])) {
        ++at_;
    }
    return at_ == begin ? TokenType::Bad : type;
}

TokenType Lexer::scan(char first) {
    const char second = at_ < text_.size() ? text_[at_] : '\0';
    switch (first) {
        case '#':
            return scan_word(TokenType::NamePlaceholder);
        case ':':
            return scan_word(TokenType::ValuePlaceholder);
        case '<':
            if (second == '>' || second == '=') {
                ++at_;
                return second == '>' ? TokenType::NotEqual : TokenType::LessOrEqual;
            }
            return TokenType::Less;
        case '>':
            if (second == '=') {
                ++at_;
                return TokenType::GreaterOrEqual;
            }
            return TokenType::Greater;
        default:
            return punctuation(first);
    }
}

Token Lexer::next() {
    while (at_ < text_.size() && class_of(text_[at_]) == CharClass::Space) {
        ++at_;
    }
    Token token{TokenType::End, at_, at_};
    if (at_ == text_.size()) {
        return token;
    }
    const char first = text_[at_++];
    switch (class_of(first)) {
        case CharClass::Letter:
            scan_word(TokenType::Name);
            token.type = TokenType::Name;
            break;
        case CharClass::Digit:
            // No number begins with a zero but zero itself: `01` is two tokens, and so an error.
            while (first != '0' && at_ < text_.size() && class_of(text_[at_]) == CharClass::Digit) {
                ++at_;
            }
            token.type = TokenType::Index;
            break;
        default:
            token.type = scan(first);
            while (is_continued(first) && at_ < text_.size() && is_continuation(text_[at_])) {
                ++at_;
            }
    }
    token.end = at_;
    return token;
}

}  // namespace millbeck::capture::expression
