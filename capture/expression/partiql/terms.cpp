// Literals, names, calls and groups.
#include <algorithm>
#include <array>

#include "capture/expression/partiql/parser.hpp"

namespace millbeck::capture::expression::partiql {
namespace {

constexpr auto kInfixWords =
    std::to_array<std::string_view>({"and", "or", "in", "is", "like", "between"});
constexpr auto kInfixSymbols =
    std::to_array<std::string_view>({"=", "<>", "!=", "<", "<=", ">", ">=", "/", "%", "||"});
// Keywords that are functions as well.
constexpr auto kFunctions = std::to_array<std::string_view>(
    {"exists", "count", "avg", "max", "min", "sum", "char_length", "character_length",
     "octet_length", "bit_length", "upper", "lower", "size", "sexp", "list", "bag"});
// What the grammar of PartiQL has and no statement of the service may.
constexpr auto kUnsupported = std::to_array<std::string_view>(
    {"case", "cast", "select", "create", "drop", "pivot", "values", "substring", "trim", "extract",
     "date", "time", "update", "delete", "exec", "insert", "date_add"});
constexpr auto kTypes = std::to_array<std::string_view>(
    {"missing",  "null",   "boolean",  "bool", "smallint", "integer",   "int",
     "integer2", "int2",   "integer4", "int4", "integer8", "int8",      "bigint",
     "float",    "real",   "decimal",  "dec",  "numeric",  "timestamp", "date",
     "time",     "string", "symbol",   "clob", "blob",     "struct",    "tuple"});
constexpr auto kMoreTypes =
    std::to_array<std::string_view>({"list", "sexp", "bag", "character", "char", "varchar"});

template <typename Words>
bool has(const Words& words, std::string_view word) {
    return std::ranges::find(words, word) != words.end();
}

std::string upper(std::string text) {
    for (char& c : text) {
        c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    }
    return text;
}

std::string lower(std::string text) {
    for (char& c : text) {
        c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
    return text;
}

}  // namespace

TermParser::Parsed TermParser::parse_term() {
    switch (token().type) {
        case TokenType::Keyword:
            return parse_keyword();
        case TokenType::Name:
        case TokenType::QuotedName:
            return is_symbol("(", 1) ? parse_call() : add_token(NodeType::Name);
        case TokenType::String:
            return add_token(NodeType::String);
        case TokenType::Number:
            return add_token(NodeType::Number);
        case TokenType::Ion:
            return add_token(NodeType::Ion);
        case TokenType::Symbol:
        case TokenType::End:
            return parse_group();
    }
    return not_well_formed("");
}

TermParser::Parsed TermParser::parse_keyword() {
    const std::string& word = token().text;
    if (word == "true" || word == "false") {
        return add_token(NodeType::Boolean);
    }
    if (word == "null") {
        return add_token(NodeType::Null);
    }
    if (word == "missing") {
        return add_token(NodeType::Missing);
    }
    if (has(kInfixWords, word)) {
        return not_well_formed("Unexpected operator");
    }
    if (has(kFunctions, word) && is_symbol("(", 1)) {
        return parse_call();
    }
    if (word == "from") {
        return parse_from_first();
    }
    if ((word == "date" || word == "time") && token(1).type != TokenType::String) {
        // Names of attributes, most likely, that want quotes.
        return not_well_formed(
            std::string(word == "date" ? "Expected date string followed by the keyword DATE"
                                       : "Expected time string followed by the keyword TIME "
                                         "OR TIME WITH TIME ZONE") +
            ", found " + (token(1).type == TokenType::Number ? "INT" : "SYMBOL"));
    }
    if (word == "values" && !is_symbol("(", 1)) {
        return not_well_formed("Expected LEFT_PAREN for row value constructor");
    }
    if (has(kUnsupported, word)) {
        return base::fail(base::Code::Invalid, "Unsupported token in expression: " + upper(word) +
                                                   " at " + to_string(token().spot));
    }
    return not_well_formed("Unexpected keyword");
}

// Begins a statement that changes something; as a term it can only be wrong.
TermParser::Parsed TermParser::parse_from_first() {
    const Spot spot = token().spot;
    advance();
    MB_TRY([[maybe_unused]] const NodeId source, parse_expression());
    if (accept_keyword("where")) {
        MB_TRY([[maybe_unused]] const NodeId where, parse_expression());
    }
    if (!is_keyword("set") && !is_keyword("remove")) {
        return not_well_formed("Expected data manipulation");
    }
    return base::fail(base::Code::Invalid,
                      "Unsupported token in expression: FROM at " + to_string(spot));
}

TermParser::Parsed TermParser::parse_group() {
    Node node{NodeType::List, token().spot, "", 0, 1, {}};
    if (accept_symbol("?")) {
        node.type = NodeType::Parameter;
        node.number = tree_.parameters++;
        return add(std::move(node));
    }
    if (accept_symbol("(")) {
        MB_TRY_STATUS(parse_list(node, ")", "RIGHT_PAREN"));
        return node.children.size() == 1 ? Parsed(node.children[0]) : add(std::move(node));
    }
    if (accept_symbol("[")) {
        if (!accept_symbol("]")) {
            MB_TRY_STATUS(parse_list(node, "]", "RIGHT_BRACKET"));
        }
        return add(std::move(node));
    }
    if (accept_symbol("<<")) {
        node.type = NodeType::Bag;
        if (!accept_symbol(">>")) {
            MB_TRY_STATUS(parse_list(node, ">>", "RIGHT_DOUBLE_ANGLE_BRACKET"));
        }
        return add(std::move(node));
    }
    if (is_symbol("{")) {
        return parse_struct();
    }
    const bool infix = token().type == TokenType::Symbol && has(kInfixSymbols, token().text);
    return not_well_formed(infix ? "Unexpected operator" : "Unexpected term");
}

TermParser::Parsed TermParser::parse_struct() {
    Node node{NodeType::Struct, token().spot, "", 0, 1, {}};
    advance();
    if (accept_symbol("}")) {
        return add(std::move(node));
    }
    do {
        MB_TRY(node.children.emplace_back(), parse_expression());
        if (!accept_symbol(":")) {
            return not_well_formed("Expected COLON");
        }
        MB_TRY(node.children.emplace_back(), parse_expression());
    } while (accept_symbol(","));
    if (!accept_symbol("}")) {
        return not_well_formed("Expected RIGHT_CURLY");
    }
    return add(std::move(node));
}

TermParser::Parsed TermParser::parse_call() {
    Node node{NodeType::Call, token().spot, lower(token().text), 0, 1, {}};
    advance(2);
    if (accept_symbol(")")) {
        return add(std::move(node));
    }
    if (is_symbol("*")) {
        if (node.text != "count") {
            return not_well_formed(node.text + "(*) is not allowed");
        }
        advance();
        if (!accept_symbol(")")) {
            return not_well_formed("Expected RIGHT_PAREN");
        }
        return add(std::move(node));
    }
    MB_TRY_STATUS(parse_list(node, ")", "RIGHT_PAREN"));
    return add(std::move(node));
}

TermParser::Parsed TermParser::parse_type(Node node) {
    Node type{NodeType::Name, token().spot, token().text, 0, 1, {}};
    if (is_keyword("double") && is_keyword("precision", 1)) {
        type.text = "double_precision";
        advance();
    } else if (is_keyword("character") && is_keyword("varying", 1)) {
        type.text = "character_varying";
        advance();
    } else if (token().type != TokenType::Keyword ||
               !(has(kTypes, type.text) || has(kMoreTypes, type.text))) {
        return not_well_formed("Expected type name");
    }
    advance();
    if (accept_symbol("(")) {
        MB_TRY_STATUS(parse_list(type, ")", "RIGHT_PAREN"));
        type.children.clear();
    }
    type.text = upper(std::move(type.text));
    MB_TRY(node.children.emplace_back(), add(std::move(type)));
    return add(std::move(node));
}

}  // namespace millbeck::capture::expression::partiql
