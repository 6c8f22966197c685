// ARNs of what belongs to a table: its backups and exports. Accounts and regions are not compared.
#pragma once

#include <optional>
#include <string_view>

#include "base/result.hpp"
#include "runtime/api/requests.hpp"
#include "shardlog/ids.hpp"

namespace millbeck::runtime {

struct OwnedArn {
    std::string_view table;
    std::string_view id;
};

// `arn:aws:dynamodb:<region>:<account>:table/<table>/<kind>/<id>`; nullopt: none of this kind.
std::optional<OwnedArn> parse_owned_arn(std::string_view arn, std::string_view kind);

// Invalid, in the service's words.
base::Result<NamedBackup> parse_backup_arn(std::string_view arn);

std::string backup_arn(const shardlog::Identity& identity, const Backup& backup);
std::string export_arn(const shardlog::Identity& identity, const Export& one);

}  // namespace millbeck::runtime
