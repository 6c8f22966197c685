#include <array>

#include "capture/expression/parser.hpp"

namespace millbeck::capture::expression {
namespace {

constexpr std::array<std::string_view, 5> kKeywords{"AND", "OR", "NOT", "BETWEEN", "IN"};

}  // namespace

ConditionParser::ConditionParser(Syntax& syntax) : Parser(syntax, kKeywords) {}

bool ConditionParser::parse() {
    Parsed parsed;
    return parse_or(parsed) && (is(TokenType::End) || fail_syntax()) && need_condition(parsed) &&
           finish();
}

bool ConditionParser::parse_or(Parsed& parsed) {
    if (!parse_and(parsed)) {
        return false;
    }
    while (is_word("OR")) {
        Parsed right;
        if (!need_condition(parsed) || !count_operator()) {
            return false;
        }
        advance();
        if (!parse_and(right) || !need_condition(right)) {
            return false;
        }
        make_node(parsed, Or{*parsed.node, *right.node});
    }
    return true;
}

bool ConditionParser::parse_and(Parsed& parsed) {
    if (!parse_not(parsed)) {
        return false;
    }
    while (is_word("AND")) {
        Parsed right;
        if (!need_condition(parsed) || !count_operator()) {
            return false;
        }
        advance();
        if (!parse_not(right) || !need_condition(right)) {
            return false;
        }
        make_node(parsed, And{*parsed.node, *right.node});
    }
    return true;
}

bool ConditionParser::parse_not(Parsed& parsed) {
    if (!is_word("NOT")) {
        return parse_test(parsed);
    }
    if (!count_operator()) {
        return false;
    }
    advance();
    if (!parse_not(parsed) || !need_condition(parsed)) {
        return false;
    }
    make_node(parsed, Not{*parsed.node});
    return true;
}

// One comparison, BETWEEN, IN or function; or an operand that a parenthesis may close.
bool ConditionParser::parse_test(Parsed& parsed) {
    if (!parse_primary(parsed)) {
        return false;
    }
    if (const auto found = comparator()) {
        return parse_comparison(*found, parsed);
    }
    if (is_word("BETWEEN")) {
        return parse_between(parsed);
    }
    return is_word("IN") ? parse_in(parsed) : true;
}

bool ConditionParser::parse_primary(Parsed& parsed) {
    parsed = {};
    if (is(TokenType::OpenParenthesis)) {
        return parse_enclosed(parsed);
    }
    if (is(TokenType::ValuePlaceholder)) {
        parsed.operand = add_operand(ValueSlot{take_placeholder()});
        return true;
    }
    if (!is_path_start()) {
        return fail_syntax();
    }
    if (is_call()) {
        return parse_call(parsed);
    }
    Path path;
    if (!parse_path(path)) {
        return false;
    }
    parsed.operand = add_operand(path);
    return true;
}

// What is inside may be a condition or an operand; what follows tells.
bool ConditionParser::parse_enclosed(Parsed& parsed) {
    if (!open()) {
        return false;
    }
    advance();
    if (!parse_or(parsed) || !expect(TokenType::CloseParenthesis)) {
        return false;
    }
    close();
    if (parsed.parenthesised) {
        return fail_redundant();
    }
    parsed.parenthesised = true;
    return true;
}

bool ConditionParser::parse_comparison(Comparator comparator, Parsed& parsed) {
    std::uint32_t right = 0;
    if (!need_operand(parsed) || !count_operator()) {
        return false;
    }
    advance();
    if (!parse_operand(right)) {
        return false;
    }
    make_node(parsed, Comparison{comparator, *parsed.operand, right});
    return true;
}

bool ConditionParser::parse_between(Parsed& parsed) {
    std::uint32_t low = 0;
    std::uint32_t high = 0;
    if (!need_operand(parsed) || !count_operator()) {
        return false;
    }
    advance();
    if (!parse_operand(low) || !(is_word("AND") || fail_syntax())) {
        return false;
    }
    advance();
    if (!parse_operand(high)) {
        return false;
    }
    make_node(parsed, Between{*parsed.operand, low, high});
    return true;
}

bool ConditionParser::parse_in(Parsed& parsed) {
    if (!need_operand(parsed) || !count_operator()) {
        return false;
    }
    advance();
    if (!expect(TokenType::OpenParenthesis)) {
        return false;
    }
    std::vector<std::uint32_t> candidates;
    do {
        if (!parse_operand(candidates.emplace_back())) {
            return false;
        }
    } while (accept(TokenType::Comma));
    if (!expect(TokenType::CloseParenthesis)) {
        return false;
    }
    if (candidates.size() > kInOperandsMax) {
        note("The IN operator is provided with too many operands; number of operands: " +
             std::to_string(candidates.size()));
    }
    auto& lists = syntax().operand_lists;
    const In in{*parsed.operand, static_cast<std::uint32_t>(lists.size()),
                static_cast<std::uint32_t>(candidates.size())};
    lists.insert(lists.end(), candidates.begin(), candidates.end());
    make_node(parsed, in);
    return true;
}

bool ConditionParser::parse_operand(std::uint32_t& operand) {
    Parsed parsed;
    if (!parse_primary(parsed) || !need_operand(parsed)) {
        return false;
    }
    operand = *parsed.operand;
    return true;
}

std::optional<Comparator> ConditionParser::comparator() const {
    switch (token().type) {
        case TokenType::Equal:
            return Comparator::Equal;
        case TokenType::NotEqual:
            return Comparator::NotEqual;
        case TokenType::Less:
            return Comparator::Less;
        case TokenType::LessOrEqual:
            return Comparator::LessOrEqual;
        case TokenType::Greater:
            return Comparator::Greater;
        case TokenType::GreaterOrEqual:
            return Comparator::GreaterOrEqual;
        default:
            return std::nullopt;
    }
}

void ConditionParser::make_node(Parsed& parsed, const ConditionNode& node) {
    auto& nodes = syntax().nodes;
    nodes.push_back(node);
    parsed = {};
    parsed.node = static_cast<std::uint32_t>(nodes.size() - 1);
}

}  // namespace millbeck::capture::expression
