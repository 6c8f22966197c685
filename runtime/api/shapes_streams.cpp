#include <array>

#include "runtime/api/shape_parts.hpp"
#include "runtime/api/shapes.hpp"

namespace millbeck::runtime::shapes {

constexpr Shape kStreamArn{.least = 37, .most = 1024};
constexpr Shape kShardId{.least = 28, .most = 65};

constexpr std::array<Member, 3> kListStreamsMembers{{
    {"TableName", &kTableName},
    {"Limit", &kHundred},
    {"ExclusiveStartStreamArn", &kStreamArn},
}};
constexpr Shape kListStreams{.kind = Kind::Structure, .members = kListStreamsMembers};

constexpr std::array<std::string_view, 1> kFilterTypes{"CHILD_SHARDS"};
constexpr Shape kFilterType{.choices = kFilterTypes};
// Both are optional in the model and required by the service.
constexpr std::array<Member, 2> kShardFilterMembers{{
    {"Type", &kFilterType, true},
    {"ShardId", &kShardId, true},
}};
constexpr Shape kShardFilter{
    .kind = Kind::Structure, .java = "ShardFilter", .members = kShardFilterMembers};

constexpr std::array<Member, 4> kDescribeStreamMembers{{
    {"StreamArn", &kStreamArn, true},
    {"Limit", &kHundred},
    {"ExclusiveStartShardId", &kShardId},
    {"ShardFilter", &kShardFilter},
}};
constexpr Shape kDescribeStream{.kind = Kind::Structure, .members = kDescribeStreamMembers};

constexpr std::array<std::string_view, 4> kIteratorTypes{
    "TRIM_HORIZON", "LATEST", "AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER"};
constexpr Shape kIteratorType{.choices = kIteratorTypes};
constexpr Shape kSequence{.least = 21, .most = 40};

constexpr std::array<Member, 4> kGetShardIteratorMembers{{
    {"StreamArn", &kStreamArn, true},
    {"ShardId", &kShardId, true},
    {"ShardIteratorType", &kIteratorType, true},
    {"SequenceNumber", &kSequence},
}};
constexpr Shape kGetShardIterator{.kind = Kind::Structure, .members = kGetShardIteratorMembers};
constexpr Shape kIterator{.least = 1, .most = 2048};
constexpr Shape kThousand{.kind = Kind::Integer, .least = 1, .most = 1000};

constexpr std::array<Member, 2> kGetRecordsMembers{{
    {"ShardIterator", &kIterator, true},
    {"Limit", &kThousand},
}};
constexpr Shape kGetRecords{.kind = Kind::Structure, .members = kGetRecordsMembers};

}  // namespace millbeck::runtime::shapes
