// If these fail, a SELECT finds other items than its WHERE says, looks at a whole table for one
// item, or is refused in other words than the service's.
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "capture/expression/partiql/statement.hpp"
#include "tests/support/expressions.hpp"

namespace millbeck::capture::expression::partiql {
namespace {

using shardlog::AttributeType;

const KeySchema kKeys{{"pk", AttributeType::S}, KeyAttribute{"sk", AttributeType::N}};

std::string select(const std::string& where) {
    return "SELECT * FROM tab WHERE " + where;
}

std::string_view name_of(KeyOperator op) {
    switch (op) {
        case KeyOperator::Equal:
            return "=";
        case KeyOperator::Less:
            return "<";
        case KeyOperator::LessOrEqual:
            return "<=";
        case KeyOperator::Greater:
            return ">";
        case KeyOperator::GreaterOrEqual:
            return ">=";
        case KeyOperator::Between:
            return "..";
        case KeyOperator::BeginsWith:
            return "^";
        case KeyOperator::NotIndexable:
            break;
    }
    return "?";
}

std::string content(const std::string& value) {
    return value.empty() ? "" : std::string(content_of(ValueView(value)));
}

// `a =1|b` and what follows: `!` only keys are said, `+` filtered, `v` downwards; or the refusal.
std::string plan(const std::string& text, const KeySchema& keys = kKeys) {
    const auto statement = Statement::parse(text, {});
    if (!statement) {
        return statement.error().message;
    }
    const auto selection = statement->selection(keys);
    if (!selection) {
        return selection.error().message;
    }
    std::string out = selection->ranges ? "" : "scan";
    for (const KeyRange& range : selection->ranges.value_or(std::vector<KeyRange>())) {
        out.append(out.empty() ? "" : "|").append(content(range.terms[0].first));
        if (range.terms.size() > 1) {
            out.append(" ").append(name_of(range.terms[1].op));
            out.append(content(range.terms[1].first)).append(content(range.terms[1].second));
        }
        out.append(range.key ? "." : "");
    }
    out.append(selection->key_only ? "!" : "").append(selection->filter ? "+" : "");
    return out.append(selection->descending ? "v" : "");
}

struct Row {
    std::string where;
    std::string expected;
};

// A dot: read as one item.
TEST(PartiqlSelect, ReadsByKeyWhereItCan) {
    const std::vector<Row> rows{
        {"pk = 'a'", "a"},
        {"'a' = pk", "a"},
        {"pk = 'a' AND sk = 1", "a =1.!"},
        {"pk = 'a' AND sk = 1 AND v = 2", "a =1.+"},
        {"pk = 'a' AND sk = 1 AND sk <> 2", "a =1.+"},
        {"pk = 'a' AND sk < 1", "a <1"},
        {"pk = 'a' AND 1 < sk", "a >1"},
        {"pk = 'a' AND sk <= 1", "a <=1"},
        {"pk = 'a' AND 1 <= sk", "a >=1"},
        {"pk = 'a' AND sk BETWEEN 1 AND 2", "a ..12"},
        {"pk = 'a' AND sk > 1 AND sk < 4", "a >1+"},
        {"(pk = 'a') AND (v = 1 AND (sk > 1))", "a >1+"},
        {"pk = 'a' AND pk = 'b'", "a+"},
        {"pk = 'a' AND v = 1", "a+"},
        {"pk = 'a' AND (v = 1 OR v = 2)", "a+"},
        {"pk = 'a' AND (sk = 1 OR v = 3)", "a+"},
        {"pk = 'a' AND sk IN [2, 1]", "a =2.|a =1."},
        {"pk IN ['a', 'b']", "a|b"},
        {"pk IN ('a', 'b') AND sk = 1", "a =1.|b =1."},
        {"pk IN <<'a', 'b'>> AND sk IN [1, 2]", "a =1.|a =2.|b =1.|b =2."},
        {"pk IN ['a', 'a']", "a"},
        {"pk = 'a' OR pk = 'b'", "a|b+"},
        {"pk = 'a' AND sk = 1 OR pk = 'b' AND sk > 2", "a =1.|b >2+"},
        {"(pk = 'a' OR pk = 'b') AND sk = 1", "a =1.|b =1.+"},
        {"pk = 'a' AND sk = 1 OR pk = 'a' AND sk = 2", "a =1.|a =2.+"},
        {"pk = 'a' AND sk = 1 OR pk = 'a' AND sk = 1", "a =1.+"},
        {"pk = 'a' AND v = 1 OR pk = 'a' AND v = 2", "a+"},
        {"pk = 'a' AND NOT sk = 1 OR pk = 'a' AND sk = 2", "a+"},
        {"pk = 'a' AND sk <> 1 OR pk = 'a' AND sk = 2 OR pk = 'a' AND sk = 3", "a+"},
        {"pk = 'a' OR pk = 'a' AND NOT sk = 1", "a+"},
        {"pk = 'a' AND sk < 1 OR pk = 'a' AND sk > 5", "a+"},
        {"pk > 'a'", "scan+"},
        {"pk <> 'a'", "scan+"},
        {"NOT pk = 'a'", "scan+"},
        {"pk = v", "scan+"},
        {"sk = 1", "scan+"},
        {"v = 1 AND sk = 1", "scan+"},
        {"pk = 'a' OR v = 1", "scan+"},
        {"pk = 'a' AND sk = 1 OR sk = 2", "scan+"},
        {"pk IN ['a', v]", "scan+"},
        {"pk = 'a' ORDER BY sk DESC", "av"},
        {"pk = 'a' ORDER BY pk DESC, sk ASC", "a"},
        {"pk IN ['b', 'a'] ORDER BY pk", "a|b"},
        {"pk IN ['a', 'b'] ORDER BY pk DESC", "b|a"},
        {"pk = 'a' AND sk IN [1, 3, 2] ORDER BY sk DESC", "a =3.|a =2.|a =1.v"},
    };
    for (const Row& row : rows) {
        EXPECT_EQ(plan(select(row.where)), row.expected) << row.where;
    }
    EXPECT_EQ(plan("SELECT * FROM tab"), "scan");
    const KeySchema hash{{"pk", AttributeType::S}, std::nullopt};
    EXPECT_EQ(plan(select("pk = 'a'"), hash), "a.!");
    EXPECT_EQ(plan(select("pk IN ['a', 'b']"), hash), "a.|b.");
    EXPECT_EQ(plan(select("pk = 'a' AND sk = 1"), hash), "a.+");
}

TEST(PartiqlSelect, RefusesWhatItCannotRead) {
    const std::string type =
        "Key attribute's data type should match its data type in table's schema: Key ";
    const std::string overlap =
        "Overlapping conditions with range keys are not supported in where clause";
    const std::string in =
        "IN operator must have a left hand argument of type Variable Reference and right hand "
        "argument of type Seq with at least one member";
    const std::string boolean =
        "WHERE clause must contain an expression that resolves to a boolean";
    const std::string joined = "The arguments to AND/OR must be Expressions";
    const std::string is =
        ". Supported data types are [MISSING, NULL, BOOLEAN, BLOB, STRING, NUMERIC, STRUCT, "
        "TUPLE, LIST] at ";
    const std::string operands =
        "Incorrect number of operands for operator or function; operator or function: ";
    const std::string wrong =
        "Incorrect operand type for operator or function; operator or function: ";
    const std::string path =
        "Operator or function requires a document path; operator or function: ";
    const std::string order =
        "Variable reference v in ORDER BY clause must be part of the primary key";
    const std::vector<Row> rows{
        {"pk = 1", type + "pk"},
        {"pk = 'a' AND sk = 'b'", type + "sk"},
        {"pk IN ['a', 1]", type + "pk"},
        {"pk = 'a' AND sk > 'b'", type + "sk"},
        {"pk = 'a' AND v = 1 OR pk = 'a' AND sk = 2", overlap},
        {"pk = 'a' AND v <> 1 OR pk = 'a' AND sk = 2", overlap},
        {"pk = 'a' OR pk = 'a' AND sk = 2", overlap},
        {"pk = 'a' AND sk > 1 OR pk = 'a' AND sk = 2", overlap},
        {"pk = 'a' AND sk BETWEEN 3 AND 1",
         "The BETWEEN operator requires upper bound to be greater than or equal to lower bound; "
         "lower bound operand: AttributeValue: {N:3}, upper bound operand: AttributeValue: {N:1}"},
        {"v IN []", in},
        {"v IN 5", in},
        {"v IN l", in},
        {"pk", boolean},
        {"1", boolean},
        {"true", boolean},
        {"size(l)", boolean},
        {"pk = 'a' AND true", joined},
        {"pk = 'a' AND v", joined},
        {"pk = 'a' AND (v = 1 OR 2)", joined},
        {"NOT v", "The argument to NOT must be a Type or Expression"},
        {"v + 1 = 6", "Unsupported operator in Condition Expression. Operator: +"},
        {"-v = 6", "Unsupported operator in Condition Expression. Operator: -"},
        {"v LIKE 'a%'", "Unsupported operator in Condition Expression. Operator: like"},
        {"v NOT LIKE 'a%'", "Unsupported operator in Condition Expression. Operator: not like"},
        {"v = MISSING", "MISSING must be compared using IS operator"},
        {"v IS INT", "Unsupported data type for IS operator: INTEGER" + is + "1:27:2"},
        {"v IS TIMESTAMP", "Unsupported data type for IS operator: TIMESTAMP" + is + "1:27:2"},
        {"size(v) IS MISSING",
         "The left hand side argument to IS must be a Variable Reference, Literal, or Path"},
        {"5 IS MISSING", path + "attribute_not_exists"},
        {"foo(v)", "Unrecognized function: foo at 1:25:3"},
        {"lower(v) = 'a'", "Unrecognized function: lower at 1:25:5"},
        {"pk = 'a' AND EXISTS(v)", "Unrecognized function: exists at 1:38:6"},
        {"set_add(v, <<'x'>>) = v", "Unrecognized function: set_add at 1:25:7"},
        {"attribute_exists('v')", path + "attribute_exists"},
        {"attribute_exists()", operands + "attribute_exists, number of operands: 0"},
        {"attribute_exists(a, b)", operands + "attribute_exists, number of operands: 2"},
        {"begins_with(v)", operands + "begins_with, number of operands: 1"},
        {"size(v, w) = 1", operands + "size, number of operands: 2"},
        {"begins_with(v, 1)", wrong + "begins_with, operand type: N"},
        {"v < true", wrong + "<, operand type: BOOL"},
        {"v >= <<1>>", wrong + ">=, operand type: NS"},
        {"v BETWEEN true AND false", wrong + "BETWEEN, operand type: BOOL"},
        {"v = v",
         "The first operand must be distinct from the remaining operands for this operator or "
         "function; operator: =, first operand: [v]"},
        {"attribute_type(v, 'Q')",
         "Invalid attribute type name found; type: Q, valid types: "
         "{B,NULL,SS,BOOL,L,BS,N,NS,S,M}"},
        {"v.* = 1", "Unpivot path component like a.*.b are not supported at 1:27:1"},
        {"v[*] = 1", "Wildcard path component like a[*].b are not supported at 1:27:1"},
        {"v = `5`", "Ion Literals are not supported: INT under key root at 1:29:3"},
        {"pk = 'a' ORDER BY v", order},
        {"pk = 'a' ORDER BY v, sk", order},
        {"pk = 'a' ORDER BY 1", "Argument to ORDER BY must be of type VariableReference. Type: 1"},
        {"sk = 1 ORDER BY sk",
         "Must have at least one non-optional hash key condition in WHERE clause when using ORDER "
         "BY clause."},
        {"pk IN ['a', 'b'] ORDER BY sk",
         "Must have hash key in ORDER BY clause when more than one hash key condition specified in "
         "WHERE clause."},
    };
    for (const Row& row : rows) {
        EXPECT_EQ(plan(select(row.where)), row.expected) << row.where;
    }
    EXPECT_EQ(plan("SELECT * FROM tab ORDER BY sk"),
              "Must have WHERE clause in the statement when using ORDER BY clause.");
}

TEST(PartiqlSelect, BoundsWhatItEvaluates) {
    std::string choices = "'0'";
    std::string numbers = "0";
    std::string terms = "v = 0";
    for (int i = 1; i <= 300; ++i) {
        choices += i <= 50 ? ",'" + std::to_string(i) + "'" : "";
        numbers += i <= 100 ? "," + std::to_string(i) : "";
        terms += " OR v = 0";
    }
    EXPECT_EQ(plan(select("pk IN [" + choices + "]")),
              "Too many decomposed read operations for a given query.");
    EXPECT_EQ(plan(select("v IN [" + numbers + "]")),
              "The IN operator is provided with too many operands; number of operands: 101");
    EXPECT_EQ(plan(select(terms)),
              "The expression contains too many operators; operator count: 301");
}

TEST(PartiqlSelect, FiltersItems) {
    const std::string item =
        R"({"b":{"BOOL":true},"l":{"L":[{"S":"x"},{"M":{"y":{"N":"1"}}}]},"m":{"M":{"s":{"S":"d"}}},)"
        R"("n":{"N":"5"},"pk":{"S":"a"},"q":{"NULL":true},"s":{"S":"str"},"ss":{"SS":["a","b"]}})";
    const std::vector<Row> rows{
        {"n = 5", "yes"},
        {"n != 5", "no"},
        {"n <> 6", "yes"},
        {"5 < n", "no"},
        {"n >= 5 AND n <= 5.0", "yes"},
        {"n BETWEEN 1 AND 6", "yes"},
        {"n NOT BETWEEN 1 AND 6", "no"},
        {"n IN [1, 5]", "yes"},
        {"n IN (5)", "yes"},
        {"n NOT IN [5]", "no"},
        {"NOT n IN [5]", "no"},
        {"n = 5 AND s = 'x' OR b = true", "yes"},
        {"n = 5 AND (s = 'x' OR b = false)", "no"},
        {"NOT n = 5 OR n = 6", "no"},
        {"s IS MISSING", "no"},
        {"zz IS MISSING", "yes"},
        {"s IS NOT MISSING", "yes"},
        {"q IS NULL", "yes"},
        {"q = NULL", "yes"},
        {"s IS NULL", "no"},
        {"zz IS NULL", "no"},
        {"s IS NOT NULL", "yes"},
        {"b IS BOOL", "yes"},
        {"s IS STRING", "yes"},
        {"n IS NUMERIC", "yes"},
        {"m IS STRUCT", "yes"},
        {"m IS TUPLE", "yes"},
        {"l IS LIST", "yes"},
        {"n IS BLOB", "no"},
        {"contains(s, 't')", "yes"},
        {"CONTAINS(\"ss\", 'c')", "no"},
        {"begins_with(s, 'st')", "yes"},
        {"NOT begins_with(s, 'st')", "no"},
        {"size(l) = 2", "yes"},
        {"size(s) > 3", "no"},
        {"attribute_type(ss, 'SS')", "yes"},
        {"ATTRIBUTE_EXISTS(m.s)", "yes"},
        {"attribute_not_exists(m.zz)", "yes"},
        {"attribute_exists(s) = true", "yes"},
        {"attribute_exists(s) = false", "no"},
        {"attribute_exists(s) <> true", "no"},
        {"true = attribute_exists(zz)", "no"},
        {"m.s = 'd' AND l[1].y = 1 AND l[0] = 'x'", "yes"},
        {"m['s'] = 'd'", "yes"},
        {"l = ['x', {'y': 1}]", "yes"},
        {"ss = <<'b', 'a'>>", "yes"},
        {"m = {'s': 'd'}", "yes"},
        {"1 = 1", "yes"},
        {"n = s", "no"},
    };
    const auto stored = tests::item_of(item);
    for (const Row& row : rows) {
        const auto statement = Statement::parse(select(row.where), {});
        ASSERT_TRUE(statement) << row.where << ": " << statement.error().message;
        const auto selection = statement->selection(kKeys);
        ASSERT_TRUE(selection) << row.where << ": " << selection.error().message;
        ASSERT_TRUE(selection->filter) << row.where;
        EXPECT_EQ(selection->filter->matches(stored.text()) ? "yes" : "no", row.expected)
            << row.where;
    }
}

std::string columns(const std::string& list, const std::string& item) {
    const auto statement = Statement::parse("SELECT " + list + " FROM tab", {});
    if (!statement) {
        return statement.error().message;
    }
    const auto projection = statement->projection();
    if (!projection) {
        return projection.error().message;
    }
    std::string out;
    (*projection)->append(out, tests::item_of(item).text());
    return out;
}

TEST(PartiqlSelect, NamesColumnsByTheirLastStep) {
    const std::string item =
        R"({"a\"b":{"S":"q"},"l":{"L":[{"S":"x"},{"M":{"y":{"N":"1"},"z":{"N":"2"}}}]},)"
        R"("m":{"M":{"k":{"M":{"z":{"N":"3"}}},"sub":{"S":"deep"}}},"s":{"S":"str"}})";
    const std::vector<Row> rows{
        {"s", R"({"s":{"S":"str"}})"},
        {"s, m.sub", R"({"s":{"S":"str"},"sub":{"S":"deep"}})"},
        {"m.sub, m.k.z", R"({"sub":{"S":"deep"},"z":{"N":"3"}})"},
        {"m['sub']", R"({"sub":{"S":"deep"}})"},
        {"l[0]", R"({"l[0]":{"S":"x"}})"},
        {"l[1], l[0]", R"({"l[0]":{"S":"x"},"l[1]":{"M":{"y":{"N":"1"},"z":{"N":"2"}}}})"},
        {"l[1].y", R"({"l[1]":{"M":{"y":{"N":"1"}}}})"},
        {"\"a\"\"b\"", R"({"a\"b":{"S":"q"}})"},
        {"zz, m.yy, l[7], l[1].xx", "{}"},
        {"s, s", "Duplicate identifiers in select clause: s"},
        {"m.sub, sub", "Duplicate identifiers in select clause: sub"},
        {"l[1].y, l[1].z", "Duplicate identifiers in select clause: l[1]"},
        {"1", "Unexpected path component at 1:8:1"},
        {"size(s)", "Unexpected path component at 1:8:4"},
        {"COUNT(*)", "Unexpected path component at 1:8:5"},
        {"n+1", "Unexpected path component at 1:9:1"},
        {"l[99999999999]",
         "List index is not within the allowable range; index: [99999999999] at 1:10:11"},
        {"l[-1]", "List index is not within the allowable range; index: [-1] at 1:11:1"},
    };
    for (const Row& row : rows) {
        EXPECT_EQ(columns(row.where, item), row.expected) << row.where;
    }
}

}  // namespace
}  // namespace millbeck::capture::expression::partiql
