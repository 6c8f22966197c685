#include <string>

#include "capture/invalid_values.hpp"
#include "runtime/api/fields.hpp"
#include "runtime/api/parse_indexes.hpp"
#include "runtime/api/request_parts.hpp"
#include "runtime/api/resource_arn.hpp"
#include "runtime/api/shapes.hpp"
#include "runtime/api/table_parts.hpp"

namespace millbeck::runtime {
namespace {

namespace dom = simdjson::dom;
using base::Code;
using base::Result;

constexpr std::uint32_t kRecoveryDaysMax = 35;  // and the default
constexpr std::int64_t kBackupsMax = 100;       // of a page; and the default

tl::unexpected<base::Error> invalid_request(std::string_view why) {
    return base::fail(Code::Invalid, std::string("Invalid Request: ").append(why));
}

capture::IndexProjection projection_of(std::string_view type) {
    return type == "KEYS_ONLY" ? capture::IndexProjection::KeysOnly
           : type == "INCLUDE" ? capture::IndexProjection::Include
                               : capture::IndexProjection::All;
}

Result<KeptIndex> parse_kept_index(const Fields& fields) {
    KeptIndex index;
    index.name = fields.text("IndexName");
    for (const dom::element element : list_of(*fields.find("KeySchema"))) {
        const Fields key(shapes::kKeySchemaElement, element);
        index.keys.push_back(
            {std::string(key.text("AttributeName")), key.text("KeyType") == "HASH"});
    }
    const Fields projection(shapes::kProjection, *fields.find("Projection"));
    index.projection = projection_of(projection.text("ProjectionType"));
    if (const auto names = projection.find("NonKeyAttributes")) {
        for (const dom::element name : list_of(*names)) {
            index.included.emplace_back(name.get_string().value_unsafe());
        }
    }
    if (!fields.knows("ProvisionedThroughput")) {
        return index;  // a local one
    }
    if (const auto units = fields.find("ProvisionedThroughput")) {
        MB_TRY(index.throughput, parse_throughput(*units, index.name));
    }
    index.maximum = parse_maximum(fields);
    index.warm = parse_warm(fields);
    return index;
}

Result<std::optional<std::vector<KeptIndex>>> parse_kept(const Fields& fields,
                                                         std::string_view member,
                                                         const Shape& shape) {
    const auto list = fields.find(member);
    if (!list) {
        return std::optional<std::vector<KeptIndex>>();
    }
    std::vector<KeptIndex> kept;
    for (const dom::element element : list_of(*list)) {
        MB_TRY(kept.emplace_back(), parse_kept_index(Fields(shape, element)));
    }
    return std::optional(std::move(kept));
}

Result<RestoreOverrides> parse_overrides(const Fields& fields) {
    RestoreOverrides overrides;
    if (const auto mode = fields.text("BillingModeOverride"); !mode.empty()) {
        overrides.billing = parse_billing_mode(mode);
    }
    if (const auto units = fields.find("ProvisionedThroughputOverride")) {
        MB_TRY(overrides.throughput, parse_throughput(*units, ""));
    }
    overrides.maximum = parse_maximum(fields, "OnDemandThroughputOverride");
    MB_TRY(overrides.encryption_key, parse_encryption(fields, "SSESpecificationOverride"));
    MB_TRY(overrides.globals,
           parse_kept(fields, "GlobalSecondaryIndexOverride", shapes::kGlobalSecondaryIndex));
    MB_TRY(overrides.locals,
           parse_kept(fields, "LocalSecondaryIndexOverride", shapes::kLocalSecondaryIndex));
    return overrides;
}

}  // namespace

Result<Request> parse_update_continuous_backups(dom::element body) {
    const Fields fields(shape_of(Operation::UpdateContinuousBackups), body);
    UpdateContinuousBackupsRequest request;
    MB_TRY(request.table, parse_table_name(fields.text("TableName")));
    const Fields wanted(shapes::kPointInTimeRecovery,
                        *fields.find("PointInTimeRecoverySpecification"));
    const bool enabled = wanted.flag("PointInTimeRecoveryEnabled").value_or(false);
    if (!enabled && wanted.find("RecoveryPeriodInDays")) {
        return base::fail(Code::Invalid,
                          "Invalid Request: Cannot specify RecoveryPeriodInDays when disabling "
                          "point-in-time recovery.");
    }
    if (enabled) {
        request.days =
            static_cast<std::uint32_t>(wanted.number("RecoveryPeriodInDays", kRecoveryDaysMax));
    }
    return request;
}

Result<Request> parse_restore_table_to_point_in_time(dom::element body) {
    const Fields fields(shape_of(Operation::RestoreTableToPointInTime), body);
    RestoreTableToPointInTimeRequest request;
    request.target = shardlog::TableName(std::string(fields.text("TargetTableName")));
    const bool named = fields.find("SourceTableName").has_value();
    const bool by_arn = fields.find("SourceTableArn").has_value();
    if (named && by_arn) {
        return invalid_request("Must provide exactly one of: sourceTableArn, sourceTableName");
    }
    if (!named && !by_arn) {
        return invalid_request(
            "The parameter 'TableName' is required but was not present in the request");
    }
    MB_TRY(request.source,
           parse_table_name(fields.text(named ? "SourceTableName" : "SourceTableArn")));
    const bool latest = fields.flag("UseLatestRestorableTime").value_or(false);
    const auto time = fields.find("RestoreDateTime");
    if (latest && time) {
        return invalid_request(
            "Both RestoreDateTime and UseLatestRestorableTime cannot be set for point-in-time "
            "restore request. Please specify either RestoreDateTime time or "
            "UseLatestRestorableTime");
    }
    if (!latest && !time) {
        return invalid_request(
            "Either one of RestoreDateTime or UseLatestRestorableTime must be specified, but not "
            "both");
    }
    if (time) {
        request.time = wall_time(*time);
    }
    MB_TRY(request.overrides, parse_overrides(fields));
    return request;
}

Result<Request> parse_create_backup(dom::element body) {
    const Fields fields(shape_of(Operation::CreateBackup), body);
    CreateBackupRequest request;
    MB_TRY(request.table, parse_table_name(fields.text("TableName")));
    request.name = fields.text("BackupName");
    return request;
}

Result<Request> parse_list_backups(dom::element body) {
    const Fields fields(shape_of(Operation::ListBackups), body);
    ListBackupsRequest request;
    BackupChoice& choice = request.choice;
    if (fields.find("TableName")) {
        MB_TRY(choice.table, parse_table_name(fields.text("TableName")));
    }
    choice.limit = static_cast<std::size_t>(fields.number("Limit", kBackupsMax));
    if (const auto from = fields.find("TimeRangeLowerBound")) {
        choice.from = wall_time(*from);
    }
    if (const auto until = fields.find("TimeRangeUpperBound")) {
        choice.until = wall_time(*until);
    }
    if (choice.from && choice.until && *choice.from > *choice.until) {
        return capture::invalid_values(
            "Time range lower bound must be less than or equal to upper bound");
    }
    if (fields.find("ExclusiveStartBackupArn")) {
        MB_TRY(const NamedBackup after, parse_backup_arn(fields.text("ExclusiveStartBackupArn")));
        choice.after = after.id;
    }
    const std::string_view type = fields.text("BackupType", "USER");
    request.of_aws_backup = type == "AWS_BACKUP";
    if (type != "ALL") {
        choice.type = type == "SYSTEM" ? BackupType::System : BackupType::User;
    }
    return request;
}

Result<Request> parse_describe_backup(dom::element body) {
    const Fields fields(shape_of(Operation::DescribeBackup), body);
    MB_TRY(auto backup, parse_backup_arn(fields.text("BackupArn")));
    return DescribeBackupRequest{std::move(backup)};
}

Result<Request> parse_delete_backup(dom::element body) {
    const Fields fields(shape_of(Operation::DeleteBackup), body);
    MB_TRY(auto backup, parse_backup_arn(fields.text("BackupArn")));
    return DeleteBackupRequest{std::move(backup)};
}

Result<Request> parse_restore_table_from_backup(dom::element body) {
    const Fields fields(shape_of(Operation::RestoreTableFromBackup), body);
    RestoreTableFromBackupRequest request;
    request.target = shardlog::TableName(std::string(fields.text("TargetTableName")));
    MB_TRY(request.backup, parse_backup_arn(fields.text("BackupArn")));
    MB_TRY(request.overrides, parse_overrides(fields));
    return request;
}

}  // namespace millbeck::runtime
