// PartiQL.
#include <array>

#include "runtime/api/shape_parts.hpp"
#include "runtime/api/shapes.hpp"

namespace millbeck::runtime::shapes {

constexpr Shape kStatement{.least = 1, .most = 8192};
constexpr Shape kParameters{.kind = Kind::List, .least = 1, .element = &kValue};
constexpr Shape kNextToken{.least = 1, .most = 32'768};
constexpr Shape kLimit{.kind = Kind::Integer, .least = 1};
constexpr Shape kToken{.least = 1, .most = 36};

constexpr std::array<Member, 7> kExecuteStatementMembers{{
    {"ReturnValuesOnConditionCheckFailure", &kOnConditionFailure},
    {"Limit", &kLimit},
    {"Statement", &kStatement, true},
    {"ReturnConsumedCapacity", &kReturnCapacity},
    {"Parameters", &kParameters},
    {"NextToken", &kNextToken},
    {"ConsistentRead", &kBoolean},
}};
constexpr Shape kExecuteStatement{.kind = Kind::Structure, .members = kExecuteStatementMembers};

constexpr std::array<Member, 4> kBatchStatementMembers{{
    {"ReturnValuesOnConditionCheckFailure", &kOnConditionFailure},
    {"Statement", &kStatement, true},
    {"Parameters", &kParameters},
    {"ConsistentRead", &kBoolean},
}};
constexpr Shape kBatchStatement{
    .kind = Kind::Structure, .java = "BatchStatementRequest", .members = kBatchStatementMembers};
constexpr Shape kBatchStatements{
    .kind = Kind::List, .least = 1, .most = 25, .element = &kBatchStatement};

constexpr std::array<Member, 2> kBatchExecuteStatementMembers{{
    {"ReturnConsumedCapacity", &kReturnCapacity},
    {"Statements", &kBatchStatements, true},
}};
constexpr Shape kBatchExecuteStatement{.kind = Kind::Structure,
                                       .members = kBatchExecuteStatementMembers};

constexpr std::array<Member, 3> kTransactStatementMembers{{
    {"ReturnValuesOnConditionCheckFailure", &kOnConditionFailure},
    {"Statement", &kStatement, true},
    {"Parameters", &kParameters},
}};
constexpr Shape kTransactStatement{.kind = Kind::Structure,
                                   .java = "ParameterizedStatement",
                                   .members = kTransactStatementMembers};
constexpr Shape kTransactStatements{
    .kind = Kind::List, .least = 1, .most = 100, .element = &kTransactStatement};

constexpr std::array<Member, 3> kExecuteTransactionMembers{{
    {"ClientRequestToken", &kToken},
    {"TransactStatements", &kTransactStatements, true},
    {"ReturnConsumedCapacity", &kReturnCapacity},
}};
constexpr Shape kExecuteTransaction{.kind = Kind::Structure, .members = kExecuteTransactionMembers};

}  // namespace millbeck::runtime::shapes
