#include "runtime/api/checkpoint_json.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace millbeck::runtime {

using base::Code;
using base::Result;
using shardlog::ReadLimits;
using shardlog::ReadPage;
using shardlog::SequenceNumber;
using shardlog::ShardId;
using triggers::Checkpoint;
using triggers::CheckpointChange;
using Json = nlohmann::ordered_json;

namespace {

constexpr std::size_t kPageBytesMax = 16U << 20U;

std::string text(const Json& json) {
    return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string time_text(base::WallTime time) {
    return base::to_iso8601(time) + "Z";
}

// From the first record that is still there.
Result<ReadPage> read_there(const shardlog::ShardLog& log, const ShardId& shard,
                            SequenceNumber from, const ReadLimits& limits) {
    auto page = log.read(shard.number(), from, limits);
    if (!page && page.error().code == Code::Trimmed) {
        MB_TRY(const SequenceNumber horizon, log.trim_horizon(shard.number()));
        page = log.read(shard.number(), horizon, limits);
    }
    return page;
}

Json position_json(const shardlog::ShardLog& log, const ShardPosition& position) {
    Json json = {{"shard", position.shard.id.to_string()},
                 {"open", !position.shard.ending.has_value()},
                 {"next", position.next.to_string()},
                 {"next_time", nullptr},
                 {"finished", position.finished},
                 {"waits_for_parents", !position.finished && !position.worker},
                 {"records_behind", 0},
                 {"more_behind", false}};
    if (position.finished) {
        return json;
    }
    const auto page =
        read_there(log, position.shard.id, position.next, ReadLimits{kCountedMax, kPageBytesMax});
    if (page && !page->records.empty()) {
        const auto rest = log.read(position.shard.id.number(), page->next, ReadLimits{1, 1});
        json["next_time"] = time_text(page->records[0].time);
        json["records_behind"] = page->records.size();
        json["more_behind"] = rest && !rest->records.empty();
    }
    return json;
}

Json place_json(const Checkpoint* checkpoint) {
    if (checkpoint == nullptr) {
        return nullptr;  // not begun
    }
    return {{"next", checkpoint->next.to_string()}, {"finished", checkpoint->finished}};
}

const Checkpoint* find(const std::vector<Checkpoint>& all, const ShardId& shard) {
    const auto found =
        std::ranges::find_if(all, [&](const Checkpoint& each) { return each.shard == shard; });
    return found == all.end() ? nullptr : &*found;
}

std::vector<ShardId> shards_of(const CheckpointChange& change) {
    std::vector<ShardId> shards;
    for (const auto* side : {&change.before, &change.after}) {
        for (const Checkpoint& checkpoint : *side) {
            shards.push_back(checkpoint.shard);
        }
    }
    std::ranges::sort(shards);
    shards.erase(std::unique(shards.begin(), shards.end()), shards.end());
    return shards;
}

Json change_json(const CheckpointChange& change) {
    Json shards = Json::array();
    for (const ShardId& shard : shards_of(change)) {
        shards.push_back({{"shard", shard.to_string()},
                          {"before", place_json(find(change.before, shard))},
                          {"after", place_json(find(change.after, shard))}});
    }
    Json json = {{"number", change.number},
                 {"at", time_text(change.note.at)},
                 {"what", triggers::to_string(change.note.kind)},
                 {"undoes", nullptr},
                 {"reason", change.note.reason},
                 {"shards", std::move(shards)}};
    if (change.note.undoes) {
        json["undoes"] = *change.note.undoes;
    }
    return json;
}

// Counts records of shards, up to a limit over all of them.
class Counter {
  public:
    explicit Counter(const shardlog::ShardLog& log) : log_(log) {}

    // In [from, to) of a shard.
    std::uint64_t count(const ShardId& shard, SequenceNumber from, SequenceNumber to) {
        std::uint64_t found = 0;
        while (from < to && left_ > 0) {
            const auto page = read_there(log_, shard, from, ReadLimits{left_, kPageBytesMax});
            if (!page || page->records.empty()) {
                return found;
            }
            for (const auto& record : page->records) {
                if (record.sequence >= to) {
                    return found;
                }
                ++found;
                --left_;
            }
            from = page->next;
        }
        more_ = more_ || (from < to && has_any(shard, from, to));
        return found;
    }
    [[nodiscard]] bool more() const { return more_; }

  private:
    [[nodiscard]] bool has_any(const ShardId& shard, SequenceNumber from, SequenceNumber to) const {
        const auto page = read_there(log_, shard, from, ReadLimits{1, 1});
        return page && !page->records.empty() && page->records[0].sequence < to;
    }

    const shardlog::ShardLog& log_;
    std::size_t left_ = kCountedMax;
    bool more_ = false;
};

}  // namespace

Result<std::string> checkpoints_json(const ApiContext& context, const std::string& trigger) {
    Json all = Json::array();
    for (const TriggerPositions& each : context.triggers.positions()) {
        if (!trigger.empty() && each.spec.name != trigger) {
            continue;
        }
        Json shards = Json::array();
        for (const ShardPosition& position : each.shards) {
            shards.push_back(position_json(context.log, position));
        }
        all.push_back({{"name", each.spec.name},
                       {"table", each.spec.table.value()},
                       {"stream_arn", each.stream_arn},
                       {"enabled", each.spec.enabled},
                       {"keeps_copy", each.spec.copy.has_value()},
                       {"shards", std::move(shards)}});
    }
    if (all.empty() && !trigger.empty()) {
        return base::fail(Code::NotFound, fmt::format("there is no trigger named \"{}\"", trigger));
    }
    return text({{"triggers", std::move(all)}});
}

Result<std::string> changes_json(const ApiContext& context, const std::string& trigger,
                                 std::uint64_t limit) {
    MB_TRY(const auto changes, context.triggers.changes(trigger, limit));
    Json all = Json::array();
    for (const CheckpointChange& change : changes) {
        all.push_back(change_json(change));
    }
    return text({{"trigger", trigger}, {"changes", std::move(all)}});
}

std::string moved_json(const shardlog::ShardLog& log, const std::string& trigger,
                       const CheckpointChange& change) {
    Counter counter(log);
    std::uint64_t again = 0;
    std::uint64_t skipped = 0;
    for (const ShardId& id : shards_of(change)) {
        const auto shard = log.find_shard(id.number());
        if (!shard) {
            continue;  // nothing of it is left to deliver
        }
        const Checkpoint* before = find(change.before, id);
        const Checkpoint* after = find(change.after, id);
        const SequenceNumber from = before != nullptr ? before->next : shard->starting;
        const SequenceNumber to = after != nullptr ? after->next : shard->starting;
        again += counter.count(id, to, from);
        skipped += counter.count(id, from, to);
    }
    return text({{"trigger", trigger},
                 {"change", change_json(change)},
                 {"records_again", again},
                 {"records_skipped", skipped},
                 {"more", counter.more()}});
}

}  // namespace millbeck::runtime
