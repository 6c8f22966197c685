// SELECT and its clauses.
#include "capture/expression/partiql/parser.hpp"

namespace millbeck::capture::expression::partiql {
namespace {

using base::Status;

// Binds stronger than what joins whole SELECTs.
constexpr int kSelect = 6;

}  // namespace

Status StatementParser::parse_select() {
    tree().verb = Verb::Select;
    if (accept_keyword("distinct")) {
        note("Unsupported token in expression: DISTINCT");
    } else {
        accept_keyword("all");
    }
    if (accept_keyword("value")) {
        note("Select projection doesn't support value or pivot keywords");
        MB_TRY(tree().columns.emplace_back(), parse_expression());
    } else {
        MB_TRY_STATUS(parse_columns());
    }
    if (!accept_keyword("from")) {
        return not_well_formed("Expected FROM after SELECT list");
    }
    MB_TRY_STATUS(parse_sources());
    return parse_select_clauses();
}

Status StatementParser::parse_columns() {
    do {
        if (accept_symbol("*")) {
            tree().everything = true;
            continue;
        }
        MB_TRY(const NodeId column, parse_expression());
        MB_TRY_STATUS(check_column(column));
        tree().columns.push_back(column);
        MB_TRY_STATUS(parse_alias());
    } while (accept_symbol(","));
    if (tree().everything && !tree().columns.empty()) {
        return not_well_formed(
            "Other expressions may not be present in the select list when '*' is used without dot "
            "notation.");
    }
    return {};
}

Status StatementParser::check_column(NodeId column) {
    const Node& node = tree().at(column);
    if (node.type != NodeType::Path) {
        return {};
    }
    for (std::size_t i = 1; i < node.children.size(); ++i) {
        const NodeType step = tree().at(node.children[i]).type;
        const bool last = i + 1 == node.children.size();
        if (step == NodeType::AnyEntry || (step == NodeType::AnyMember && !last)) {
            return not_well_formed("Invalid use of * in select list");
        }
        if (step == NodeType::AnyMember) {
            note("Changing item's hierarchy while reading isn't supported");
        }
    }
    return {};
}

Status StatementParser::parse_select_clauses() {
    if (is_keyword("let")) {
        return base::fail(base::Code::Invalid, "Unsupported clause: LET");
    }
    if (accept_keyword("where")) {
        MB_TRY(tree().where, parse_expression(kSelect));
    }
    MB_TRY_STATUS(parse_order());
    if (accept_keyword("group")) {
        if (!accept_keyword("by")) {
            return not_well_formed("Expected BY");
        }
        note("Unsupported clause: GROUP BY");
        do {
            MB_TRY([[maybe_unused]] const NodeId key, parse_expression(kSelect));
            MB_TRY_STATUS(parse_alias());
        } while (accept_symbol(","));
    }
    for (const std::string_view clause : {"having", "limit"}) {
        if (accept_keyword(clause)) {
            MB_TRY(const NodeId value, parse_expression(kSelect));
            note("Unsupported clause: " + std::string(clause == "limit" ? "LIMIT" : "HAVING") +
                 " at " + to_string(tree().at(value).spot));
        }
    }
    return {};
}

Status StatementParser::parse_order() {
    if (!accept_keyword("order")) {
        return {};
    }
    if (!accept_keyword("by")) {
        return not_well_formed("Expected BY");
    }
    do {
        OrderKey key;
        MB_TRY(key.key, parse_expression());
        key.descending = accept_keyword("desc");
        if (!key.descending) {
            accept_keyword("asc");
        }
        tree().order.push_back(key);
    } while (accept_symbol(","));
    return {};
}

}  // namespace millbeck::capture::expression::partiql
