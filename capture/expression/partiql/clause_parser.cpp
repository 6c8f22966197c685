// The clauses that several statements have.
#include "capture/expression/partiql/parser.hpp"

namespace millbeck::capture::expression::partiql {
namespace {

using base::Status;

constexpr std::string_view kAlias = "Aliasing is not supported";
constexpr std::string_view kOneSource = "Only select from a single table or index is supported.";

bool is_join(const Token& token) {
    return token.type == TokenType::Keyword &&
           (token.text == "join" || token.text == "inner" || token.text == "cross" ||
            token.text == "left" || token.text == "right" || token.text == "full" ||
            token.text == "outer");
}

}  // namespace

Status StatementParser::parse_sources() {
    MB_TRY(tree().source, parse_expression());
    MB_TRY_STATUS(parse_alias());
    while (is_symbol(",") || is_join(token())) {
        note(std::string(kOneSource));
        while (is_join(token())) {
            advance();
        }
        accept_symbol(",");
        MB_TRY([[maybe_unused]] const NodeId other, parse_expression());
        MB_TRY_STATUS(parse_alias());
        if (accept_keyword("on")) {
            MB_TRY([[maybe_unused]] const NodeId condition, parse_expression());
        }
    }
    return {};
}

Status StatementParser::parse_alias() {
    for (const std::string_view word : {"as", "at", "by"}) {
        if (accept_keyword(word)) {
            if (!is_name()) {
                return not_well_formed("Expected identifier for " +
                                       std::string(word == "as"   ? "AS"
                                                   : word == "at" ? "AT"
                                                                  : "BY") +
                                       "-alias");
            }
            note(std::string(kAlias));
            advance();
        } else if (word == "as" && is_name()) {
            note(std::string(kAlias));
            advance();
        }
    }
    return {};
}

Status StatementParser::parse_changes() {
    while (is_keyword("set") || is_keyword("remove")) {
        if (accept_keyword("set")) {
            MB_TRY_STATUS(parse_set());
        } else {
            advance();
            MB_TRY(const NodeId target, parse_simple_path());
            tree().changes.push_back({true, target, 0});
        }
    }
    return tree().changes.empty() ? not_well_formed("Expected data manipulation") : Status{};
}

Status StatementParser::parse_set() {
    do {
        MB_TRY(const NodeId target, parse_simple_path());
        if (!accept_symbol("=")) {
            return not_well_formed("Expected '='");
        }
        MB_TRY(const NodeId value, parse_expression());
        tree().changes.push_back({false, target, value});
    } while (accept_symbol(","));
    return {};
}

Status StatementParser::parse_where() {
    if (accept_keyword("where")) {
        MB_TRY(tree().where, parse_expression());
    }
    return {};
}

Status StatementParser::parse_returning() {
    if (!accept_keyword("returning")) {
        return {};
    }
    do {
        const bool which = is_keyword("all") || is_keyword("modified");
        const bool when = is_keyword("old", 1) || is_keyword("new", 1);
        if (!which || !when) {
            return not_well_formed(
                "Expected ( MODIFIED | ALL ) ( NEW | OLD ) in each returning element.");
        }
        if (!tree().returning.empty()) {
            note("Invalid syntax with multiple returning elements in RETURNING clause");
        }
        tree().returning = is_keyword("all") ? "ALL " : "MODIFIED ";
        tree().returning += is_keyword("old", 1) ? "OLD" : "NEW";
        advance(2);
        if (!accept_symbol("*")) {
            MB_TRY([[maybe_unused]] const NodeId column, parse_expression());
            note("Expected '*' after ( MODIFIED | ALL ) ( NEW | OLD ) in RETURNING clause");
        }
    } while (accept_symbol(","));
    return {};
}

}  // namespace millbeck::capture::expression::partiql
