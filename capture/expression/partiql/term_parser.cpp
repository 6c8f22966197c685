// Operators, and what stands between them.
#include <algorithm>
#include <array>

#include "capture/expression/partiql/parser.hpp"

namespace millbeck::capture::expression::partiql {
namespace {

struct Binding {
    std::string_view text;
    int precedence;
};
constexpr int kNot = 30;
constexpr std::array kSymbols{
    Binding{"=", 40}, Binding{"<>", 40}, Binding{"!=", 40}, Binding{"<", 50}, Binding{"<=", 50},
    Binding{">", 50}, Binding{">=", 50}, Binding{"+", 60},  Binding{"-", 60}, Binding{"||", 60},
    Binding{"*", 70}, Binding{"/", 70},  Binding{"%", 70}};
constexpr std::array kWords{Binding{"or", 10}, Binding{"and", 20},     Binding{"is", 40},
                            Binding{"in", 40}, Binding{"between", 50}, Binding{"like", 50}};
constexpr std::array<std::string_view, 3> kNegatedWords{"in", "between", "like"};

template <typename Bindings>
int precedence_of(const Bindings& bindings, std::string_view text) {
    const auto found = std::ranges::find(bindings, text, &Binding::text);
    return found == bindings.end() ? 0 : found->precedence;
}

}  // namespace

bool TermParser::accept_symbol(std::string_view symbol) {
    if (!is_symbol(symbol)) {
        return false;
    }
    advance();
    return true;
}

bool TermParser::accept_keyword(std::string_view keyword) {
    if (!is_keyword(keyword)) {
        return false;
    }
    advance();
    return true;
}

void TermParser::note(std::string message) {
    if (noted_.empty()) {
        noted_ = std::move(message);
    }
}

TermParser::Parsed TermParser::add(Node node) {
    for (const NodeId child : node.children) {
        node.depth = std::max(node.depth, tree_.at(child).depth + 1);
    }
    if (node.depth > kDepthMax) {
        return not_well_formed("Expression is nested too deeply");
    }
    tree_.nodes.push_back(std::move(node));
    return static_cast<NodeId>(tree_.nodes.size() - 1);
}

TermParser::Parsed TermParser::add_token(NodeType type) {
    Node node{type, token().spot, token().text, 0, 1, {}};
    advance();
    return add(std::move(node));
}

TermParser::Infix TermParser::infix() const {
    if (token().type == TokenType::Symbol) {
        return {token().text == "!=" ? "<>" : token().text, precedence_of(kSymbols, token().text)};
    }
    if (token().type != TokenType::Keyword) {
        return {};
    }
    if (is_keyword("is") && is_keyword("not", 1)) {
        return {"is not", precedence_of(kWords, "is"), 2};
    }
    if (is_keyword("not") && token(1).type == TokenType::Keyword &&
        std::ranges::find(kNegatedWords, token(1).text) != kNegatedWords.end()) {
        return {"not " + token(1).text, precedence_of(kWords, token(1).text), 2};
    }
    return {token().text, precedence_of(kWords, token().text)};
}

TermParser::Parsed TermParser::parse_expression(int least) {
    MB_TRY(NodeId left, parse_unary());
    for (Infix next = infix(); next.precedence > least; next = infix()) {
        MB_TRY(left, parse_infix(left, next));
    }
    return left;
}

TermParser::Parsed TermParser::parse_infix(NodeId left, const Infix& infix) {
    Node node{NodeType::Operation, token().spot, infix.name, 0, 1, {left}};
    advance(infix.tokens);
    if (infix.name == "is" || infix.name == "is not") {
        return parse_type(std::move(node));
    }
    if ((infix.name == "in" || infix.name == "not in") && is_symbol("(")) {
        Node list{NodeType::List, token().spot, "", 0, 1, {}};
        advance();
        MB_TRY_STATUS(parse_list(list, ")", "RIGHT_PAREN"));
        MB_TRY(node.children.emplace_back(), add(std::move(list)));
        return add(std::move(node));
    }
    if (token().type == TokenType::End) {
        return not_well_formed("Missing right-hand side expression of infix operator");
    }
    if (infix.name == "between" || infix.name == "not between") {
        return parse_between(std::move(node), infix.precedence);
    }
    MB_TRY(const NodeId right, parse_expression(infix.precedence));
    if ((infix.name == "and" || infix.name == "or") && tree_.is(left, infix.name)) {
        Node& joined = tree_.nodes[left];
        joined.children.push_back(right);
        joined.depth = std::max(joined.depth, tree_.at(right).depth + 1);
        return left;
    }
    node.children.push_back(right);
    return add(std::move(node));
}

TermParser::Parsed TermParser::parse_between(Node node, int precedence) {
    MB_TRY(node.children.emplace_back(), parse_expression(precedence));
    if (!accept_keyword("and")) {
        return not_well_formed("Expected AND");
    }
    if (token().type == TokenType::End) {
        return not_well_formed("Expected expression after AND");
    }
    MB_TRY(node.children.emplace_back(), parse_expression(precedence));
    return add(std::move(node));
}

// Depth of recursion is counted here: all of it comes by.
TermParser::Parsed TermParser::parse_unary() {
    if (++open_ > kDepthMax) {
        return not_well_formed("Expression is nested too deeply");
    }
    if (!is_symbol("-") && !is_symbol("+") && !is_keyword("not")) {
        auto path = parse_path();
        --open_;
        return path;
    }
    Node node{NodeType::Operation, token().spot, token().text, 0, 1, {}};
    advance();
    MB_TRY(const NodeId operand, node.text == "not" ? parse_expression(kNot) : parse_unary());
    --open_;
    Node& literal = tree_.nodes[operand];
    if (node.text != "not" && literal.type == NodeType::Number) {
        if (node.text == "-") {
            literal.text =
                literal.text.starts_with('-') ? literal.text.substr(1) : "-" + literal.text;
        }
        return operand;
    }
    node.children.push_back(operand);
    return add(std::move(node));
}

TermParser::Parsed TermParser::parse_path() {
    MB_TRY(const NodeId term, parse_term());
    Node path{NodeType::Path, tree_.at(term).spot, "", 0, 1, {term}};
    while (is_symbol(".") || is_symbol("[")) {
        MB_TRY(path.children.emplace_back(), parse_step(false));
    }
    return path.children.size() == 1 ? Parsed(term) : add(std::move(path));
}

TermParser::Parsed TermParser::parse_simple_path() {
    if (!is_name()) {
        return not_well_formed("Expected identifier for simple path");
    }
    MB_TRY(const NodeId name, add_token(NodeType::Name));
    Node path{NodeType::Path, tree_.at(name).spot, "", 0, 1, {name}};
    while (is_symbol(".") || is_symbol("[")) {
        MB_TRY(path.children.emplace_back(), parse_step(true));
    }
    return path.children.size() == 1 ? Parsed(name) : add(std::move(path));
}

TermParser::Parsed TermParser::parse_step(bool simple) {
    const bool dot = is_symbol(".");
    advance();
    if (dot) {
        if (is_name()) {
            return add_token(NodeType::String);
        }
        if (!is_symbol("*")) {
            return not_well_formed("Invalid path dot component");
        }
        return simple ? not_well_formed("Invalid path dot component for simple path")
                      : add_token(NodeType::AnyMember);
    }
    Parsed step = is_symbol("*") ? add_token(NodeType::AnyEntry) : parse_expression();
    if (!step) {
        return step;
    }
    if (!accept_symbol("]")) {
        return not_well_formed("Expected RIGHT_BRACKET");
    }
    const NodeType type = tree_.at(*step).type;
    if (simple && type != NodeType::Number && type != NodeType::String && type != NodeType::Name) {
        return not_well_formed("Invalid path component for simple path");
    }
    return step;
}

// Up to and with `end`.
base::Status TermParser::parse_list(Node& node, std::string_view end, std::string_view end_name) {
    do {
        MB_TRY(node.children.emplace_back(), parse_expression());
    } while (accept_symbol(","));
    if (!accept_symbol(end)) {
        return not_well_formed("Expected " + std::string(end_name));
    }
    return {};
}

}  // namespace millbeck::capture::expression::partiql
