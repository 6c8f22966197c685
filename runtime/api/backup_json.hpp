// Backups as the service describes them.
#pragma once

#include <string>
#include <string_view>

#include "runtime/restore/backup.hpp"
#include "shardlog/ids.hpp"

namespace millbeck::runtime {

// `{"BackupDetails":...}`, what CreateBackup answers.
std::string backup_details_json(const Backup& backup, const shardlog::Identity& identity);
// `{"BackupDescription":...}`, what DescribeBackup and DeleteBackup answer.
std::string backup_description_json(const Backup& backup, const shardlog::Identity& identity);
// `{"BackupSummaries":...}`, what ListBackups answers.
std::string backup_page_json(const BackupPage& page, const shardlog::Identity& identity);

}  // namespace millbeck::runtime
