// A table as the service describes it.
#pragma once

#include <optional>
#include <string>

#include "capture/table.hpp"
#include "shardlog/ids.hpp"

namespace millbeck::runtime {

// The object under `Table` (DescribeTable) and `TableDescription` (the other table calls).
// Source: API_TableDescription; which members appear when: facts in README.
// `restore`: RestoreSummary, of a table that was made by one.
struct RestoreSummary {
    std::string source_table_arn;
    std::string source_backup_arn;  // "": none
    base::WallTime as_of{};
    bool in_progress = false;
};
std::string table_json(const capture::TableDescription& table, const shardlog::Identity& identity,
                       const std::optional<RestoreSummary>& restore = {});

}  // namespace millbeck::runtime
