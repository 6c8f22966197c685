// The commands that change what tables and shards there are; run between two groups, when nothing
// unpublished is pending.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/random.hpp"
#include "base/result.hpp"
#include "capture/catalogue.hpp"
#include "capture/item_store.hpp"
#include "capture/table_store.hpp"
#include "shardlog/shard_log.hpp"

namespace millbeck::capture {

// Catalogue and log are two files, so a crash may fall between them. Rule: a stream is enabled in
// the log before the catalogue claims it, and the catalogue lets go of it before it is disabled in
// the log. So the only thing to mend is an enabled stream that no table claims:
// retire_unclaimed_streams().
//
// Threads: the committer's (and open, before there is one).
// Errors:  the service's own messages with Invalid, NotFound, InUse; NoSpace, Io.
class TableAdmin {
  public:
    // Borrows all of them.
    TableAdmin(const base::Clock& clock, base::Random& random, Catalogue& catalogue,
               ItemStore& items, shardlog::ShardLog& log)
        : clock_(clock), random_(random), catalogue_(catalogue), items_(items), log_(log) {}

    base::Result<TableDescription> create(const TableSpec& spec);
    base::Result<TableDescription> update(const TableUpdate& update);
    // Indexes that update() has deleted since the last call: their entries must go.
    std::vector<shardlog::TableId> take_dropped_indexes() { return std::exchange(dropped_, {}); }
    base::Result<TableDescription> remove(const shardlog::TableName& name);

    base::Result<shardlog::Shard> roll(const shardlog::ShardId& shard);
    base::Result<std::vector<shardlog::Shard>> split(const shardlog::ShardId& shard,
                                                     std::optional<std::uint64_t> at);
    base::Result<shardlog::Shard> merge(const shardlog::ShardId& left,
                                        const shardlog::ShardId& right);

    // Mends what a crash, or a failure to disable, left between catalogue and log.
    base::Status retire_unclaimed_streams();

  private:
    base::Status change_time_to_live(TableDescription& table, const TableUpdate& update);
    base::Status change_name(TableDescription& table, const TableUpdate& update) const;
    void change_recovery(TableDescription& table, const TableUpdate& update) const;
    base::Status change_indexes(TableDescription& table, const TableDescription& before,
                                const TableUpdate& update);
    base::Status enable_stream(TableDescription& table, shardlog::StreamViewType view);
    void disable_in_log(shardlog::StreamId stream);
    [[nodiscard]] base::Result<shardlog::ShardNumber> open_shard(
        const shardlog::ShardId& shard) const;

    const base::Clock& clock_;
    base::Random& random_;
    Catalogue& catalogue_;
    ItemStore& items_;
    shardlog::ShardLog& log_;
    std::vector<shardlog::TableId> dropped_;
};

// The description of a table as it is now, counts included.
TableDescription describe(const TableEntry& entry, const ItemStore& items);

// `Requested resource not found: Table: X not found`
base::Error table_not_found(const shardlog::TableName& name);

}  // namespace millbeck::capture
