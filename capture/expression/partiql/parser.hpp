// From the text of a statement to its tree. Internal to this folder.
#pragma once

#include <memory>
#include <string_view>

#include "base/result.hpp"
#include "capture/expression/partiql/tree.hpp"

namespace millbeck::capture::expression::partiql {

// Errors: Invalid, with the service's texts: what is no statement before what is one that the
// service does not support; of each the first in the text.
base::Result<std::shared_ptr<const Tree>> parse_tree(std::string_view statement);

// Hand-written recursive descent over the tokens: terms and the operators between them.
// Invariants: recursion is bounded by kDepthMax.
// Threads:    one.
class TermParser {
  public:
    TermParser(std::vector<Token> tokens, Tree& tree) : tokens_(std::move(tokens)), tree_(tree) {}

  protected:
    using Parsed = base::Result<NodeId>;

    // What is left to an operator binds at least as strongly as `least`.
    Parsed parse_expression(int least = 0);
    // `a."b"[0]`, as targets are written.
    Parsed parse_simple_path();

    [[nodiscard]] const Token& token(std::size_t ahead = 0) const {
        const std::size_t at = at_ + ahead;
        return at < tokens_.size() ? tokens_[at] : tokens_.back();
    }
    [[nodiscard]] bool is_symbol(std::string_view symbol, std::size_t ahead = 0) const {
        return token(ahead).type == TokenType::Symbol && token(ahead).text == symbol;
    }
    [[nodiscard]] bool is_keyword(std::string_view keyword, std::size_t ahead = 0) const {
        return token(ahead).type == TokenType::Keyword && token(ahead).text == keyword;
    }
    [[nodiscard]] bool is_name() const {
        return token().type == TokenType::Name || token().type == TokenType::QuotedName;
    }
    void advance(std::size_t tokens = 1) { at_ += tokens; }
    bool accept_symbol(std::string_view symbol);
    bool accept_keyword(std::string_view keyword);

    // What the grammar knows and the service does not: kept until the text was read to its end.
    void note(std::string message);
    [[nodiscard]] const std::string& noted() const { return noted_; }

    Tree& tree() { return tree_; }
    // Errors: Invalid, when it is too deep.
    Parsed add(Node node);
    Parsed add_token(NodeType type);

    ~TermParser() = default;

  private:
    struct Infix {
        std::string name;  // `not in`
        int precedence = 0;
        std::size_t tokens = 1;
    };

    [[nodiscard]] Infix infix() const;
    Parsed parse_infix(NodeId left, const Infix& infix);
    Parsed parse_between(Node node, int precedence);
    Parsed parse_type(Node node);
    Parsed parse_unary();
    Parsed parse_path();
    Parsed parse_step(bool simple);
    Parsed parse_term();
    Parsed parse_keyword();
    Parsed parse_group();
    Parsed parse_call();
    Parsed parse_from_first();
    Parsed parse_struct();
    base::Status parse_list(Node& node, std::string_view end, std::string_view end_name);

    std::vector<Token> tokens_;
    std::size_t at_ = 0;
    std::uint32_t open_ = 0;
    Tree& tree_;
    std::string noted_;
};

// Whole statements.
class StatementParser final : public TermParser {
  public:
    using TermParser::TermParser;

    base::Status parse();

  private:
    base::Status parse_verb();
    base::Status parse_select();
    base::Status parse_columns();
    base::Status parse_sources();
    base::Status parse_select_clauses();
    base::Status parse_order();
    base::Status parse_insert();
    base::Status parse_update();
    base::Status parse_delete();
    base::Status parse_from();
    base::Status parse_exists();
    base::Status parse_other();
    base::Status parse_changes();
    base::Status parse_set();
    base::Status parse_where();
    base::Status parse_returning();
    base::Status parse_end();
    base::Status parse_alias();
    base::Status check_column(NodeId column);
};

}  // namespace millbeck::capture::expression::partiql
