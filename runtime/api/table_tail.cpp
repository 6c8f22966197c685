#include "runtime/api/table_tail.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "shardlog/record_json.hpp"

namespace millbeck::runtime {

using base::Code;
using base::Result;
using shardlog::ReadPage;
using shardlog::RecordView;
using shardlog::SequenceNumber;
using shardlog::Stream;

Result<Stream> enabled_stream_of(const shardlog::ShardLog& log, std::string_view table) {
    for (Stream& stream : log.streams()) {
        if (stream.table_name.value() == table &&
            stream.status == shardlog::StreamStatus::Enabled) {
            return std::move(stream);
        }
    }
    return base::fail(Code::NotFound,
                      fmt::format("no table \"{}\" with an enabled stream exists", table));
}

Result<SequenceNumber> tail_position(const shardlog::ShardLog& log, std::string_view from) {
    if (from == "now") {
        return log.latest();
    }
    if (from == "start") {
        return SequenceNumber{};
    }
    auto parsed = SequenceNumber::parse(from);
    if (!parsed) {
        return base::fail(Code::Invalid,
                          fmt::format("\"{}\" is neither now, start, nor a sequence number", from));
    }
    return parsed;
}

namespace {

// A shard's records from `from` on; `end` comes down to where this page was cut off.
Result<ReadPage> read_page(const shardlog::ShardLog& log, const shardlog::Shard& shard,
                           SequenceNumber from, std::size_t limit, TailPage& tail,
                           SequenceNumber& end) {
    const auto number = shard.id.number();
    MB_TRY(const SequenceNumber horizon, log.trim_horizon(number));
    const bool reached = from > SequenceNumber{} && from >= shard.starting;
    tail.trimmed = tail.trimmed || (reached && from < horizon);
    MB_TRY(auto page, log.read(number, std::max(from, horizon), {.records_max = limit}));
    if (!page.records.empty() && page.next < end) {
        MB_TRY(const auto more, log.read(number, page.next, {.records_max = 1, .bytes_max = 1}));
        end = more.records.empty() ? end : std::min(end, page.next);
    }
    return page;
}

}  // namespace

// Positions are one counter for the node, so one position says how far all shards were read. It
// goes no further than the shard whose page was cut off first.
Result<TailPage> read_tail(const shardlog::ShardLog& log, const Stream& stream,
                           const shardlog::Identity& identity, SequenceNumber from,
                           std::size_t limit) {
    TailPage tail;
    SequenceNumber end = log.latest();
    std::vector<ReadPage> pages;
    for (const shardlog::Shard& shard : log.shards(stream.id)) {
        if (shard.ending.has_value() && *shard.ending < from) {
            continue;
        }
        auto page = read_page(log, shard, from, limit, tail, end);
        if (!page && page.error().code != Code::NotFound && page.error().code != Code::Trimmed) {
            return tl::unexpected(std::move(page).error());
        }
        if (page) {
            pages.push_back(std::move(*page));
        }  // else retention took the shard between two calls
    }
    std::vector<RecordView> records;
    for (const ReadPage& page : pages) {
        records.insert(records.end(), page.records.begin(), page.records.end());
    }
    std::sort(records.begin(), records.end(),
              [](const auto& a, const auto& b) { return a.sequence < b.sequence; });

    const std::string arn = shardlog::stream_arn(identity, stream.table_name, stream.label);
    const shardlog::RecordContext context{.region = identity.region,
                                          .stream_arn = arn,
                                          .view_type = stream.view_type,
                                          .flavour = shardlog::RecordFlavour::Streams};
    tail.next = std::max(from, end);
    for (const RecordView& record : records) {
        if (record.sequence >= end) {
            break;
        }
        if (tail.count == limit) {
            tail.next = record.sequence;
            break;
        }
        tail.records += tail.count > 0 ? "," : "";
        shardlog::append_record_json(tail.records, record, context);
        ++tail.count;
    }
    return tail;
}

}  // namespace millbeck::runtime
