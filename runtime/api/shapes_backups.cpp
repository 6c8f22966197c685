// Backups, continuous ones and others, and tables that are restored from them.
#include <array>

#include "runtime/api/shape_parts.hpp"
#include "runtime/api/shapes.hpp"

namespace millbeck::runtime::shapes {

constexpr Shape kRecoveryDays{.kind = Kind::Integer, .least = 1, .most = 35};
constexpr std::array<Member, 2> kRecoveryMembers{{
    {"PointInTimeRecoveryEnabled", &kBoolean, true},
    {"RecoveryPeriodInDays", &kRecoveryDays},
}};
constexpr Shape kPointInTimeRecovery{.kind = Kind::Structure,
                                     .java = "PointInTimeRecoverySpecification",
                                     .members = kRecoveryMembers};
constexpr std::array<Member, 2> kUpdateContinuousBackupsMembers{{
    {"TableName", &kTableNameOrArn, true},
    {"PointInTimeRecoverySpecification", &kPointInTimeRecovery, true},
}};
constexpr Shape kUpdateContinuousBackups{.kind = Kind::Structure,
                                         .members = kUpdateContinuousBackupsMembers};

constexpr std::array<std::string_view, 2> kBillingModes{"PROVISIONED", "PAY_PER_REQUEST"};
constexpr Shape kBillingMode{.choices = kBillingModes};
constexpr Shape kTime{.kind = Kind::Timestamp};
constexpr Shape kSourceArn{.least = 1, .most = 1024};

constexpr std::array<Member, 11> kRestoreMembers{{
    {"SourceTableArn", &kSourceArn},
    {"SourceTableName", &kTableName},
    {"TargetTableName", &kTableName, true},
    {"UseLatestRestorableTime", &kBoolean},
    {"RestoreDateTime", &kTime},
    {"BillingModeOverride", &kBillingMode},
    {"GlobalSecondaryIndexOverride", &kGlobalSecondaryIndexes},
    {"LocalSecondaryIndexOverride", &kLocalSecondaryIndexes},
    {"ProvisionedThroughputOverride", &kProvisionedThroughput},
    {"OnDemandThroughputOverride", &kOnDemandThroughput},
    {"SSESpecificationOverride", &kSseSpecification},
}};
constexpr Shape kRestoreTableToPointInTime{.kind = Kind::Structure, .members = kRestoreMembers};

constexpr Shape kBackupName{.least = 3, .most = 255, .pattern = Pattern::TableName};
constexpr Shape kBackupArn{.least = 37, .most = 1024};
constexpr std::array<std::string_view, 4> kBackupTypes{"USER", "SYSTEM", "AWS_BACKUP", "ALL"};
constexpr Shape kBackupType{.choices = kBackupTypes};

constexpr std::array<Member, 2> kCreateBackupMembers{{
    {"TableName", &kTableNameOrArn, true},
    {"BackupName", &kBackupName, true},
}};
constexpr Shape kCreateBackup{.kind = Kind::Structure, .members = kCreateBackupMembers};
constexpr std::array<Member, 6> kListBackupsMembers{{
    {"TableName", &kTableNameOrArn},
    {"Limit", &kHundred},
    {"TimeRangeLowerBound", &kTime},
    {"TimeRangeUpperBound", &kTime},
    {"ExclusiveStartBackupArn", &kBackupArn},
    {"BackupType", &kBackupType},
}};
constexpr Shape kListBackups{.kind = Kind::Structure, .members = kListBackupsMembers};
constexpr std::array<Member, 1> kBackupOnlyMembers{{{"BackupArn", &kBackupArn, true}}};
constexpr Shape kBackupOnly{.kind = Kind::Structure, .members = kBackupOnlyMembers};

constexpr std::array<Member, 8> kFromBackupMembers{{
    {"TargetTableName", &kTableName, true},
    {"BackupArn", &kBackupArn, true},
    {"BillingModeOverride", &kBillingMode},
    {"GlobalSecondaryIndexOverride", &kGlobalSecondaryIndexes},
    {"LocalSecondaryIndexOverride", &kLocalSecondaryIndexes},
    {"ProvisionedThroughputOverride", &kProvisionedThroughput},
    {"OnDemandThroughputOverride", &kOnDemandThroughput},
    {"SSESpecificationOverride", &kSseSpecification},
}};
constexpr Shape kRestoreTableFromBackup{.kind = Kind::Structure, .members = kFromBackupMembers};

}  // namespace millbeck::runtime::shapes
