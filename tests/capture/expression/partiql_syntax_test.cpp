// If these fail, a statement is understood as something else than what it says, or a mistake in one
// is told in other words than the service's.
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "capture/expression/partiql/statement.hpp"

namespace millbeck::capture::expression::partiql {
namespace {

const std::string kBad = "Statement wasn't well formed, can't be processed: ";

struct Row {
    std::string statement;
    std::string message;
};

void expect_refused(const std::vector<Row>& rows) {
    for (const Row& row : rows) {
        SCOPED_TRACE(row.statement.substr(0, 200));
        const auto parsed = Statement::parse(row.statement, {});
        if (parsed) {
            ADD_FAILURE() << "accepted";
            continue;
        }
        EXPECT_EQ(parsed.error().code, base::Code::Invalid);
        EXPECT_EQ(parsed.error().message, row.message);
    }
}

TEST(PartiqlSyntax, RefusesWhatIsNoStatement) {
    const std::string leftover = kBad + "Unexpected token after expression";
    const std::string term = kBad + "Unexpected term";
    expect_refused({
        {"SELECT * FROM tab WHERE pk = 1 foo", leftover},
        {"SELECT * FROM tab WHERE pk = 1 e5", leftover},
        {"SELECT * FROM tab WHERE pk = 1)", leftover},
        {"SELECT * FROM tab ORDER BY pk WHERE pk = 1", leftover},
        {"SELECTT * FROMM \"tab\"", leftover},
        {"INSERT INTO tab VALUE {'pk': 1} foo", leftover},
        {"INSERT INTO tab t VALUE {'pk': 'x'}", leftover},
        {"UPDATE tab SET a = 9 WHERE pk = 2 foo", leftover},
        {"UPDATE tab REMOVE a, b WHERE pk = 2", leftover},
        {"DELETE FROM tab WHERE pk = 3 foo", leftover},
        {"DELETE FROM tab WHERE pk = 3 ORDER BY pk", leftover},
        {"FROM tab SET c = 1 WHERE pk = 'x'", leftover},
        {"SELECT * FROM tab; SELECT * FROM tab",
         kBad + "Unexpected token after semicolon. (Only one query is allowed.)"},
        {"", term},
        {"SELECT", term},
        {"SELECT * FROM", term},
        {"SELECT * FROM tab WHERE", term},
        {"SELECT * FROM tab WHERE;", term},
        {"SELECT * FROM tab WHERE NOT", term},
        {"SELECT * FROM tab WHERE (", term},
        {"UPDATE tab SET a = 1 WHERE", term},
        {"DELETE FROM tab WHERE   ", term},
        {"SELECT * FROM tab WHERE a = ]", term},
        {"SELECT * FROM tab WHERE ORDER BY pk", kBad + "Unexpected keyword"},
        {"SELECT value, pk FROM tab", term},
        {"SELECT date2, order FROM tab", kBad + "Unexpected keyword"},
        {"SELECT * FROM tab WHERE count = 1", kBad + "Unexpected keyword"},
        {"SELECT * FROM tab WHERE date = 1",
         kBad + "Expected date string followed by the keyword DATE, found SYMBOL"},
        {"SELECT time FROM tab",
         kBad + "Expected time string followed by the keyword TIME OR TIME WITH TIME ZONE, found "
                "SYMBOL"},
        {"INSERT INTO tab VALUES {'pk': 1}",
         kBad + "Expected LEFT_PAREN for row value constructor"},
        {"SELECT * FROM tab WHERE IS NULL", kBad + "Unexpected operator"},
        {"SELECT * FROM tab WHERE pk = LIKE", kBad + "Unexpected operator"},
        {"SELECT * FROM tab WHERE pk = = 1", kBad + "Unexpected operator"},
        {"SELECT * FROM tab WHERE pk = 'p1' AND",
         kBad + "Missing right-hand side expression of infix operator"},
        {"SELECT * FROM tab WHERE pk = 'p1' OR",
         kBad + "Missing right-hand side expression of infix operator"},
        {"SELECT * FROM tab WHERE pk BETWEEN 1 AND", kBad + "Expected expression after AND"},
        {"SELECT * FROM tab WHERE pk BETWEEN 1 OR 2", kBad + "Expected AND"},
        {"SELECT * FROM tab WHERE pk = 'a' AND x IS FOO", kBad + "Expected type name"},
        {"SELECT * FROM tab WHERE (pk = 'a'", kBad + "Expected RIGHT_PAREN"},
        {"SELECT * FROM tab WHERE pk IN ['a'", kBad + "Expected RIGHT_BRACKET"},
        {"SELECT * FROM tab WHERE pk IN ('a'", kBad + "Expected RIGHT_PAREN"},
        {"INSERT INTO tab VALUE {'pk' 1}", kBad + "Expected COLON"},
        {"INSERT INTO tab VALUE {'pk': 1", kBad + "Expected RIGHT_CURLY"},
        {"INSERT INTO tab VALUE {'pk': <<1}", kBad + "Expected RIGHT_DOUBLE_ANGLE_BRACKET"},
        {"SELECT pk", kBad + "Expected FROM after SELECT list"},
        {"SELECT *, pk FROM tab",
         kBad +
             "Other expressions may not be present in the select list when '*' is used without dot "
             "notation."},
        {"SELECT m[*] FROM tab", kBad + "Invalid use of * in select list"},
        {"SELECT * FROM tab WHERE m.inner = 1", kBad + "Invalid path dot component"},
        {"UPDATE tab SET m.value = 1 WHERE pk = 'x'", kBad + "Invalid path dot component"},
        {"UPDATE tab SET m.* = 1 WHERE pk = 'x'",
         kBad + "Invalid path dot component for simple path"},
        {"UPDATE tab SET m[1 + 1] = 1 WHERE pk = 'x'",
         kBad + "Invalid path component for simple path"},
        {"DELETE FROM", kBad + "Expected identifier for simple path"},
        {"DELETE FROM;", kBad + "Expected identifier for simple path"},
        {"DELETE FROM WHERE pk = 'a'", kBad + "Expected identifier for simple path"},
        {"UPDATE tab SET [1] = 1 WHERE pk = 'x'", kBad + "Expected identifier for simple path"},
        {"DELETE tab WHERE pk = 'a'", kBad + "Expected FROM after DELETE"},
        {"SLECT * FROM \"tab\" WHERE pk = 'x'", kBad + "Expected data manipulation"},
        {"FROM tab", kBad + "Expected data manipulation"},
        {"UPDATE tab WHERE pk = 'a' SET x = 1", kBad + "Expected data manipulation"},
        {"UPDATE tab ADD n 1 WHERE pk = 'a'", kBad + "Expected data manipulation"},
        {"UPDATE tab SET a 1 WHERE pk = 'a'", kBad + "Expected '='"},
        {"UPDATE tab SET a = 1 WHERE pk = 'a' RETURNING *",
         kBad + "Expected ( MODIFIED | ALL ) ( NEW | OLD ) in each returning element."},
        {"INSERT INTO tab VALUE {'pk': 1} ON CONFLICT DO NOTHING",
         kBad + "invalid ON CONFLICT syntax"},
        {"SELECT * FROM tab AS WHERE pk = 1", kBad + "Expected identifier for AS-alias"},
    });
}

// What is no token says nothing more.
TEST(PartiqlSyntax, RefusesWhatIsNoToken) {
    expect_refused({
        {"SELECT * FROM tab WHERE pk = 1e2147483648", kBad},
        {"SELECT * FROM tab WHERE pk = 1e99999999999", kBad},
        {"SELECT * FROM tab WHERE pk = 1.5e-2147483647", kBad},
        {"SELECT * FROM tab WHERE pk = 1 # note", kBad},
        {"SELECT * FROM tab WHERE pk = 1 /* note", kBad},
        {"SELECT * FROM tab WHERE pk = 'a", kBad},
        {"SELECT * FROM \"tab", kBad},
        {"SELECT * FROM tab WHERE pk = `a", kBad},
        {"SELECT * FROM tab WHERE pk = \xc3\xa4", kBad},
    });
}

TEST(PartiqlSyntax, RefusesWhatTheServiceDoesNotHave) {
    const std::string alias = "Aliasing is not supported";
    const std::string one = "Only select from a single table or index is supported.";
    expect_refused({
        {"SELECT * FROM tab t WHERE pk = 'x'", alias},
        {"SELECT * FROM tab AS t WHERE pk = 'x'", alias},
        {"SELECT pk AS p FROM tab", alias},
        {"UPDATE tab t SET a = 3 WHERE pk = 'x'", alias},
        {"DELETE FROM tab t WHERE pk = 'x'", alias},
        {"SELECT * FROM tab, tab2", one},
        {"SELECT * FROM tab INNER JOIN tab2 ON a = b", one},
        {"SELECT VALUE pk FROM tab", "Select projection doesn't support value or pivot keywords"},
        {"SELECT DISTINCT pk FROM tab", "Unsupported token in expression: DISTINCT"},
        {"SELECT m.* FROM tab", "Changing item's hierarchy while reading isn't supported"},
        {"SELECT * FROM tab LIMIT 1", "Unsupported clause: LIMIT at 1:25:1"},
        {"SELECT * FROM tab HAVING a = 1", "Unsupported clause: HAVING at 1:28:1"},
        {"SELECT * FROM tab GROUP BY a", "Unsupported clause: GROUP BY"},
        {"SELECT * FROM tab LET a AS b", "Unsupported clause: LET"},
        {"INSERT INTO tab {'pk': 1}", "Unsupported operation: InsertOp"},
        {"INSERT INTO tab VALUE {'pk': 1} AT 1", "AT is not supported in insert statements."},
        {"INSERT INTO tab VALUE {'pk': 1} ON CONFLICT WHERE a = 1 DO NOTHING",
         "Unsupported clause: ON CONFLICT"},
        {"INSERT INTO tab VALUE {'pk': 1} RETURNING ALL OLD *",
         "RETURNING is not supported in INSERT"},
        {"DELETE FROM tab WHERE pk = 'x' RETURNING MODIFIED OLD *",
         "Invalid returning clause: RETURNING MODIFIED OLD *. Only RETURNING ALL OLD * is allowed "
         "in DELETE statements."},
        {"DELETE FROM tab WHERE pk = 'x' RETURNING ALL NEW *",
         "Invalid returning clause: RETURNING ALL NEW *. Only RETURNING ALL OLD * is allowed in "
         "DELETE statements."},
        {"UPDATE tab SET a = 1 WHERE pk = 'x' RETURNING ALL NEW a",
         "Expected '*' after ( MODIFIED | ALL ) ( NEW | OLD ) in RETURNING clause"},
        {"UPDATE tab SET a = 1 WHERE pk = 'x' RETURNING ALL NEW *, ALL OLD *",
         "Invalid syntax with multiple returning elements in RETURNING clause"},
        {"x IS INT4", "Unsupported operation: IsType"},
        {"x IS DOUBLE PRECISION", "Unsupported operation: IsType"},
        {"x IS CHARACTER VARYING", "Unsupported operation: IsType"},
        {"tab", "Unsupported operation: VariableReference"},
        {"1", "Unsupported operation: Literal"},
        {"NOT EXISTS(1)", "Unsupported operation: NAry"},
        {"CREATE TABLE tab", "Unsupported operation: CreateTable"},
        {"DROP INDEX x ON tab", "Unsupported operation: DropIndex"},
        {"SELECT * FROM tab WHERE CASE WHEN a = 1 THEN true END",
         "Unsupported token in expression: CASE at 1:25:4"},
        {"SELECT * FROM tab\nWHERE pk = (SELECT * FROM tab)",
         "Unsupported token in expression: SELECT at 2:13:6"},
        // What is no statement comes first.
        {"SELECT * FROM tab t WHERE pk = 'x' foo", kBad + "Unexpected token after expression"},
    });
}

TEST(PartiqlSyntax, RefusesSourcesThatAreNone) {
    const std::string name =
        "Table name should be within the length [3, 255] and only contain 'a-z', 'A-Z', '0-9', "
        "'-', '_', '.'.";
    const std::string empty = "Path component cannot be an empty string";
    expect_refused({
        {"SELECT * FROM ab", name},
        {"SELECT * FROM \"a b c\"", name},
        {"SELECT * FROM \"" + std::string(256, 'a') + "\"", name},
        {"SELECT * FROM 'tab'", "Unexpected from source"},
        {"SELECT * FROM ?", "Unexpected from source"},
        {"SELECT * FROM [1]", "Unexpected from source"},
        {"SELECT * FROM \"\"", empty},
        {"SELECT * FROM \"tab\".\"\"", empty},
        {"SELECT * FROM tab.a.b", "A path may contain at most 2 components in the FROM clause"},
        {"SELECT * FROM tab[1]", "Invalid list expression in source."},
        {"SELECT * FROM tab.*", "Unpivot path component like a.*.b are not supported at 1:19:1"},
        {"INSERT INTO tab.a VALUE {'pk': 1}",
         "FROM clause may only contain a single table name in data manipulation statements"},
        {"UPDATE tab.a SET b = 1 WHERE pk = 1", "This operation is not supported on an index"},
        {"DELETE FROM tab.a WHERE pk = 1", "This operation is not supported on an index"},
        {"SELECT * FROM tab WHERE pk = ?",
         "Number of parameters in request and statement don't match."},
    });
}

TEST(PartiqlSyntax, BoundsWhatNests) {
    const std::string deep = kBad + "Expression is nested too deeply";
    const std::string open(4000, '(');
    const std::string lists(4000, '[');
    std::string minus;
    std::string sum = "1";
    for (int i = 0; i < 2000; ++i) {
        minus += "- ";
        sum += "+1";
    }
    expect_refused({
        {"SELECT * FROM tab WHERE " + open, deep},
        {"SELECT * FROM tab WHERE a = " + lists, deep},
        {"SELECT * FROM tab WHERE a = " + minus + "1", deep},
        {"SELECT * FROM tab WHERE a = " + sum, deep},
    });
    std::string many = "a = 1";
    for (int i = 0; i < 600; ++i) {
        many += " AND a = 1";
    }
    EXPECT_TRUE(Statement::parse("SELECT * FROM tab WHERE " + many, {}));
}

TEST(PartiqlSyntax, ReadsVerbTableAndIndex) {
    struct Good {
        std::string statement;
        Verb verb;
        std::string table;
        std::string index;
        Returning returning;
    };
    const std::vector<Good> rows{
        {"SELECT * FROM tab", Verb::Select, "tab", "", Returning::Nothing},
        {"select * from \"my-tab\".\"by.x\";", Verb::Select, "my-tab", "by.x", Returning::Nothing},
        {"-- note\nSELECT ALL a /* b */ FROM Tab -- c", Verb::Select, "Tab", "",
         Returning::Nothing},
        {"INSERT INTO tab VALUE {}", Verb::Insert, "tab", "", Returning::Nothing},
        {"UPDATE tab SET a = 1 WHERE p = 1 RETURNING ALL NEW *", Verb::Update, "tab", "",
         Returning::AllNew},
        {"UPDATE tab SET a = 1 SET b = 2, c = 3 REMOVE d RETURNING MODIFIED OLD *", Verb::Update,
         "tab", "", Returning::ModifiedOld},
        {"FROM tab WHERE p = 1 REMOVE a RETURNING MODIFIED NEW *", Verb::Update, "tab", "",
         Returning::ModifiedNew},
        {"DELETE FROM tab WHERE p = 1 RETURNING ALL OLD *", Verb::Delete, "tab", "",
         Returning::AllOld},
        {"EXISTS(SELECT * FROM tab WHERE p = 1 AND a = 2)", Verb::Exists, "tab", "",
         Returning::Nothing},
    };
    for (const Good& row : rows) {
        SCOPED_TRACE(row.statement);
        const auto statement = Statement::parse(row.statement, {});
        ASSERT_TRUE(statement) << statement.error().message;
        EXPECT_EQ(statement->verb(), row.verb);
        EXPECT_EQ(statement->table().value(), row.table);
        EXPECT_EQ(statement->index().value_or(""), row.index);
        EXPECT_EQ(statement->returning(), row.returning);
    }
}

}  // namespace
}  // namespace millbeck::capture::expression::partiql
