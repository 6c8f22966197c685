// Statements.
#include "capture/expression/partiql/parser.hpp"

namespace millbeck::capture::expression::partiql {
namespace {

using base::Status;

// What a statement is that is only an expression.
std::string_view kind_of(const Node& node) {
    switch (node.type) {
        case NodeType::Name:
            return "VariableReference";
        case NodeType::Path:
            return "Path";
        case NodeType::Parameter:
            return "Parameter";
        case NodeType::List:
        case NodeType::Bag:
            return "Seq";
        case NodeType::Struct:
            return "Struct";
        case NodeType::Missing:
            return "LiteralMissing";
        case NodeType::Call:
            return "NAry";
        case NodeType::Operation:
            return node.text == "is" || node.text == "is not" ? "IsType" : "NAry";
        default:
            return "Literal";
    }
}

}  // namespace

Status StatementParser::parse() {
    MB_TRY_STATUS(parse_verb());
    MB_TRY_STATUS(parse_end());
    return noted().empty() ? Status{} : base::fail(base::Code::Invalid, noted());
}

Status StatementParser::parse_verb() {
    if (accept_keyword("select")) {
        return parse_select();
    }
    if (is_keyword("insert") && is_keyword("into", 1)) {
        advance(2);
        return parse_insert();
    }
    if (accept_keyword("update")) {
        return parse_update();
    }
    if (accept_keyword("delete")) {
        return parse_delete();
    }
    if (accept_keyword("from")) {
        return parse_from();
    }
    if (is_keyword("exists") && is_symbol("(", 1) && is_keyword("select", 2)) {
        advance(3);
        return parse_exists();
    }
    return parse_other();
}

// An expression, or a statement of SQL that the service does not have.
Status StatementParser::parse_other() {
    for (const std::string_view verb : {"create", "drop"}) {
        for (const std::string_view thing : {"table", "index"}) {
            if (is_keyword(verb) && is_keyword(thing, 1)) {
                std::string name(verb == "create" ? "Create" : "Drop");
                name.append(thing == "table" ? "Table" : "Index");
                return base::fail(base::Code::Invalid, "Unsupported operation: " + name);
            }
        }
    }
    MB_TRY(const NodeId expression, parse_expression());
    note("Unsupported operation: " + std::string(kind_of(tree().at(expression))));
    return {};
}

Status StatementParser::parse_end() {
    if (accept_symbol(";")) {
        return token().type == TokenType::End
                   ? Status{}
                   : not_well_formed(
                         "Unexpected token after semicolon. (Only one query is allowed.)");
    }
    return token().type == TokenType::End ? Status{}
                                          : not_well_formed("Unexpected token after expression");
}

Status StatementParser::parse_exists() {
    MB_TRY_STATUS(parse_select());
    tree().verb = Verb::Exists;
    return accept_symbol(")") ? Status{} : not_well_formed("Expected RIGHT_PAREN");
}

Status StatementParser::parse_insert() {
    tree().verb = Verb::Insert;
    MB_TRY(tree().source, parse_simple_path());
    if (!accept_keyword("value")) {
        MB_TRY(tree().item, parse_expression());
        note("Unsupported operation: InsertOp");
        return {};
    }
    MB_TRY(tree().item, parse_expression());
    if (accept_keyword("at")) {
        MB_TRY([[maybe_unused]] const NodeId at, parse_expression());
        note("AT is not supported in insert statements.");
    }
    if (is_keyword("on") && is_keyword("conflict", 1)) {
        advance(2);
        if (!accept_keyword("where")) {
            return not_well_formed("invalid ON CONFLICT syntax");
        }
        MB_TRY([[maybe_unused]] const NodeId condition, parse_expression());
        if (!accept_keyword("do") || !accept_keyword("nothing")) {
            return not_well_formed("invalid ON CONFLICT syntax");
        }
        note("Unsupported clause: ON CONFLICT");
    }
    MB_TRY_STATUS(parse_returning());
    if (!tree().returning.empty()) {
        note("RETURNING is not supported in INSERT");
    }
    return {};
}

Status StatementParser::parse_update() {
    tree().verb = Verb::Update;
    MB_TRY(tree().source, parse_simple_path());
    MB_TRY_STATUS(parse_alias());
    MB_TRY_STATUS(parse_changes());
    MB_TRY_STATUS(parse_where());
    return parse_returning();
}

Status StatementParser::parse_delete() {
    tree().verb = Verb::Delete;
    if (!accept_keyword("from")) {
        return not_well_formed("Expected FROM after DELETE");
    }
    MB_TRY(tree().source, parse_simple_path());
    MB_TRY_STATUS(parse_alias());
    MB_TRY_STATUS(parse_where());
    MB_TRY_STATUS(parse_returning());
    if (!tree().returning.empty() && tree().returning != "ALL OLD") {
        note("Invalid returning clause: RETURNING " + tree().returning +
             " *. Only RETURNING ALL OLD * is allowed in DELETE statements.");
    }
    return {};
}

// `FROM t WHERE ... SET ...`: an update with its clauses in another order.
Status StatementParser::parse_from() {
    tree().verb = Verb::Update;
    MB_TRY_STATUS(parse_sources());
    MB_TRY_STATUS(parse_where());
    MB_TRY_STATUS(parse_changes());
    return parse_returning();
}

base::Result<std::shared_ptr<const Tree>> parse_tree(std::string_view statement) {
    MB_TRY(auto tokens, tokenize(statement));
    auto tree = std::make_shared<Tree>();
    MB_TRY_STATUS(StatementParser(std::move(tokens), *tree).parse());
    return std::shared_ptr<const Tree>(std::move(tree));
}

}  // namespace millbeck::capture::expression::partiql
