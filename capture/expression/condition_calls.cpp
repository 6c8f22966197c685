// The functions of conditions, and where they may stand.
#include "capture/expression/parser.hpp"

namespace millbeck::capture::expression {
namespace {

std::string misuse(std::string_view function) {
    return std::string(
               "The function is not allowed to be used this way in an expression; "
               "function: ")
        .append(function);
}

std::size_t operands_of(Function function) {
    return function == Function::AttributeExists || function == Function::AttributeNotExists ? 1
                                                                                             : 2;
}

}  // namespace

bool ConditionParser::parse_call(Parsed& parsed) {
    const std::string_view name = text_of(token());
    if (is_update_function(name)) {
        note("The function is not allowed in a condition expression; function: " +
             std::string(name));
    } else if (!is_condition_function(name)) {
        note("Invalid function name; function: " + std::string(name));
    }
    if (!open()) {
        return false;
    }
    advance();
    advance();
    std::vector<std::uint32_t> arguments;
    do {
        if (!parse_operand(arguments.emplace_back())) {
            return false;
        }
    } while (accept(TokenType::Comma));
    close();
    finish_call(name, arguments, parsed);
    return expect(TokenType::CloseParenthesis);
}

void ConditionParser::finish_call(std::string_view name,
                                  const std::vector<std::uint32_t>& arguments, Parsed& parsed) {
    parsed.function = name;
    if (name == "size") {
        if (arguments.size() != 1) {
            note_operand_count(name, arguments.size());
        }
        parsed.operand = add_operand(Size{arguments[0]});
        return;
    }
    // What is not known was noted; it stands here as any function would.
    const Function function = parse_function(name).value_or(Function::AttributeExists);
    if (parse_function(name)) {
        check_test(function, arguments);
    }
    make_node(parsed, FunctionTest{function, arguments.front(), arguments.back()});
    parsed.function = name;
}

void ConditionParser::check_test(Function function, const std::vector<std::uint32_t>& arguments) {
    if (arguments.size() != operands_of(function)) {
        note_operand_count(to_string(function), arguments.size());
    }
    const bool wants_path = function != Function::BeginsWith && function != Function::Contains;
    if (wants_path && as_path(arguments.front()) == nullptr) {
        note_not_a_path(to_string(function));
    }
}

// A bare path or value is no condition.
bool ConditionParser::need_condition(Parsed& parsed) {
    if (parsed.node) {
        return true;
    }
    if (parsed.function.empty()) {
        return fail_syntax();
    }
    note(misuse(parsed.function));
    make_node(parsed, FunctionTest{Function::AttributeExists, *parsed.operand, *parsed.operand});
    return true;
}

bool ConditionParser::need_operand(Parsed& parsed) {
    if (parsed.operand) {
        return true;
    }
    if (parsed.function.empty()) {
        return fail_syntax();
    }
    note(misuse(parsed.function));
    parsed.operand = add_operand(Path{});
    return true;
}

}  // namespace millbeck::capture::expression
