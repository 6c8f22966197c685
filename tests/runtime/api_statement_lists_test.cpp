// BatchExecuteStatement and ExecuteTransaction against a real store.
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/runtime/statement_calls.hpp"

namespace millbeck::runtime {
namespace {

using tests::answer;
using tests::ApiNode;
using tests::body_of;
using tests::fill;
using tests::run;

std::string batch(const ApiNode& node, const std::vector<std::string>& statements,
                  const std::string& more = "") {
    std::string body = R"({"Statements":[)";
    for (const auto& statement : statements) {
        body.append(body.back() == '[' ? "" : ",").append(body_of(statement));
    }
    return answer(node, "BatchExecuteStatement", body + "]" + more + "}");
}

std::string error(const std::string& code, const std::string& message) {
    return R"({"Error":{"Code":")" + code + R"(","Message":")" + message + "\"}";
}

// If it fails, one bad statement of a batch takes the others with it, or is not told.
TEST(ApiStatementLists, RunInBatches) {
    const ApiNode node;
    fill(node);
    const std::string one = R"({"TableName":"one")";
    const std::string no_key = error("ValidationError",
                                     "Select statements within BatchExecuteStatement must specify "
                                     "the primary key in the where "
                                     "clause.") +
                               "}";
    EXPECT_EQ(batch(node, {"SELECT * FROM one WHERE p = 'a'", "SELECT * FROM one WHERE p = 'zz'",
                           "SELECT v FROM tab WHERE p = 'a' AND s = 1"}),
              R"({"Responses":[)" + one + R"(,"Item":{"n":{"N":"5"},"p":{"S":"a"}}},)" + one +
                  R"(},{"TableName":"tab","Item":{"v":{"N":"1"}}}]})");
    EXPECT_EQ(batch(node, {"SLECT * FROM one WHERE p = 'a'", "SELECT * FROM one WHERE p = 'a'",
                           "SELECT * FROM nope WHERE p = 'a'", "SELECT * FROM tab WHERE p = 'a'",
                           R"(SELECT * FROM "tab"."by-g" WHERE g = 'x')",
                           "SELECT * FROM one WHERE p = 'b' AND n = 5",
                           "SELECT * FROM one WHERE p IN ['b']",
                           "EXISTS(SELECT * FROM one WHERE p = 'a' AND n = 5)"}),
              "ValidationException: Read and write requests together in the same batch is not "
              "supported.");
    EXPECT_EQ(
        batch(node,
              {"SLECT * FROM one WHERE p = 'a'", "SELECT * FROM one WHERE p = 'a'",
               "SELECT * FROM nope WHERE p = 'a'", "SELECT * FROM tab WHERE p = 'a'",
               R"(SELECT * FROM "tab"."by-g" WHERE g = 'x')",
               "SELECT * FROM one WHERE p = 'b' AND n = 5", "SELECT * FROM one WHERE p IN ['b']"}),
        R"({"Responses":[)" +
            error("ValidationError",
                  "Statement wasn't well formed, can't be processed: Expected data manipulation") +
            "}," + one + R"(,"Item":{"n":{"N":"5"},"p":{"S":"a"}}},)" +
            error("ResourceNotFound", "Requested resource not found") + "}," + no_key + "," +
            no_key + "," + no_key + "," + no_key + "]}");
    EXPECT_EQ(batch(node,
                    {"INSERT INTO one VALUE {'p': 'a'}", "INSERT INTO one VALUE {'p': 'b'}",
                     "UPDATE one SET n = 1 WHERE p = 'c'",
                     "DELETE FROM one WHERE p = 'd' RETURNING MODIFIED OLD *",
                     "DELETE FROM one WHERE p = 'e' RETURNING ALL OLD *",
                     "UPDATE tab SET v = v + 1 WHERE p = 'a' AND s = 1 RETURNING ALL NEW *",
                     "UPDATE tab SET v = l + 1 WHERE p = 'a' AND s = 2",
                     "UPDATE tab REMOVE v WHERE p = 'a' AND s = 3 RETURNING MODIFIED NEW *"},
                    R"(,"ReturnConsumedCapacity":"TOTAL")"),
              R"({"Responses":[)" +
                  error("DuplicateItem", "Duplicate primary key exists in table") +
                  R"(,"TableName":"one"},)" + one + "}," +
                  error("ConditionalCheckFailed", "The conditional request failed") +
                  R"(,"TableName":"one"},)" +
                  error("ValidationError",
                        "Invalid returning clause: RETURNING MODIFIED OLD *. Only RETURNING ALL "
                        "OLD * is allowed in DELETE statements.") +
                  "}," + one + R"(},{"TableName":"tab","Item":{"g":{"S":"x"},"h":{"S":"h"},)" +
                  R"("l":{"S":"l8"},"p":{"S":"a"},"s":{"N":"1"},"v":{"N":"2"}}},)" +
                  error("ValidationError",
                        "An operand in the update expression has an incorrect data type") +
                  R"(,"TableName":"tab"},{"TableName":"tab"}],"ConsumedCapacity":[)" +
                  R"({"TableName":"one","CapacityUnits":4.0},)" +
                  R"({"TableName":"tab","CapacityUnits":3.0}]})");
    EXPECT_EQ(run(node, "SELECT p FROM one WHERE p = 'b'"), R"({"Items":[{"p":{"S":"b"}}]})");
    EXPECT_EQ(batch(node, {"DELETE FROM one WHERE p = 'b'", "DELETE FROM one WHERE p = 'b'"}),
              "ValidationException: Provided list of item keys contains duplicates");
    EXPECT_EQ(batch(node, {}),
              "ValidationException: 1 validation error detected: Value '[]' at 'statements' failed "
              "to satisfy constraint: Member must have length greater than or equal to 1");
    EXPECT_TRUE(batch(node, std::vector<std::string>(26, "x"))
                    .ends_with("Member must have length less than or equal to 25"));
}

std::string transact(const ApiNode& node, const std::vector<std::string>& statements,
                     const std::string& more = "") {
    std::string body = R"({"TransactStatements":[)";
    for (const auto& statement : statements) {
        body.append(body.back() == '[' ? "" : ",").append(body_of(statement));
    }
    return answer(node, "ExecuteTransaction", body + "]" + more + "}");
}

// If it fails, half of a transaction is made, or one is made twice.
TEST(ApiStatementLists, RunInTransactions) {
    const ApiNode node;
    fill(node);
    EXPECT_EQ(
        transact(node, {"SELECT n FROM one WHERE p = 'a'", "SELECT * FROM one WHERE p = 'zz'"}),
        R"({"Responses":[{"Item":{"n":{"N":"5"}}},{}]})");
    const std::vector<std::string> writes{"EXISTS(SELECT * FROM one WHERE p = 'a' AND n = 5)",
                                          "INSERT INTO one VALUE {'p': 'b', 'n': 0}",
                                          "UPDATE tab SET v = v + 1 WHERE p = 'a' AND s = 1",
                                          "DELETE FROM tab WHERE p = 'b' AND s = 1"};
    const std::string token = R"(,"ClientRequestToken":"t1","ReturnConsumedCapacity":"TOTAL")";
    EXPECT_EQ(transact(node, writes, token),
              R"({"Responses":[],"ConsumedCapacity":[{"TableName":"one","CapacityUnits":4.0,)"
              R"("WriteCapacityUnits":4.0},{"TableName":"tab","CapacityUnits":4.0,)"
              R"("WriteCapacityUnits":4.0}]})");
    EXPECT_EQ(transact(node, writes, token),
              R"({"Responses":[],"ConsumedCapacity":[{"TableName":"one","CapacityUnits":4.0,)"
              R"("ReadCapacityUnits":4.0},{"TableName":"tab","CapacityUnits":4.0,)"
              R"("ReadCapacityUnits":4.0}]})");
    EXPECT_EQ(transact(node, {"DELETE FROM one WHERE p = 'a'"}, token),
              "IdempotentParameterMismatchException: DynamoDB rejected the request because you "
              "retried a request with a different payload but with an idempotent token that was "
              "already used.");
    EXPECT_EQ(run(node, "SELECT v FROM tab"),
              R"({"Items":[{"v":{"N":"2"}},{"v":{"N":"2"}},{"v":{"N":"3"}},{"v":{"N":"4"}}]})");
    EXPECT_EQ(
        transact(node, {"EXISTS(SELECT * FROM one WHERE p = 'a' AND n = 6)",
                        "INSERT INTO one VALUE {'p': 'b'}", "INSERT INTO one VALUE {'p': 'c'}",
                        "UPDATE one SET n = 1 WHERE p = 'ghost'"}),
        "TransactionCanceledException: Transaction cancelled, please refer cancellation "
        "reasons for specific reasons [ConditionalCheckFailed, DuplicateItem, None, "
        "ConditionalCheckFailed]");
    EXPECT_EQ(run(node, "SELECT p FROM one WHERE p = 'c'"), R"({"Items":[]})");
}

// A DELETE on a condition is content where nothing is, unless another statement cancels. If it
// fails, who looks for the reason finds another one than on the service.
TEST(ApiStatementLists, NameDeletionsOfNothingWhereTransactionsAreCancelled) {
    const ApiNode node;
    fill(node);
    const std::string ghost = "DELETE FROM one WHERE p = 'ghost' AND n = 5";
    const std::string cancelled =
        "TransactionCanceledException: Transaction cancelled, please refer cancellation reasons "
        "for specific reasons ";
    EXPECT_EQ(transact(node, {ghost}), R"({"Responses":[]})");
    EXPECT_EQ(transact(node, {ghost, "INSERT INTO one VALUE {'p': 'a'}",
                              "DELETE FROM one WHERE p = 'none'"}),
              cancelled + "[ConditionalCheckFailed, DuplicateItem, None]");
    EXPECT_EQ(transact(node, {ghost, "UPDATE tab SET v = l + 1 WHERE p = 'a' AND s = 2"}),
              cancelled + "[None, ValidationError]");
}

// If it fails, a client cannot tell which statement of its transaction is wrong, or why.
TEST(ApiStatementLists, RefuseTransactions) {
    const ApiNode node;
    fill(node);
    const std::string v = "ValidationException: ";
    const std::string first = v + "Validation failed in TransactStatements[0]: ";
    const std::string no_key =
        "Select statements within ExecuteTransaction must specify the primary key in the where "
        "clause.";
    const std::string exists = "EXISTS() must contain a single item read with additional condition";
    struct Refused {
        std::vector<std::string> statements;
        std::string expected;
    };
    const std::vector<Refused> rows{
        {{"SELECT * FROM one WHERE"},
         first + "Statement wasn't well formed, can't be processed: Unexpected term"},
        {{"SELECT * FROM one WHERE p = 'a'", "x"},
         v + "Validation failed in TransactStatements[1]: Unsupported operation: "
             "VariableReference"},
        {{"SELECT * FROM one WHERE p = 'a'", "DELETE FROM one WHERE p = 'b'"},
         v + "ExecuteTransaction API does not support both read and write operations in the same "
             "request."},
        {{"UPDATE one SET n = 1 WHERE p = 'a' RETURNING ALL NEW *"},
         first + "RETURNING clause is not supported in ExecuteTransaction."},
        {{R"(SELECT * FROM "tab"."by-g" WHERE g = 'x')"},
         first + "Reads on indices are not supported within transactions."},
        {{R"(EXISTS(SELECT * FROM "tab"."by-g" WHERE g = 'x'))"},
         first + "Operations on indices are not supported in transactions"},
        {{"SELECT * FROM tab WHERE p = 'a'"}, first + no_key},
        {{"SELECT * FROM one WHERE p = 'a' AND attribute_exists(n)"}, first + no_key},
        {{"SELECT * FROM one WHERE p IN ['a', 'b']"}, first + no_key},
        {{"EXISTS(SELECT * FROM one WHERE p = 'a')"}, first + exists},
        {{"EXISTS(SELECT * FROM one WHERE n = 5)"}, first + exists},
        {{"UPDATE one SET n = 1 WHERE n = 5"},
         first + "Where clause does not contain a mandatory equality on all key attributes"},
        {{"SELECT * FROM nope WHERE p = 'a'"},
         "ResourceNotFoundException: Requested resource not found"},
        {{"UPDATE one SET n = 1 WHERE p = 'a'", "UPDATE one SET m = 1 WHERE p = 'a'"},
         v + "Transaction request cannot include multiple operations on one item"},
        {{},
         v + "1 validation error detected: Value '[]' at 'transactStatements' failed to "
             "satisfy constraint: Member must have length greater than or equal to 1"},
    };
    for (const Refused& row : rows) {
        EXPECT_EQ(transact(node, row.statements), row.expected);
    }
    EXPECT_EQ(answer(node, "ExecuteTransaction",
                     R"({"TransactStatements":[{"Statement":"UPDATE one SET n = ? WHERE p = 'a'",)"
                     R"("Parameters":[{"N":"abc"}]}]})"),
              v + "The parameter cannot be converted to a numeric value: abc");
}

}  // namespace
}  // namespace millbeck::runtime
