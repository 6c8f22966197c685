// If these fail, INSERT, UPDATE or DELETE change something else than they say, or are refused in
// other words than the service's.
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "capture/expression/partiql/statement.hpp"
#include "tests/support/expressions.hpp"

namespace millbeck::capture::expression::partiql {
namespace {

using shardlog::AttributeType;

const KeySchema kHash{{"pk", AttributeType::S}, std::nullopt};
const KeySchema kBoth{{"pk", AttributeType::S}, KeyAttribute{"sk", AttributeType::N}};

struct Row {
    std::string statement;
    std::vector<std::string> parameters;
    std::string expected;
};

std::string inserted(const Row& row) {
    const auto statement = Statement::parse(row.statement, row.parameters);
    if (!statement) {
        return statement.error().message;
    }
    const auto insertion = statement->insertion(kHash);
    return insertion ? insertion->item.text() : insertion.error().message;
}

TEST(PartiqlInsert, MakesItems) {
    const std::vector<Row> rows{
        {R"(INSERT INTO tab VALUE {'pk':'a','b':1.50,'c':-3,'d':true,'e':null,'i':[],'j':'it''s'})",
         {},
         R"({"b":{"N":"1.5"},"c":{"N":"-3"},"d":{"BOOL":true},"e":{"NULL":true},"i":{"L":[]},)"
         R"("j":{"S":"it's"},"pk":{"S":"a"}})"},
        {R"(INSERT INTO tab VALUE {'pk':'a','f':[1,'x',<<1,2>>],'g':<<'b','a'>>,'h':{'x':{}}})",
         {},
         R"({"f":{"L":[{"N":"1"},{"S":"x"},{"NS":["1","2"]}]},"g":{"SS":["a","b"]},)"
         R"("h":{"M":{"x":{"M":{}}}},"pk":{"S":"a"}})"},
        {"INSERT INTO tab VALUE {'pk':'a','n': - 3,'o':+4,'p':.5,'q':-.5e1,'r':7.,'s':- -5}",
         {},
         R"({"n":{"N":"-3"},"o":{"N":"4"},"p":{"N":"0.5"},"pk":{"S":"a"},"q":{"N":"-5"},)"
         R"("r":{"N":"7"},"s":{"N":"5"}})"},
        {"INSERT INTO tab VALUE {'pk':?,'b':?}",
         {R"({"S":"x"})", R"({"BS":["AQ=="]})"},
         R"({"b":{"BS":["AQ=="]},"pk":{"S":"x"}})"},
    };
    for (const Row& row : rows) {
        EXPECT_EQ(inserted(row), row.expected) << row.statement;
    }
}

TEST(PartiqlInsert, RefusesWhatIsNoItem) {
    const std::string format =
        "Unsupported format in item expression. Please use struct format {...} to express item "
        "values for insert statement. at 1:23:";
    const std::string bag =
        "Unsupported data type in Bag. DynamoDB only supports either numbers or strings in bags";
    const std::string overflow =
        "Number overflow. Attempting to store a number with magnitude larger than supported range";
    const std::string value = "INSERT INTO tab VALUE ";
    const std::vector<Row> rows{
        {value + "'a'", {}, format + "3"},
        {value + "[1]", {}, format + "1"},
        {value + "?", {R"({"M":{}})"}, format + "1"},
        {value + "{}", {}, "Key attribute should be present in the item: Key pk"},
        {value + "{'pk':1}",
         {},
         "Key attribute's data type should match its data type in table's schema: Key pk"},
        {value + "{'pk':''}",
         {},
         "One or more parameter values are not valid. The AttributeValue for a key attribute "
         "cannot contain an empty string value. Key: pk"},
        {value + "{'pk':'i','a':1,'a':2}",
         {},
         "Duplicate keys in tuple. Key: a under root at 1:39:3"},
        {value + "{pk:'i'}",
         {},
         "Tuple keys must be of type String. Actual type: VariableReference under root at 1:24:2"},
        {value + "{1:2}",
         {},
         "Tuple keys must be of type String. Actual type: INT under root at 1:24:1"},
        {value + "{'pk':'i','':1}", {}, "Path component cannot be an empty string"},
        {value + "{'pk':'i','x':MISSING}",
         {},
         "Unsupported data type: MISSING under key root at 1:37:7"},
        {value + "{'pk':'i','x':<<>>}", {}, "Empty bags are not supported"},
        {value + "{'pk':'i','x':<<1,'a'>>}", {}, bag},
        {value + "{'pk':'i','x':<<true>>}", {}, bag + " at 1:39:4"},
        {value + "{'pk':'i','x':<<'x','x'>>}",
         {},
         "One or more parameter values were invalid: Input collection [x, x] contains "
         "duplicates."},
        {value + "{'pk':'i','x':<<1,2,1.0>>}",
         {},
         "One or more parameter values were invalid: Input collection [1, 2, 1.0] contains "
         "duplicates! under root"},
        {value + "{'pk':'i','m':{'x':<<2,2>>}}",
         {},
         "One or more parameter values were invalid: Input collection [2, 2] contains duplicates! "
         "under root.x"},
        {value + "{'pk':'i','x':1+2}", {}, "Unsupported data type: + under key root at 1:38:1"},
        {value + "{'pk':'i','x':pk}", {}, "Unsupported data type: pk under key root at 1:37:2"},
        {value + "{'pk':'i','x':[pk]}",
         {},
         "Unsupported data type: VariableReference under key root[0] at 1:38:2"},
        {value + "{'pk':'i','x':{'a':?}}",
         {R"({"S":"x"})"},
         "Unsupported data type: Parameter under key root.a at 1:42:1"},
        {value + "{'pk':'i','x':set_add(<<'a'>>,<<'b'>>)}",
         {},
         "Unsupported data type: set_add under key root at 1:37:7"},
        {value + "{'pk':`x`}",
         {},
         "Ion Literals are not supported: SYMBOL under key root at 1:29:3"},
        {value + "{'pk':'i','x':1e126}", {}, overflow + " under root"},
        {value + "{'pk':'i','m':{'x':1e126}}", {}, overflow + " under root.x"},
        {value + "{'pk':'i','l':[1,1e126]}", {}, overflow + " under root[1]"},
        {value + "{'pk':123456789012345678901234567890123456789}",
         {},
         "Attempting to store more than 38 significant digits in a Number under root"},
    };
    for (const Row& row : rows) {
        EXPECT_EQ(inserted(row), row.expected) << row.statement;
    }
}

// The key, whether the condition holds of the item, and the item after the update.
std::string updated(const KeySchema& keys, const std::string& text, const std::string& item,
                    const std::vector<std::string>& parameters = {}) {
    const auto statement = Statement::parse(text, parameters);
    if (!statement) {
        return statement.error().message;
    }
    const auto target = statement->target(keys);
    if (!target) {
        return target.error().message;
    }
    const shardlog::Item before = tests::item_of(item.empty() ? "{}" : item);
    const std::string_view seen = item.empty() ? "" : std::string_view(before.text());
    std::string answer = target->key.text();
    answer += !target->condition || target->condition->matches(seen) ? " yes" : " no";
    if (statement->verb() != Verb::Update) {
        return answer;
    }
    const auto update = statement->update();
    if (!update) {
        return update.error().message;
    }
    const auto after = update->apply(before.view(), target->key.view());
    return after ? answer + " " + after->text : after.error().message;
}

TEST(PartiqlUpdate, ChangesItems) {
    const std::string item =
        R"({"l":{"L":[{"S":"x"}]},"m":{"M":{"k":{"N":"3"}}},"n":{"N":"5"},"pk":{"S":"a"},)"
        R"("ss":{"SS":["a","b"]}})";
    const std::string yes = R"({"pk":{"S":"a"}} yes )";
    const std::string l = R"({"l":{"L":[{"S":"x"}]},)";
    const std::string m = R"("m":{"M":{"k":{"N":"3"}}},)";
    const std::string rest = R"("pk":{"S":"a"},"ss":{"SS":["a","b"]})";
    const std::vector<Row> rows{
        {"SET n = 1", {}, l + m + R"("n":{"N":"1"},)" + rest + "}"},
        {"SET n = n + 1 + 2", {}, l + m + R"("n":{"N":"8"},)" + rest + "}"},
        {"SET n = n - (2 - 3)", {}, l + m + R"("n":{"N":"6"},)" + rest + "}"},
        {"SET n = -1.5e1", {}, l + m + R"("n":{"N":"-15"},)" + rest + "}"},
        {"SET n = ?", {R"({"S":"q"})"}, l + m + R"("n":{"S":"q"},)" + rest + "}"},
        {"SET n = m.k", {}, l + m + R"("n":{"N":"3"},)" + rest + "}"},
        {"SET n = n SET m['k'] = 4",
         {},
         l + R"("m":{"M":{"k":{"N":"4"}}},"n":{"N":"5"},)" + rest + "}"},
        {"SET n = NULL REMOVE l[0]",
         {},
         R"({"l":{"L":[]},)" + m + R"("n":{"NULL":true},)" + rest + "}"},
        {"SET l = list_append(l, ['y'])",
         {},
         R"({"l":{"L":[{"S":"x"},{"S":"y"}]},)" + m + R"("n":{"N":"5"},)" + rest + "}"},
        {"SET n = if_not_exists(zz, 7)", {}, l + m + R"("n":{"N":"7"},)" + rest + "}"},
        {"SET ss = SET_ADD(ss, <<'c'>>)",
         {},
         l + m + R"("n":{"N":"5"},"pk":{"S":"a"},"ss":{"SS":["a","b","c"]}})"},
        {"SET ss = set_delete(\"ss\", ?)",
         {R"({"SS":["a"]})"},
         l + m + R"("n":{"N":"5"},"pk":{"S":"a"},"ss":{"SS":["b"]}})"},
        {"SET ss = set_delete(ss, <<'a','b'>>)", {}, l + m + R"("n":{"N":"5"},"pk":{"S":"a"}})"},
    };
    for (const Row& row : rows) {
        EXPECT_EQ(
            updated(kHash, "UPDATE tab " + row.statement + " WHERE pk = 'a'", item, row.parameters),
            yes + row.expected)
            << row.statement;
    }
}

TEST(PartiqlUpdate, RefusesWhatNoUpdateCanDo) {
    const std::string item = R"({"pk":{"S":"a"},"s":{"S":"str"},"ss":{"SS":["a"]}})";
    const std::string operands =
        "Incorrect number of operands for operator or function; operator or function: ";
    const std::string type =
        "Incorrect operand type for operator or function; operator or function: ";
    const std::string wrong = "An operand in the update expression has an incorrect data type";
    const std::vector<Row> rows{
        {"x = n * 2", {}, "Unsupported operator in Update Expression. Operator: *"},
        {"x = s || 'a'", {}, "Unsupported operator in Update Expression. Operator: ||"},
        {"x = s = 1", {}, "Unsupported operator in Update Expression. Operator: ="},
        {"x = s IS NULL", {}, "IS operator is not supported in update expressions"},
        {"x = MISSING", {}, "MISSING must be compared using IS operator"},
        {"x = -s", {}, operands + "-, number of operands: 1"},
        {"x = list_append(s)", {}, operands + "list_append, number of operands: 1"},
        {"x = list_append(1, s)", {}, type + "list_append, operand type: N"},
        {"x = 1 + 'a'", {}, type + "+, operand type: S"},
        {"x = size(s)", {}, "The function is not allowed in an update expression; function: size"},
        {"x = foo(s)", {}, "Unrecognized function: foo at 1:20:3"},
        {"x = if_not_exists('a', 1)",
         {},
         "Operator or function requires a document path; operator or function: if_not_exists"},
        {"x = [s]", {}, "Unsupported data type: VariableReference under key root[0] at 1:21:1"},
        {"l[-1] = 1", {}, "List index is not within the allowable range; index: [-1] at 1:19:1"},
        {"l[1.5] = 1", {}, "Unexpected path component at 1:18:3"},
        {"\"\" = 1", {}, "Path component cannot be an empty string"},
        {"x = 1, x = 2",
         {},
         "Two document paths overlap with each other; must remove or rewrite one of these paths; "
         "path one: [x], path two: [x]"},
        {"x.y = 1",
         {},
         "The document path provided in the update expression is invalid for update"},
        {"x = zz",
         {},
         "The provided expression refers to an attribute that does not exist in the item"},
        {"t = set_add(ss, <<'x'>>)",
         {},
         "The first argument to SET_ADD must equal the assignment value at 1:20:7"},
        {"ss = set_add(<<'a'>>, <<'b'>>)",
         {},
         "The first argument to SET_ADD must equal the assignment value at 1:21:7"},
        {"ss = set_add(ss, 'x')",
         {},
         "The second argument to SET_ADD must be a value with type SET at 1:29:2"},
        {"ss = set_add(ss, ?)",
         {R"({"N":"1"})"},
         "The second argument to SET_ADD must be a value with type SET at 1:29:2"},
        {"ss = set_add(ss)", {}, "SET_ADD must have exactly two arguments at 1:21:7"},
        {"ss = set_delete(ss, ['x'])",
         {},
         "The second argument to SET_DELETE must be a value with type SET at 1:32:2"},
        {"ss = set_add(ss, <<1>>)", {}, wrong},
        {"s = set_add(s, <<'x'>>)", {}, wrong},
        {"ss = set_add(ss, <<'x','x'>>)",
         {},
         "One or more parameter values were invalid: Input collection [x, x] contains "
         "duplicates."},
        {"ss = set_add(ss, <<>>)", {}, "Empty bags are not supported"},
        {"x = 1e-131",
         {},
         "Number underflow. Attempting to store a number with magnitude smaller than supported "
         "range under root"},
    };
    for (const Row& row : rows) {
        EXPECT_EQ(updated(kHash, "UPDATE tab SET " + row.statement + " WHERE pk = 'a'", item,
                          row.parameters),
                  row.expected)
            << row.statement;
    }
}

TEST(PartiqlTarget, NamesOneItem) {
    const std::string key = R"({"pk":{"S":"p"},"sk":{"N":"1"}})";
    const std::string item = R"({"pk":{"S":"p"},"sk":{"N":"1"},"v":{"N":"1"}})";
    const std::string incomplete =
        "Where clause does not contain a mandatory equality on all key attributes";
    const std::string type =
        "Key attribute's data type should match its data type in table's schema: Key ";
    const std::vector<Row> rows{
        {"pk = 'p' AND sk = 1", {item}, key + " yes"},
        {"1.0 = sk AND ('p' = pk AND v = 1)", {item}, key + " yes"},
        {"pk = 'p' AND sk = 1 AND pk = 'p'", {item}, key + " yes"},
        {"pk = 'p' AND sk = 1 AND pk <> 'q'", {item}, key + " yes"},
        {"pk = 'p' AND sk = 1 AND NOT v = 1", {item}, key + " no"},
        {"pk = 'p' AND sk = 1 AND (v = 2 OR v = 3)", {item}, key + " no"},
        {"pk = 'p' AND sk = 1 AND attribute_not_exists(pk)", {item}, key + " no"},
        {"pk = 'p' AND sk = 1", {""}, key + " no"},
        {"pk = 'p' AND sk = 1 AND v = 1", {""}, key + " no"},
        {"pk = 'p'", {item}, incomplete},
        {"sk = 1", {item}, incomplete},
        {"pk = 'p' AND sk > 1", {item}, incomplete},
        {"pk = 'p' AND sk IN [1]", {item}, incomplete},
        {"pk = 'p' AND sk = 1 OR v = 1", {item}, incomplete},
        {"pk = 'p' AND sk = v", {item}, incomplete},
        {"pk = 'p' AND sk = 1 AND sk = 2",
         {item},
         "Multiple conditions on same key sk. Only single item Update/Insert/Delete are supported"},
        {"pk = 1 AND sk = 1", {item}, type + "pk"},
        {"pk = 'p' AND sk = '1'", {item}, type + "sk"},
        {"pk = '' AND sk = 1",
         {item},
         "One or more parameter values are not valid. The AttributeValue for a key attribute "
         "cannot contain an empty string value. Key: pk"},
        {"pk.a = 'p' AND sk = 1",
         {item},
         "Key attributes must be scalars; list random access '[]' and map lookup '.' are not "
         "allowed: Key pk"},
        {"pk = 'p' AND sk = 1 AND v", {item}, "The arguments to AND/OR must be Expressions"},
    };
    for (const Row& row : rows) {
        EXPECT_EQ(updated(kBoth, "EXISTS(SELECT * FROM tab WHERE " + row.statement + ")",
                          row.parameters[0]),
                  row.expected)
            << row.statement;
    }
    EXPECT_EQ(updated(kBoth, "UPDATE tab SET v = 1", item), incomplete);
    EXPECT_EQ(updated(kBoth, "DELETE FROM tab", item), incomplete);
}

// A DELETE asks nothing of an item that is not there; an UPDATE makes none.
TEST(PartiqlTarget, AsksOfMissingItemsWhatTheServiceAsks) {
    const std::string key = R"({"pk":{"S":"a"}})";
    const std::string item = R"({"pk":{"S":"a"},"v":{"N":"1"}})";
    EXPECT_EQ(updated(kHash, "DELETE FROM tab WHERE pk='a' AND v=2", ""), key + " yes");
    EXPECT_EQ(updated(kHash, "DELETE FROM tab WHERE pk='a' AND v=2", item), key + " no");
    EXPECT_EQ(updated(kHash, "DELETE FROM tab WHERE pk='a' AND v=1", item), key + " yes");
    EXPECT_EQ(updated(kHash, "DELETE FROM tab WHERE pk='a'", ""), key + " yes");
    EXPECT_EQ(updated(kHash, "EXISTS(SELECT * FROM tab WHERE pk='a')", ""), key + " no");
}

}  // namespace
}  // namespace millbeck::capture::expression::partiql
