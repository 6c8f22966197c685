// How the calls of tables see those that are being restored, which the store does not show yet.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "capture/table.hpp"
#include "runtime/api/api.hpp"
#include "runtime/api/table_json.hpp"
#include "runtime/restore/table_restores.hpp"

namespace millbeck::runtime {

// The table as it is shown while it is being restored; nullopt: no such one.
std::optional<capture::TableDescription> restored_table(const ApiContext& context,
                                                        const shardlog::TableName& name);

// What a description tells of how the table was made; nullopt: not by a restore.
std::optional<RestoreSummary> restore_summary(const ApiContext& context,
                                              const capture::TableDescription& table);

// The names, with those of tables being restored behind `after`, in order, at most `limit`.
std::vector<shardlog::TableName> with_restored(const ApiContext& context,
                                               std::vector<shardlog::TableName> names,
                                               std::string_view after, std::size_t limit);

// What a restore reads: the table as it is now, or, once asked, as it was at `time`. Errors:
// NotFound; those of LogHistory::position_at.
base::Result<ImageOpener> image_opener(const ApiContext& context, const shardlog::TableName& table,
                                       const std::optional<base::WallTime>& time);
// The same at a position. Lives as long as the store.
ImageOpener image_opener(const ApiContext& context, const shardlog::TableName& table,
                         shardlog::SequenceNumber as_of);

// `Attempt to change a resource which is still in use: Table is being created: X`
base::Error being_created(const shardlog::TableName& name);

}  // namespace millbeck::runtime
