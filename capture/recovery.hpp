// Bringing the tables up to the log at start: every record they have not seen is applied by the
// same function as a live write.
#pragma once

#include <cstdint>

#include "base/result.hpp"
#include "capture/catalogue.hpp"
#include "capture/item_store.hpp"
#include "shardlog/shard_log.hpp"

namespace millbeck::capture {

struct RecoveryReport {
    std::uint64_t records_applied = 0;
    std::uint64_t records_skipped = 0;  // of tables that are gone
};

// Memory is bounded by one batch and one segment. Corrupt, in words, when log and tables cannot be
// joined: the log begins too late or ends too early.
base::Result<RecoveryReport> recover(const TableMap& tables, const shardlog::ShardLog& log,
                                     ItemStore& items);

}  // namespace millbeck::capture
