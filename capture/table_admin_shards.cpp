// Shards of streams, and streams that lost their tables.
#include <utility>

#include "base/log.hpp"
#include "capture/table_admin.hpp"

namespace millbeck::capture {

using base::Code;
using base::fail;
using base::Result;
using base::Status;
using shardlog::ShardId;
using shardlog::Stream;

Result<shardlog::ShardNumber> TableAdmin::open_shard(const ShardId& shard) const {
    const auto found = log_.find_shard(shard.number());
    if (!found || found->id != shard) {
        return fail(Code::NotFound,
                    "Requested resource not found: Shard: " + shard.to_string() + " not found");
    }
    const auto stream = log_.find_stream(found->stream);
    if (!stream || stream->status != shardlog::StreamStatus::Enabled) {
        return fail(Code::InUse, "The stream of shard " + shard.to_string() +
                                     " is disabled: its shards are closed for ever");
    }
    return shard.number();
}

Result<shardlog::Shard> TableAdmin::roll(const ShardId& shard) {
    MB_TRY(const shardlog::ShardNumber number, open_shard(shard));
    return log_.roll_shard(number);
}

Result<std::vector<shardlog::Shard>> TableAdmin::split(const ShardId& shard,
                                                       std::optional<std::uint64_t> at) {
    MB_TRY(const shardlog::ShardNumber number, open_shard(shard));
    return log_.split_shard(number, at);
}

Result<shardlog::Shard> TableAdmin::merge(const ShardId& left, const ShardId& right) {
    MB_TRY(const shardlog::ShardNumber left_number, open_shard(left));
    MB_TRY(const shardlog::ShardNumber right_number, open_shard(right));
    return log_.merge_shards(left_number, right_number);
}

Status TableAdmin::retire_unclaimed_streams() {
    const auto tables = catalogue_.tables();
    for (const Stream& stream : log_.streams()) {
        const TableEntry* owner = tables->find(stream.table);
        const bool claimed = owner != nullptr && owner->description.stream == stream.id;
        if (stream.status == shardlog::StreamStatus::Enabled && !claimed) {
            MB_TRY_STATUS(log_.disable_stream(stream.id));
        }
    }
    for (const auto& [name, entry] : tables->by_name) {
        if (entry->description.stream == shardlog::kNoStream) {
            continue;
        }
        const auto stream = log_.find_stream(entry->description.stream);
        if (stream && stream->status == shardlog::StreamStatus::Enabled) {
            continue;
        }
        // Only a log that was replaced forgets a stream that was enabled; the items are still here.
        base::log(base::LogLevel::Warn, "capture", "the log does not know the stream of a table",
                  {{"table", name}});
        TableDescription table = entry->description;
        table.stream = shardlog::kNoStream;
        table.spec.stream.reset();
        MB_TRY_STATUS(catalogue_.update(table));
    }
    return {};
}

}  // namespace millbeck::capture
