// The log's records as owned values, for tests that compare what was logged.
#pragma once

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "shardlog/shard_log.hpp"

namespace millbeck::tests {

struct LoggedRecord {
    shardlog::SequenceNumber sequence;
    shardlog::SequenceNumber commit;  // first sequence of its atomic commit
    shardlog::TableId table;
    shardlog::StreamId stream;
    shardlog::EventName event = shardlog::EventName::Insert;
    shardlog::Origin origin = shardlog::Origin::User;
    std::string row_key;
    std::string keys;
    std::string new_image;
    std::string old_image;
    std::uint32_t new_size_bytes = 0;
    std::uint32_t old_size_bytes = 0;
};

inline LoggedRecord owned(const shardlog::RecordView& view, shardlog::SequenceNumber commit) {
    return {.sequence = view.sequence,
            .commit = commit,
            .table = view.table,
            .stream = view.stream,
            .event = view.event,
            .origin = view.origin,
            .row_key = std::string(view.row_key),
            .keys = std::string(view.keys.text),
            .new_image = std::string(view.new_image.text),
            .old_image = std::string(view.old_image.text),
            .new_size_bytes = view.new_image.size_bytes,
            .old_size_bytes = view.old_image.size_bytes};
}

// Every record at or after `from`, of all tables, in log order.
inline std::vector<LoggedRecord> logged(const shardlog::ShardLog& log,
                                        shardlog::SequenceNumber from) {
    std::vector<LoggedRecord> records;
    const base::Status scanned =
        log.scan(from, [&](const shardlog::CommitView& commit) -> base::Status {
            for (const shardlog::RecordView& record : commit.records) {
                records.push_back(owned(record, commit.first));
            }
            return {};
        });
    EXPECT_TRUE(scanned) << scanned.error().message;
    return records;
}

inline std::vector<LoggedRecord> logged(const shardlog::ShardLog& log) {
    return logged(log, log.stats().first);
}

}  // namespace millbeck::tests
