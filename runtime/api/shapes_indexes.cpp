// Secondary indexes inside of CreateTable and UpdateTable.
#include <array>

#include "runtime/api/shape_parts.hpp"
#include "runtime/api/shapes.hpp"

namespace millbeck::runtime::shapes {

constexpr std::array<std::string_view, 3> kProjectionTypes{"ALL", "INCLUDE", "KEYS_ONLY"};
constexpr Shape kProjectionType{.choices = kProjectionTypes};
constexpr Shape kNonKeyAttribute{.least = 1, .most = 255};
constexpr Shape kNonKeyAttributes{
    .kind = Kind::List, .least = 1, .most = 20, .element = &kNonKeyAttribute};

constexpr std::array<Member, 2> kProjectionMembers{{
    {"ProjectionType", &kProjectionType},
    {"NonKeyAttributes", &kNonKeyAttributes},
}};
constexpr Shape kProjection{
    .kind = Kind::Structure, .java = "Projection", .members = kProjectionMembers};

// May have several attributes of a type on AWS: see parse_key_schema.cpp.
constexpr Shape kGlobalKeySchema{.kind = Kind::List, .least = 1, .element = &kKeySchemaElement};

constexpr std::array<Member, 3> kLocalMembers{{
    {"IndexName", &kTableName, true},
    {"KeySchema", &kKeySchema, true},
    {"Projection", &kProjection, true},
}};
constexpr Shape kLocalSecondaryIndex{
    .kind = Kind::Structure, .java = "LocalSecondaryIndex", .members = kLocalMembers};
constexpr Shape kLocalSecondaryIndexes{.kind = Kind::List, .element = &kLocalSecondaryIndex};

constexpr std::array<Member, 6> kGlobalMembers{{
    {"IndexName", &kTableName, true},
    {"KeySchema", &kGlobalKeySchema, true},
    {"Projection", &kProjection, true},
    {"ProvisionedThroughput", &kProvisionedThroughput},
    {"OnDemandThroughput", &kOnDemandThroughput},
    {"WarmThroughput", &kWarmThroughput},
}};
constexpr Shape kGlobalSecondaryIndex{
    .kind = Kind::Structure, .java = "GlobalSecondaryIndex", .members = kGlobalMembers};
constexpr Shape kGlobalSecondaryIndexes{.kind = Kind::List, .element = &kGlobalSecondaryIndex};

constexpr std::array<Member, 6> kCreateIndexMembers{{
    {"Projection", &kProjection, true},
    {"IndexName", &kTableName, true},
    {"ProvisionedThroughput", &kProvisionedThroughput},
    {"KeySchema", &kGlobalKeySchema, true},
    {"OnDemandThroughput", &kOnDemandThroughput},
    {"WarmThroughput", &kWarmThroughput},
}};
constexpr Shape kCreateIndex{.kind = Kind::Structure,
                             .java = "CreateGlobalSecondaryIndexAction",
                             .members = kCreateIndexMembers};

constexpr std::array<Member, 4> kUpdateIndexMembers{{
    {"IndexName", &kTableName, true},
    {"ProvisionedThroughput", &kProvisionedThroughput},
    {"OnDemandThroughput", &kOnDemandThroughput},
    {"WarmThroughput", &kWarmThroughput},
}};
constexpr Shape kUpdateIndex{.kind = Kind::Structure,
                             .java = "UpdateGlobalSecondaryIndexAction",
                             .members = kUpdateIndexMembers};

constexpr std::array<Member, 1> kDeleteIndexMembers{{{"IndexName", &kTableName, true}}};
constexpr Shape kDeleteIndex{.kind = Kind::Structure,
                             .java = "DeleteGlobalSecondaryIndexAction",
                             .members = kDeleteIndexMembers};

constexpr std::array<Member, 3> kIndexUpdateMembers{{
    {"Update", &kUpdateIndex},
    {"Create", &kCreateIndex},
    {"Delete", &kDeleteIndex},
}};
constexpr Shape kGlobalSecondaryIndexUpdate{
    .kind = Kind::Structure, .java = "GlobalSecondaryIndexUpdate", .members = kIndexUpdateMembers};
constexpr Shape kGlobalSecondaryIndexUpdates{.kind = Kind::List,
                                             .element = &kGlobalSecondaryIndexUpdate};

}  // namespace millbeck::runtime::shapes
