#include "runtime/inject/marked_log.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace millbeck::runtime {

using base::Result;
using shardlog::ReadLimits;
using shardlog::ReadPage;
using shardlog::SequenceNumber;
using shardlog::ShardNumber;

Result<std::optional<SequenceNumber>> MarkedLog::hides(ShardNumber shard,
                                                       SequenceNumber from) const {
    const auto known = log_.find_shard(shard);
    const auto mark = known ? marks_.trimmed_to(known->stream) : std::nullopt;
    if (!mark || from >= *mark) {
        return std::optional<SequenceNumber>{};
    }
    MB_TRY(const ReadPage page, log_.read(shard, from, ReadLimits{1, 1}));
    const bool hidden = !page.records.empty() && page.records[0].sequence < *mark;
    return hidden ? mark : std::optional<SequenceNumber>{};
}

Result<ReadPage> MarkedLog::read(ShardNumber shard, SequenceNumber from,
                                 const ReadLimits& limits) const {
    MB_TRY(const auto mark, hides(shard, from));
    if (mark) {
        return base::fail(base::Code::Trimmed,
                          fmt::format("records of shard {} from {} to {} are trimmed (injected)",
                                      shard.value(), from.to_string(), mark->to_string()));
    }
    return log_.read(shard, from, limits);
}

Result<SequenceNumber> MarkedLog::trim_horizon(ShardNumber shard) const {
    MB_TRY(const SequenceNumber oldest, log_.trim_horizon(shard));
    MB_TRY(const auto mark, hides(shard, oldest));
    if (!mark) {
        return oldest;
    }
    const auto known = log_.find_shard(shard);
    return known && known->ending ? std::min(*mark, known->ending->next()) : *mark;
}

}  // namespace millbeck::runtime
