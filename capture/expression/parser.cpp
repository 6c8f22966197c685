#include "capture/expression/parser.hpp"

#include <algorithm>
#include <charconv>

#include "capture/expression/bindings.hpp"
#include "capture/expression/reserved_words.hpp"

namespace millbeck::capture::expression {
namespace {

constexpr std::uint32_t kListIndexMax = 2'147'483'647;

template <typename GrammarParser>
base::Result<std::shared_ptr<const Syntax>> parse_with(Kind kind, Syntax& syntax) {
    GrammarParser parser(syntax);
    if (!parser.parse()) {
        return invalid_expression(kind, parser.error());
    }
    return std::make_shared<const Syntax>(syntax);
}

// Memory a thread parses in: the syntax that is kept is a copy of just the size it needs.
Syntax& scratch() {
    thread_local Syntax syntax;
    syntax.placeholders.clear();
    syntax.elements.clear();
    syntax.operands.clear();
    syntax.operand_lists.clear();
    syntax.nodes.clear();
    syntax.actions.clear();
    syntax.paths.clear();
    return syntax;
}

}  // namespace

base::Result<std::shared_ptr<const Syntax>> parse_expression(Kind kind, std::string_view text) {
    if (text.empty()) {
        return invalid_expression(kind, "The expression can not be empty;");
    }
    if (text.size() > kExpressionBytesMax) {
        return invalid_expression(kind,
                                  "Expression size has exceeded the maximum allowed size; "
                                  "expression size: " +
                                      std::to_string(text.size()));
    }
    Syntax& syntax = scratch();
    syntax.text = text;
    switch (kind) {
        case Kind::Condition:
        case Kind::Filter:
        case Kind::KeyCondition:
            return parse_with<ConditionParser>(kind, syntax);
        case Kind::Update:
            return parse_with<UpdateParser>(kind, syntax);
        case Kind::Projection:
        case Kind::Statement:
            break;
    }
    return parse_with<ProjectionParser>(kind, syntax);
}

Parser::Parser(Syntax& syntax, std::span<const std::string_view> keywords)
    : text_(syntax.text), syntax_(syntax), keywords_(keywords), lexer_(syntax.text) {
    token_ = lexer_.next();
    following_ = lexer_.next();
}

bool Parser::is_path_start() const {
    return is(TokenType::NamePlaceholder) ||
           (is(TokenType::Name) &&
            std::none_of(keywords_.begin(), keywords_.end(),
                         [this](std::string_view keyword) { return is_word(keyword); }));
}

void Parser::advance() {
    previous_ = token_;
    token_ = following_;
    following_ = lexer_.next();
}

bool Parser::accept(TokenType type) {
    if (!is(type)) {
        return false;
    }
    advance();
    return true;
}

bool Parser::expect(TokenType type) {
    return accept(type) || fail_syntax();
}

bool Parser::fail(std::string message) {
    refusal_ = std::move(message);
    return false;
}

// The token that does not fit, and the text from the token before it to the one behind it.
bool Parser::fail_syntax() {
    const std::string_view found = is(TokenType::End) ? "<EOF>" : text_of(token_);
    const std::uint32_t end = is(TokenType::End) ? token_.end : following_.end;
    std::string message = "Syntax error; token: \"";
    message.append(found).append("\", near: \"");
    message.append(text_.substr(previous_.begin, end - previous_.begin)).append("\"");
    return fail(std::move(message));
}

bool Parser::fail_redundant() {
    return fail("The expression has redundant parentheses;");
}

void Parser::note(std::string message) {
    if (noted_.empty()) {
        noted_ = std::move(message);
    }
}

bool Parser::finish() {
    if (!is(TokenType::End)) {
        return fail_syntax();
    }
    return noted_.empty() || fail(noted_);
}

bool Parser::count_operator() {
    if (++operators_ <= kOperatorsMax) {
        return true;
    }
    return fail("The expression contains too many operators; operator count: " +
                std::to_string(operators_));
}

bool Parser::open() {
    return ++open_ <= kNestedMax || fail_redundant();
}

bool Parser::parse_path(Path& path) {
    path.first = static_cast<std::uint32_t>(syntax_.elements.size());
    if (!parse_path_name()) {
        return false;
    }
    while (true) {
        if (accept(TokenType::Dot)) {
            if (!parse_path_name()) {
                return false;
            }
        } else if (accept(TokenType::OpenBracket)) {
            if (!parse_path_index()) {
                return false;
            }
        } else {
            break;
        }
    }
    path.count = static_cast<std::uint32_t>(syntax_.elements.size()) - path.first;
    if (path.count > kPathElementsMax) {
        note("The document path has too many nesting levels; nesting levels: " +
             std::to_string(path.count));
    }
    return true;
}

bool Parser::parse_path_name() {
    if (!is_path_start()) {
        return fail_syntax();
    }
    if (is(TokenType::NamePlaceholder)) {
        syntax_.elements.emplace_back(NameSlot{take_placeholder()});
        return true;
    }
    const std::string_view name = text_of(token_);
    if (is_reserved_word(name)) {
        note("Attribute name is a reserved keyword; reserved keyword: " + std::string(name));
    }
    syntax_.elements.emplace_back(LiteralName{{token_.begin, token_.end}});
    advance();
    return true;
}

bool Parser::parse_path_index() {
    const std::string_view digits = text_of(token_);
    std::uint32_t index = 0;
    if (is(TokenType::Index)) {
        const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), index);
        if (read.ec != std::errc{} || index > kListIndexMax) {
            note("List index is not within the allowable range; index: [" + std::string(digits) +
                 "]");
        }
    }
    syntax_.elements.emplace_back(ListIndex{index});
    return expect(TokenType::Index) && expect(TokenType::CloseBracket);
}

std::uint32_t Parser::take_placeholder() {
    const std::string_view key = text_of(token_);
    const Slice slice{token_.begin, token_.end};
    advance();
    for (std::size_t slot = 0; slot < syntax_.placeholders.size(); ++slot) {
        if (syntax_.slice(syntax_.placeholders[slot]) == key) {
            return static_cast<std::uint32_t>(slot);
        }
    }
    syntax_.placeholders.push_back(slice);
    return static_cast<std::uint32_t>(syntax_.placeholders.size() - 1);
}

std::uint32_t Parser::add_operand(const Operand& operand) {
    syntax_.operands.push_back(operand);
    return static_cast<std::uint32_t>(syntax_.operands.size() - 1);
}

void Parser::note_operand_count(std::string_view function, std::size_t count) {
    std::string message =
        "Incorrect number of operands for operator or function; operator or function: ";
    note(message.append(function).append(", number of operands: ").append(std::to_string(count)));
}

void Parser::note_not_a_path(std::string_view function) {
    std::string message = "Operator or function requires a document path; operator or function: ";
    note(message.append(function));
}

ProjectionParser::ProjectionParser(Syntax& syntax) : Parser(syntax, {}) {}

bool ProjectionParser::parse() {
    do {
        Path path;
        if (!parse_path(path)) {
            return false;
        }
        syntax().paths.push_back(path);
    } while (accept(TokenType::Comma));
    return finish();
}

}  // namespace millbeck::capture::expression
