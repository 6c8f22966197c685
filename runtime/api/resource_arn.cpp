#include "runtime/api/resource_arn.hpp"

#include <string>

namespace millbeck::runtime {
namespace {

// What stands before the separator; `rest` is what stands behind it.
std::string_view cut(std::string_view& rest, char separator) {
    const auto at = rest.find(separator);
    const std::string_view part = rest.substr(0, at);
    rest = at == std::string_view::npos ? std::string_view() : rest.substr(at + 1);
    return part;
}

}  // namespace

std::optional<OwnedArn> parse_owned_arn(std::string_view arn, std::string_view kind) {
    std::string_view rest = arn;
    const bool is_arn = cut(rest, ':') == "arn";
    const bool of_aws = cut(rest, ':').starts_with("aws");
    const bool of_dynamodb = cut(rest, ':') == "dynamodb";
    cut(rest, ':');  // region
    cut(rest, ':');  // account
    const bool of_table = cut(rest, '/') == "table";
    const std::string_view table = cut(rest, '/');
    const bool of_kind = cut(rest, '/') == kind;
    if (!is_arn || !of_aws || !of_dynamodb || !of_table || !of_kind || table.empty() ||
        rest.empty() || rest.find('/') != std::string_view::npos) {
        return std::nullopt;
    }
    return OwnedArn{table, rest};
}

base::Result<NamedBackup> parse_backup_arn(std::string_view arn) {
    const auto parts = parse_owned_arn(arn, "backup");
    if (!parts) {
        return base::fail(base::Code::Invalid, "Invalid Backup ARN");
    }
    return NamedBackup{std::string(arn), std::string(parts->id)};
}

std::string backup_arn(const shardlog::Identity& identity, const Backup& backup) {
    return shardlog::table_arn(identity, backup.table.spec.name) + "/backup/" + backup.id;
}

std::string export_arn(const shardlog::Identity& identity, const Export& one) {
    return shardlog::table_arn(identity, one.wish.table) + "/export/" + one.id;
}

}  // namespace millbeck::runtime
