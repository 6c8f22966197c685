#include "capture/expression/partiql/lexer.hpp"

#include <array>
#include <limits>

namespace millbeck::capture::expression::partiql {
namespace {

using base::Code;
using base::fail;

constexpr std::array<std::string_view, 6> kPairs{"<<", ">>", "<=", ">=", "<>", "!="};
constexpr std::string_view kSingles = "()[]{}<>=+-*/%.,:;?";

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool is_word_start(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$';
}

bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}

bool begins_character(char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
}

class Lexer {
  public:
    explicit Lexer(std::string_view text) : text_(text) {}

    base::Result<std::vector<Token>> read() {
        std::vector<Token> tokens;
        while (skip_blanks() && at_ < text_.size()) {
            if (!read_token(tokens.emplace_back())) {
                return not_well_formed("");
            }
        }
        if (broken_) {
            return not_well_formed("");
        }
        tokens.push_back({TokenType::End, here(), ""});
        return tokens;
    }

  private:
    [[nodiscard]] char peek(std::size_t ahead = 0) const {
        return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
    }
    [[nodiscard]] bool sees(std::string_view word) const {
        return text_.substr(at_).starts_with(word);
    }
    [[nodiscard]] Spot here() const { return {line_, column_, 0}; }

    void step() {
        if (text_[at_] == '\n') {
            ++line_;
            column_ = 0;
        }
        ++at_;
        if (at_ >= text_.size() || begins_character(text_[at_])) {
            ++column_;
            ++characters_;
        }
    }
    void step(std::size_t bytes) {
        for (std::size_t i = 0; i < bytes; ++i) {
            step();
        }
    }

    // False: a comment has no end.
    bool skip_blanks() {
        while (at_ < text_.size()) {
            if (is_space(peek())) {
                step();
            } else if (sees("--")) {
                while (at_ < text_.size() && peek() != '\n') {
                    step();
                }
            } else if (sees("/*")) {
                const std::size_t end = text_.find("*/", at_ + 2);
                if (end == std::string_view::npos) {
                    broken_ = true;
                    return false;
                }
                step(end + 2 - at_);
            } else {
                break;
            }
        }
        return true;
    }

    bool read_token(Token& token) {
        token.spot = here();
        const std::size_t before = characters_;
        const bool good = read_content(token);
        token.spot.length = static_cast<std::uint32_t>(characters_ - before);
        return good;
    }

    bool read_content(Token& token) {
        const char first = peek();
        if (is_word_start(first)) {
            return read_word(token);
        }
        if (is_digit(first) || (first == '.' && is_digit(peek(1)))) {
            return read_number(token);
        }
        switch (first) {
            case '\'':
                return read_quoted(token, TokenType::String);
            case '"':
                return read_quoted(token, TokenType::QuotedName);
            case '`':
                return read_quoted(token, TokenType::Ion);
            default:
                return read_symbol(token);
        }
    }

    bool read_word(Token& token) {
        const std::size_t begin = at_;
        while (is_word_start(peek()) || is_digit(peek())) {
            step();
        }
        token.text = text_.substr(begin, at_ - begin);
        std::string small = token.text;
        for (char& c : small) {
            c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
        }
        token.type = is_reserved(small) ? TokenType::Keyword : TokenType::Name;
        if (token.type == TokenType::Keyword) {
            token.text = std::move(small);
        }
        return true;
    }

    bool read_quoted(Token& token, TokenType type) {
        token.type = type;
        const char quote = peek();
        step();
        while (at_ < text_.size()) {
            if (peek() == quote && peek(1) == quote && type != TokenType::Ion) {
                step();
            } else if (peek() == quote) {
                step();
                return true;
            }
            token.text += peek();
            step();
        }
        return false;
    }

    // The exponent, and the digits behind the point less the exponent, must fit into 32 bits.
    bool read_number(Token& token) {
        token.type = TokenType::Number;
        const std::size_t begin = at_;
        std::int64_t scale = 0;
        while (is_digit(peek())) {
            step();
        }
        if (peek() == '.') {
            step();
            for (; is_digit(peek()); ++scale) {
                step();
            }
        }
        const char sign = peek(1);
        const bool has_sign = sign == '+' || sign == '-';
        if ((peek() == 'e' || peek() == 'E') && is_digit(peek(has_sign ? 2 : 1))) {
            step(has_sign ? 2 : 1);
            std::int64_t exponent = 0;
            for (; is_digit(peek()); step()) {
                exponent = exponent > kExponentMax ? exponent : exponent * 10 + (peek() - '0');
            }
            scale += sign == '-' ? exponent : -exponent;
            if (exponent > kExponentMax || scale > kExponentMax) {
                return false;
            }
        }
        token.text = text_.substr(begin, at_ - begin);
        return true;
    }

    bool read_symbol(Token& token) {
        token.type = TokenType::Symbol;
        std::size_t size = sees("||") ? 2 : 0;
        for (const std::string_view pair : kPairs) {
            size = sees(pair) ? 2 : size;
        }
        if (size == 0 && kSingles.find(peek()) != std::string_view::npos) {
            size = 1;
        }
        token.text = text_.substr(at_, size);
        step(size);
        return size > 0;
    }

    static constexpr std::int64_t kExponentMax = std::numeric_limits<std::int32_t>::max();

    std::string_view text_;
    std::size_t at_ = 0;
    std::uint32_t line_ = 1;
    std::uint32_t column_ = 1;
    std::size_t characters_ = 0;
    bool broken_ = false;
};

}  // namespace

std::string to_string(const Spot& spot) {
    return std::to_string(spot.line) + ":" + std::to_string(spot.column) + ":" +
           std::to_string(spot.length);
}

base::Result<std::vector<Token>> tokenize(std::string_view statement) {
    return Lexer(statement).read();
}

tl::unexpected<base::Error> not_well_formed(std::string_view detail) {
    std::string message = "Statement wasn't well formed, can't be processed: ";
    return fail(Code::Invalid, message.append(detail));
}

}  // namespace millbeck::capture::expression::partiql
