#include <array>

#include "runtime/api/shape_parts.hpp"
#include "runtime/api/shapes.hpp"

namespace millbeck::runtime::shapes {

constexpr Shape kUnits{.kind = Kind::Long, .least = 1};

constexpr std::array<Member, 2> kThroughputMembers{{
    {"WriteCapacityUnits", &kUnits, true},
    {"ReadCapacityUnits", &kUnits, true},
}};
constexpr Shape kKeyAttributeName{.least = 1, .most = 255};

constexpr std::array<std::string_view, 3> kScalarTypes{"B", "N", "S"};
constexpr Shape kAttributeType{.choices = kScalarTypes};

constexpr std::array<Member, 2> kDefinitionMembers{{
    {"AttributeName", &kKeyAttributeName, true},
    {"AttributeType", &kAttributeType, true},
}};

constexpr std::array<std::string_view, 2> kKeyTypes{"HASH", "RANGE"};
constexpr Shape kKeyType{.choices = kKeyTypes};

constexpr std::array<Member, 2> kKeyElementMembers{{
    {"AttributeName", &kKeyAttributeName, true},
    {"KeyType", &kKeyType, true},
}};

constexpr std::array<std::string_view, 4> kViewTypes{"OLD_IMAGE", "KEYS_ONLY", "NEW_AND_OLD_IMAGES",
                                                     "NEW_IMAGE"};
constexpr Shape kViewType{.choices = kViewTypes};

constexpr std::array<Member, 2> kStreamMembers{{
    {"StreamEnabled", &kBoolean, true},
    {"StreamViewType", &kViewType},
}};
constexpr Shape kAttributeDefinition{
    .kind = Kind::Structure, .java = "AttributeDefinition", .members = kDefinitionMembers};
constexpr Shape kKeySchemaElement{
    .kind = Kind::Structure, .java = "KeySchemaElement", .members = kKeyElementMembers};
constexpr Shape kProvisionedThroughput{
    .kind = Kind::Structure, .java = "ProvisionedThroughput", .members = kThroughputMembers};
constexpr Shape kStreamSpecification{
    .kind = Kind::Structure, .java = "StreamSpecification", .members = kStreamMembers};
constexpr Shape kAttributeDefinitions{.kind = Kind::List, .element = &kAttributeDefinition};
constexpr Shape kKeySchema{
    .kind = Kind::List, .least = 1, .most = 2, .element = &kKeySchemaElement};

constexpr std::array<std::string_view, 2> kBillingModes{"PROVISIONED", "PAY_PER_REQUEST"};
constexpr Shape kBillingMode{.choices = kBillingModes};

constexpr std::array<std::string_view, 2> kTableClasses{"STANDARD", "STANDARD_INFREQUENT_ACCESS"};
constexpr Shape kTableClass{.choices = kTableClasses};

constexpr std::array<std::string_view, 2> kSseTypes{"AES256", "KMS"};
constexpr Shape kSseType{.choices = kSseTypes};

constexpr Shape kKmsKey{.least = 1};
constexpr std::array<Member, 3> kSseMembers{{
    {"Enabled", &kBoolean},
    {"SSEType", &kSseType},
    {"KMSMasterKeyId", &kKmsKey},
}};
constexpr Shape kSseSpecification{
    .kind = Kind::Structure, .java = "SSESpecification", .members = kSseMembers};

constexpr std::array<Member, 18> kCreateTableMembers{{
    {"AttributeDefinitions", &kAttributeDefinitions, true},
    {"TableName", &kTableNameOrArn, true},
    {"BillingMode", &kBillingMode},
    {"ProvisionedThroughput", &kProvisionedThroughput},
    {"KeySchema", &kKeySchema, true},
    {"GlobalSecondaryIndexes", &kGlobalSecondaryIndexes},
    {"LocalSecondaryIndexes", &kLocalSecondaryIndexes},
    {"StreamSpecification", &kStreamSpecification},
    {"TableClass", &kTableClass},
    {"DeletionProtectionEnabled", &kBoolean},
    {"Tags", &kTags},
    {"SSESpecification", &kSseSpecification},
    {"WarmThroughput", &kWarmThroughput},
    {"ResourcePolicy", &kRefused},
    {"OnDemandThroughput", &kOnDemandThroughput},
    {"GlobalTableSourceArn", &kRefused},
    {"GlobalTableSettingsReplicationMode", &kRefused},
    {"VectorIndexes", &kRefused},
}};
constexpr Shape kCreateTable{.kind = Kind::Structure, .members = kCreateTableMembers};

constexpr std::array<Member, 17> kUpdateTableMembers{{
    {"TableName", &kTableNameOrArn, true},
    {"BillingMode", &kBillingMode},
    {"ProvisionedThroughput", &kProvisionedThroughput},
    {"StreamSpecification", &kStreamSpecification},
    {"TableClass", &kTableClass},
    {"DeletionProtectionEnabled", &kBoolean},
    {"AttributeDefinitions", &kAttributeDefinitions},
    {"GlobalSecondaryIndexUpdates", &kGlobalSecondaryIndexUpdates},
    {"SSESpecification", &kSseSpecification},
    {"ReplicaUpdates", &kRefused},
    {"MultiRegionConsistency", &kRefused},
    {"GlobalTableWitnessUpdates", &kRefused},
    {"OnDemandThroughput", &kOnDemandThroughput},
    {"WarmThroughput", &kWarmThroughput},
    {"GlobalTableSettingsReplicationMode", &kRefused},
    {"DisassociationProtectionEnabled", &kRefused},
    {"VectorIndexUpdates", &kRefused},
}};
constexpr Shape kUpdateTable{.kind = Kind::Structure, .members = kUpdateTableMembers};

// DescribeTable and DeleteTable.
constexpr std::array<Member, 1> kTableOnlyMembers{{{"TableName", &kTableNameOrArn, true}}};
constexpr Shape kTableOnly{.kind = Kind::Structure, .members = kTableOnlyMembers};

constexpr std::array<Member, 2> kListTablesMembers{{
    {"Limit", &kHundred},
    {"ExclusiveStartTableName", &kTableName},
}};
constexpr Shape kListTables{.kind = Kind::Structure, .members = kListTablesMembers};

}  // namespace millbeck::runtime::shapes
