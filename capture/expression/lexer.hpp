// The words of an expression.
#pragma once

#include <cstdint>
#include <string_view>

namespace millbeck::capture::expression {

enum class TokenType : std::uint8_t {
    Name,              // a bare name, a function's name or a keyword
    NamePlaceholder,   // `#n`
    ValuePlaceholder,  // `:v`
    Index,             // digits
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    OpenParenthesis,
    CloseParenthesis,
    OpenBracket,
    CloseBracket,
    Comma,
    Dot,
    Plus,
    Minus,
    Bad,  // a character no expression may have here
    End
};

struct Token {
    TokenType type = TokenType::End;
    std::uint32_t begin = 0;
    std::uint32_t end = 0;
};

// Threads: one.
class Lexer {
  public:
    explicit Lexer(std::string_view text) : text_(text) {}

    // After the last token: End, for ever.
    Token next();

  private:
    TokenType scan(char first);
    TokenType scan_word(TokenType type);

    std::string_view text_;
    std::uint32_t at_ = 0;
};

// Whether `word` is `keyword` in any case. Requires: keyword in capital letters.
bool is_keyword(std::string_view word, std::string_view keyword);

}  // namespace millbeck::capture::expression
