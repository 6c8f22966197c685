#include "runtime/api/inject_streams.hpp"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "runtime/api/admin_json.hpp"
#include "runtime/api/inject_body.hpp"
#include "runtime/api/inject_json.hpp"
#include "runtime/api/table_tail.hpp"
#include "runtime/inject/injection.hpp"
#include "runtime/past_position.hpp"

namespace millbeck::runtime {

using base::Code;
using base::Result;
using base::Status;
using shardlog::SequenceNumber;
using shardlog::Shard;
using shardlog::Stream;

namespace {

std::vector<Shard> open_shards(const ApiContext& context, const Stream& stream) {
    std::vector<Shard> open = context.log.shards(stream.id);
    std::erase_if(open, [](const Shard& shard) { return shard.ending.has_value(); });
    return open;
}

Result<Shard> named_shard(const ApiContext& context, const Stream& stream,
                          const std::string& text) {
    MB_TRY(const auto id, shardlog::ShardId::parse(text));
    auto shard = context.log.find_shard(id.number());
    if (!shard || shard->id != id || shard->stream != stream.id) {
        return base::fail(Code::NotFound, fmt::format("table \"{}\" has no shard {}",
                                                      stream.table_name.value(), text));
    }
    return std::move(*shard);
}

std::vector<Shard> widest_of(std::vector<Shard> shards) {
    const auto widest = std::ranges::max_element(
        shards, {}, [](const Shard& each) { return each.hashes.last - each.hashes.first; });
    if (widest == shards.end()) {
        return {};
    }
    return {*widest};
}

}  // namespace

Result<std::string> inject_into_shards(std::string_view what, std::string_view text,
                                       const ApiContext& context) {
    MB_TRY(const InjectBody body, InjectBody::parse(text, {"table", "shard"}));
    MB_TRY(const std::string table, body.needed_text("table"));
    MB_TRY(const Stream stream, enabled_stream_of(context.log, table));
    MB_TRY(const auto name, body.text("shard"));
    const bool is_split = what == "split-shard";
    std::vector<Shard> shards = open_shards(context, stream);
    if (name) {
        MB_TRY(Shard shard, named_shard(context, stream, *name));
        shards = {std::move(shard)};
    } else if (is_split) {
        shards = widest_of(std::move(shards));
    }
    for (const Shard& shard : shards) {
        if (is_split) {
            MB_TRY(const auto children, context.store.split_shard(shard.id, std::nullopt));
        } else {
            MB_TRY(const auto child, context.store.roll_shard(shard.id));
        }
        context.injection->plan.note(what, table);
    }
    return shards_json(context, stream);
}

Result<std::string> expire_iterators(std::string_view text, const ApiContext& context) {
    MB_TRY(const InjectBody body, InjectBody::parse(text, {"table"}));
    MB_TRY(const std::string table, body.needed_text("table"));
    MB_TRY(const Stream stream, enabled_stream_of(context.log, table));
    context.injection->marks.expire_iterators(stream.id, context.clock.wall());
    context.injection->plan.note("expire-iterators", table);
    return inject_json(context);
}

namespace {

// A copy that is being made holds the log from where it will read changes; all others go on as
// they would after a real trim.
Status check_copies(const ApiContext& context, const Stream& stream, SequenceNumber to) {
    const auto pins = context.log.pins();
    for (const TriggerStatus& trigger : context.triggers.brief_status()) {
        if (!trigger.spec.copy || trigger.spec.table != stream.table_name) {
            continue;
        }
        for (const shardlog::PinInfo& pin : pins) {
            if (pin.owner == "copy " + trigger.spec.name && pin.from < to) {
                return base::fail(
                    Code::InUse,
                    fmt::format("sink \"{}\" is making its copy and needs what was written from "
                                "{} on; wait until it is up to date (millbeck sinks), or trim to "
                                "there",
                                trigger.spec.name, pin.from.to_string()));
            }
        }
    }
    return {};
}

}  // namespace

Result<std::string> trim_stream(std::string_view text, const ApiContext& context) {
    MB_TRY(const InjectBody body, InjectBody::parse(text, {"table", "to"}));
    MB_TRY(const std::string table, body.needed_text("table"));
    MB_TRY(const auto moment, body.text("to"));
    MB_TRY(const Stream stream, enabled_stream_of(context.log, table));
    MB_TRY(const SequenceNumber to,
           position_from(moment.value_or("now"), context.log.history(), context.clock.wall()));
    MB_TRY_STATUS(check_copies(context, stream, to));
    context.injection->marks.trim(stream.id, to);
    context.injection->plan.note("trim", table);
    return inject_json(context);
}

}  // namespace millbeck::runtime
