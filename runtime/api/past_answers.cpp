#include "runtime/api/past_answers.hpp"

#include <utility>

#include <fmt/format.h>

#include "runtime/api/key_words.hpp"
#include "runtime/past_position.hpp"

namespace millbeck::runtime {
namespace {

using base::Code;
using base::Result;
using shardlog::LogRange;
using shardlog::NextRecord;
using shardlog::ReadOrder;
using shardlog::RecordView;
using shardlog::SequenceNumber;
using shardlog::TableName;

constexpr std::uint64_t kVersionsDefault = 1'000;
constexpr std::size_t kAnswerBytesMax = 16u << 20;

std::string time_text(base::WallTime time) {
    return fmt::format("\"{}Z\"", base::to_iso8601(time));
}

struct Asked {
    TableName table;
    shardlog::Item key;
};

Result<Asked> parse(const ApiContext& context, const Target& target) {
    const TableName table{target.text("table", "")};
    const auto keys = context.store.keys_of(table);
    if (!keys) {
        return base::fail(Code::NotFound, fmt::format("there is no table \"{}\"", table.value()));
    }
    MB_TRY(auto key, key_of_parameter(target.text("key", ""), *keys->table));
    return Asked{table, std::move(key)};
}

// When the commit was made; null where the log does not tell.
std::string time_of(const shardlog::LogHistory& history, SequenceNumber position) {
    const auto time = history.time_of(position);
    return time ? time_text(*time) : "null";
}

void append_version(std::string& out, const RecordView& record) {
    out += fmt::format(R"({{"sequence":"{}","time":{},"event":"{}","expired":{})",
                       record.sequence.to_string(), time_text(record.time), to_string(record.event),
                       record.origin == shardlog::Origin::TimeToLive);
    if (record.new_image.present()) {
        out.append(",\"new\":").append(record.new_image.text);
    }
    if (record.old_image.present()) {
        out.append(",\"old\":").append(record.old_image.text);
    }
    out += '}';
}

Result<LogRange> parse_range(const ApiContext& context, const Target& target) {
    const auto& history = context.log.history();
    const base::WallTime now = context.clock.wall();
    MB_TRY(const SequenceNumber from, position_from(target.text("from", "start"), history, now));
    MB_TRY(const SequenceNumber to, position_through(target.text("to", "now"), history, now));
    return LogRange{from, to};
}

Result<ReadOrder> parse_order(const Target& target) {
    const std::string order = target.text("order", "oldest");
    if (order != "oldest" && order != "newest") {
        return base::fail(Code::Invalid,
                          fmt::format("\"order\" is oldest or newest, not \"{}\"", order));
    }
    return order == "oldest" ? ReadOrder::OldestFirst : ReadOrder::NewestFirst;
}

}  // namespace

Result<std::string> item_answer(const ApiContext& context, const Target& target) {
    MB_TRY(const Asked asked, parse(context, target));
    const auto& history = context.log.history();
    const std::string moment = target.text("as_of", "now");
    MB_TRY(const SequenceNumber as_of, position_through(moment, history, context.clock.wall()));
    MB_TRY(const capture::StoredItem item,
           moment == "now" ? context.store.get_item(asked.table, asked.key)
                           : context.store.get_item_as_of(asked.table, asked.key, as_of));
    return fmt::format("{{\"as_of\":\"{}\",\"time\":{},\"item\":{}}}\n", as_of.to_string(),
                       time_of(history, as_of), item.present() ? item.text : "null");
}

Result<std::string> history_answer(const ApiContext& context, const Target& target) {
    MB_TRY(const Asked asked, parse(context, target));
    MB_TRY(const LogRange range, parse_range(context, target));
    MB_TRY(const ReadOrder order, parse_order(target));
    MB_TRY(const std::uint64_t limit, target.number("limit", kVersionsDefault, kVersionsMax));
    std::string versions;
    std::uint64_t count = 0;
    bool more = false;
    MB_TRY_STATUS(context.store.item_history(
        asked.table, asked.key, range, order, [&](const RecordView& record) -> Result<NextRecord> {
            if (count == limit || versions.size() >= kAnswerBytesMax) {
                more = true;
                return NextRecord::Unwanted;
            }
            versions += count++ == 0 ? "" : ",";
            append_version(versions, record);
            return NextRecord::Wanted;
        }));
    const auto& history = context.log.history();
    return fmt::format(
        "{{\"versions\":[{}],\"more\":{},\"reaches_back_to\":{{\"sequence\":\"{}\",\"time\":{}}}}}"
        "\n",
        versions, more, history.oldest().to_string(), time_of(history, history.oldest()));
}

}  // namespace millbeck::runtime
