// From the text of an expression to its syntax. Internal to this folder; callers use the cache.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "capture/expression/lexer.hpp"
#include "capture/expression/syntax.hpp"

namespace millbeck::capture::expression {

// Checks size, grammar, reserved words, functions with their places and numbers of operands; what
// depends on the placeholders is checked when they are bound.
// Errors: Invalid, `Invalid <kind>: ...` with the service's text. A syntax error comes before any
// other; of the others, the first in the text.
base::Result<std::shared_ptr<const Syntax>> parse_expression(Kind kind, std::string_view text);

// Hand-written recursive descent with one token of look-ahead: what the three grammars share.
// Functions answer false when the text is refused; error() says why.
// Invariants: recursion is bounded, by kOperatorsMax and by kNestedMax.
// Threads:    one.
class Parser {
  public:
    // Borrows all; all of `syntax` but its text is empty. `keywords`: what is no name in the
    // grammar, in capital letters.
    Parser(Syntax& syntax, std::span<const std::string_view> keywords);

    // After a refusal: its text, without the name of the expression.
    [[nodiscard]] const std::string& error() const { return refusal_; }

  protected:
    // Parentheses and calls open at a time. More than the operators can need hold a redundant pair,
    // and calls nested as deep do not fit into kExpressionBytesMax.
    static constexpr std::uint32_t kNestedMax = kOperatorsMax + 2;

    // Reads one token on.
    void advance();
    [[nodiscard]] bool is(TokenType type) const { return token_.type == type; }
    [[nodiscard]] bool is_word(std::string_view keyword) const {
        return is(TokenType::Name) && is_keyword(text_of(token_), keyword);
    }
    [[nodiscard]] bool is_call() const {
        return is(TokenType::Name) && following_.type == TokenType::OpenParenthesis;
    }
    [[nodiscard]] const Token& token() const { return token_; }
    [[nodiscard]] std::string_view text_of(const Token& token) const {
        return text_.substr(token.begin, token.end - token.begin);
    }
    bool accept(TokenType type);
    bool expect(TokenType type);  // false: a syntax error

    bool fail(std::string message);
    bool fail_syntax();  // at the current token
    bool fail_redundant();
    // Keeps the first; the text is refused when it was read to its end.
    void note(std::string message);
    bool finish();  // false when something was noted, or text is left

    bool count_operator();
    bool open();  // one more parenthesis or call
    void close() { --open_; }

    [[nodiscard]] bool is_path_start() const;
    bool parse_path(Path& path);
    std::uint32_t take_placeholder();
    std::uint32_t add_operand(const Operand& operand);
    [[nodiscard]] const Path* as_path(std::uint32_t operand) const {
        return std::get_if<Path>(&syntax_.operands[operand]);
    }
    void note_operand_count(std::string_view function, std::size_t count);
    void note_not_a_path(std::string_view function);

    [[nodiscard]] Syntax& syntax() { return syntax_; }

    ~Parser() = default;

  private:
    bool parse_path_name();
    bool parse_path_index();

    std::string_view text_;
    Syntax& syntax_;
    std::span<const std::string_view> keywords_;
    Lexer lexer_;
    Token previous_;
    Token token_;
    Token following_;
    std::uint32_t operators_ = 0;
    std::uint32_t open_ = 0;
    std::string refusal_;
    std::string noted_;
};

// ConditionExpression, FilterExpression, KeyConditionExpression.
class ConditionParser final : public Parser {
  public:
    explicit ConditionParser(Syntax& syntax);
    bool parse();

  private:
    // What was read: a condition (node), an operand, or a call that must not stand where it stands.
    struct Parsed {
        std::optional<std::uint32_t> node;
        std::optional<std::uint32_t> operand;
        std::string_view function;   // of a call and nothing around it but parentheses
        bool parenthesised = false;  // and nothing outside the parentheses
    };

    bool parse_or(Parsed& parsed);
    bool parse_and(Parsed& parsed);
    bool parse_not(Parsed& parsed);
    bool parse_test(Parsed& parsed);
    bool parse_primary(Parsed& parsed);
    bool parse_enclosed(Parsed& parsed);
    bool parse_comparison(Comparator comparator, Parsed& parsed);
    bool parse_between(Parsed& parsed);
    bool parse_in(Parsed& parsed);
    bool parse_operand(std::uint32_t& operand);
    bool parse_call(Parsed& parsed);
    void finish_call(std::string_view name, const std::vector<std::uint32_t>& arguments,
                     Parsed& parsed);
    void check_test(Function function, const std::vector<std::uint32_t>& arguments);
    bool need_condition(Parsed& parsed);
    bool need_operand(Parsed& parsed);
    [[nodiscard]] std::optional<Comparator> comparator() const;
    void make_node(Parsed& parsed, const ConditionNode& node);
};

class UpdateParser final : public Parser {
  public:
    explicit UpdateParser(Syntax& syntax);
    bool parse();

  private:
    bool parse_clause(Clause clause);
    bool parse_action(Clause clause);
    bool parse_set_value(std::uint32_t& operand, bool& parenthesised);
    bool parse_operand(std::uint32_t& operand, bool& parenthesised);
    bool parse_plain_operand(std::uint32_t& operand);  // no sum
    bool parse_call(std::uint32_t& operand);
    void finish_call(std::string_view name, const std::vector<std::uint32_t>& arguments,
                     std::uint32_t& operand);
    [[nodiscard]] bool is_sum(std::uint32_t operand);
    [[nodiscard]] std::optional<Clause> clause() const;
};

class ProjectionParser final : public Parser {
  public:
    explicit ProjectionParser(Syntax& syntax);
    bool parse();
};

// The functions of all grammars.
std::optional<Function> parse_function(std::string_view name);  // those that are conditions
bool is_update_function(std::string_view name);
bool is_condition_function(std::string_view name);  // with size

}  // namespace millbeck::capture::expression
