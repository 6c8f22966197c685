#include <algorithm>
#include <array>

#include "capture/expression/parser.hpp"

namespace millbeck::capture::expression {

namespace {

constexpr std::array<std::string_view, 4> kKeywords{"SET", "REMOVE", "ADD", "DELETE"};

}  // namespace

UpdateParser::UpdateParser(Syntax& syntax) : Parser(syntax, kKeywords) {}

std::optional<Clause> UpdateParser::clause() const {
    for (const Clause clause : {Clause::Set, Clause::Remove, Clause::Add, Clause::Delete}) {
        if (is_word(to_string(clause))) {
            return clause;
        }
    }
    return std::nullopt;
}

bool UpdateParser::parse() {
    do {
        const std::optional<Clause> found = clause();
        if (!found) {
            return fail_syntax();
        }
        const auto& actions = syntax().actions;
        const bool repeated =
            std::any_of(actions.begin(), actions.end(),
                        [&](const Action& action) { return action.clause == *found; });
        advance();
        if (!parse_clause(*found)) {
            return false;
        }
        if (repeated) {
            note("The \"" + std::string(to_string(*found)) +
                 "\" section can only be used once in an update expression;");
        }
    } while (!is(TokenType::End));
    return finish();
}

bool UpdateParser::parse_clause(Clause clause) {
    do {
        if (!parse_action(clause)) {
            return false;
        }
    } while (accept(TokenType::Comma));
    return true;
}

bool UpdateParser::parse_action(Clause clause) {
    Action action{clause, {}, 0};
    if (!parse_path(action.path)) {
        return false;
    }
    if (clause == Clause::Set) {
        bool parenthesised = false;
        if (!expect(TokenType::Equal) || !parse_set_value(action.value, parenthesised)) {
            return false;
        }
    } else if (clause != Clause::Remove) {
        if (!is(TokenType::ValuePlaceholder)) {
            return fail_syntax();
        }
        action.value = add_operand(ValueSlot{take_placeholder()});
    }
    syntax().actions.push_back(action);
    return true;
}

bool UpdateParser::is_sum(std::uint32_t operand) {
    return std::holds_alternative<Sum>(syntax().operands[operand]);
}

// One operand, or exactly two with `+` or `-` between.
bool UpdateParser::parse_set_value(std::uint32_t& operand, bool& parenthesised) {
    if (!parse_operand(operand, parenthesised)) {
        return false;
    }
    if (!is(TokenType::Plus) && !is(TokenType::Minus)) {
        return true;
    }
    if (is_sum(operand)) {
        return fail_syntax();
    }
    Sum sum{is(TokenType::Plus) ? Sign::Plus : Sign::Minus, operand, 0};
    if (!count_operator()) {
        return false;
    }
    advance();
    if (!parse_plain_operand(sum.right)) {
        return false;
    }
    operand = add_operand(sum);
    parenthesised = false;
    return true;
}

bool UpdateParser::parse_plain_operand(std::uint32_t& operand) {
    bool parenthesised = false;
    return parse_operand(operand, parenthesised) && (!is_sum(operand) || fail_syntax());
}

bool UpdateParser::parse_operand(std::uint32_t& operand, bool& parenthesised) {
    parenthesised = is(TokenType::OpenParenthesis);
    if (parenthesised) {
        bool inner = false;
        if (!open()) {
            return false;
        }
        advance();
        if (!parse_set_value(operand, inner) || !expect(TokenType::CloseParenthesis)) {
            return false;
        }
        close();
        return !inner || fail_redundant();
    }
    if (is(TokenType::ValuePlaceholder)) {
        operand = add_operand(ValueSlot{take_placeholder()});
        return true;
    }
    if (!is_path_start()) {
        return fail_syntax();
    }
    if (is_call()) {
        return parse_call(operand);
    }
    Path path;
    if (!parse_path(path)) {
        return false;
    }
    operand = add_operand(path);
    return true;
}

bool UpdateParser::parse_call(std::uint32_t& operand) {
    const std::string_view name = text_of(token());
    if (is_condition_function(name)) {
        note("The function is not allowed in an update expression; function: " + std::string(name));
    } else if (!is_update_function(name)) {
        note("Invalid function name; function: " + std::string(name));
    }
    if (!open()) {
        return false;
    }
    advance();
    advance();
    std::vector<std::uint32_t> arguments;
    do {
        if (!parse_plain_operand(arguments.emplace_back())) {
            return false;
        }
    } while (accept(TokenType::Comma));
    close();
    finish_call(name, arguments, operand);
    return expect(TokenType::CloseParenthesis);
}

void UpdateParser::finish_call(std::string_view name, const std::vector<std::uint32_t>& arguments,
                               std::uint32_t& operand) {
    if (is_update_function(name) && arguments.size() != 2) {
        note_operand_count(name, arguments.size());
    }
    if (name == "if_not_exists") {
        const Path* path = as_path(arguments.front());
        if (path == nullptr) {
            note_not_a_path(name);
        }
        operand = add_operand(IfNotExists{path != nullptr ? *path : Path{}, arguments.back()});
        return;
    }
    operand = add_operand(ListAppend{arguments.front(), arguments.back()});
}

}  // namespace millbeck::capture::expression
