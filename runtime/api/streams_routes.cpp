#include "runtime/api/streams_routes.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "runtime/api/json_writer.hpp"
#include "runtime/inject/injection.hpp"
#include "shardlog/iterator.hpp"
#include "shardlog/record_json.hpp"

namespace millbeck::runtime {
namespace {

using base::Code;
using shardlog::SequenceNumber;

void write_shard(JsonWriter& json, const shardlog::Shard& shard) {
    json.begin_object().key("ShardId").text(shard.id.to_string());
    json.key("SequenceNumberRange").begin_object();
    json.key("StartingSequenceNumber").text(shard.starting.to_string());
    if (shard.ending) {
        json.key("EndingSequenceNumber").text(shard.ending->to_string());
    }
    json.end_object();
    if (!shard.parents.empty()) {
        json.key("ParentShardId").text(shard.parents[0].to_string());
    }
    if (shard.parents.size() > 1) {
        // Only a merge has two. AWS never merges, so its model has no member for the second; the
        // name is the one Kinesis uses, and clients that do not know it skip it.
        json.key("AdjacentParentShardId").text(shard.parents[1].to_string());
    }
    json.end_object();
}

bool is_child_of(const shardlog::Shard& shard, std::string_view parent) {
    return std::ranges::any_of(shard.parents,
                               [&](const auto& id) { return id.to_string() == parent; });
}

// In the order of ListStreams: by table name, then label.
bool is_after(const shardlog::Stream& stream, const shardlog::StreamArnParts& start) {
    return std::tie(stream.table_name, stream.label) > std::tie(start.table, start.label);
}

}  // namespace

base::Result<shardlog::Stream> StreamRoutes::find_stream(const shardlog::StreamArnParts& parts,
                                                         std::string_view arn) const {
    auto stream = context_.log.find_stream(parts.table, parts.label);
    if (!stream) {
        return base::fail(Code::NotFound,
                          fmt::format("Requested resource not found: Stream: {} not found", arn));
    }
    return std::move(*stream);
}

base::Result<shardlog::Shard> StreamRoutes::find_shard(const shardlog::Stream& stream,
                                                       std::string_view id,
                                                       std::string_view arn) const {
    const auto parsed = shardlog::ShardId::parse(id);
    if (parsed) {
        auto shard = context_.log.find_shard(parsed->number());
        if (shard && shard->stream == stream.id && shard->id == *parsed) {
            return std::move(*shard);
        }
    }
    return base::fail(
        Code::NotFound,
        fmt::format("Requested resource not found: Shard: {} in Stream: {} not found", id, arn));
}

void StreamRoutes::handle(const ListStreamsRequest& request, Reply reply) {
    JsonWriter json;
    json.begin_object().key("Streams").begin_array();
    std::size_t shown = 0;
    std::string last;
    bool more = false;
    for (const auto& stream : context_.log.streams()) {
        const bool skipped = (request.table && stream.table_name != *request.table) ||
                             (request.after && !is_after(stream, *request.after));
        if (skipped) {
            continue;
        }
        if (shown == request.limit) {
            more = true;
            break;
        }
        ++shown;
        last = shardlog::stream_arn(context_.identity, stream.table_name, stream.label);
        json.begin_object().key("StreamArn").text(last);
        json.key("TableName").text(stream.table_name.value());
        json.key("StreamLabel").text(stream.label).end_object();
    }
    json.end_array();
    if (more) {
        json.key("LastEvaluatedStreamArn").text(last);
    }
    reply.send(json.end_object().take());
}

std::string StreamRoutes::describe(const shardlog::Stream& stream,
                                   const DescribeStreamRequest& request) const {
    const bool enabled = stream.status == shardlog::StreamStatus::Enabled;
    JsonWriter json;
    json.begin_object().key("StreamDescription").begin_object();
    json.key("StreamArn")
        .text(shardlog::stream_arn(context_.identity, stream.table_name, stream.label));
    json.key("StreamLabel").text(stream.label);
    json.key("StreamStatus").text(enabled ? "ENABLED" : "DISABLED");
    json.key("StreamViewType").text(shardlog::to_string(stream.view_type));
    json.key("CreationRequestDateTime").seconds(stream.created);
    json.key("TableName").text(stream.table_name.value());
    json.key("KeySchema").raw(stream.key_schema);
    json.key("Shards").begin_array();
    std::size_t shown = 0;
    std::string last;
    bool more = false;
    for (const auto& shard : context_.log.shards(stream.id)) {
        std::string id = shard.id.to_string();
        const bool skipped =
            id <= request.after_shard ||
            (!request.children_of.empty() && !is_child_of(shard, request.children_of));
        if (skipped) {
            continue;
        }
        if (shown == request.limit) {
            more = true;
            break;
        }
        ++shown;
        write_shard(json, shard);
        last = std::move(id);
    }
    json.end_array();
    if (more) {
        json.key("LastEvaluatedShardId").text(last);
    }
    return json.end_object().end_object().take();
}

void StreamRoutes::handle(const DescribeStreamRequest& request, Reply reply) {
    const auto stream = find_stream(request.stream, request.arn);
    if (!stream) {
        return reply.fail(stream.error());
    }
    reply.send(describe(*stream, request));
}

// A position before what the shard ever held is its start; one whose records are gone is an error.
base::Result<SequenceNumber> StreamRoutes::first_position(const GetShardIteratorRequest& request,
                                                          const shardlog::Shard& shard) const {
    MB_TRY(const SequenceNumber horizon, context_.log.trim_horizon(shard.id.number()));
    const SequenceNumber latest = context_.log.latest();
    switch (request.type) {
        case IteratorType::TrimHorizon:
            return horizon;
        case IteratorType::Latest:
            return std::max(latest, horizon);
        case IteratorType::AtSequence:
        case IteratorType::AfterSequence:
            break;
    }
    SequenceNumber at = request.sequence;
    if (request.type == IteratorType::AfterSequence && at < SequenceNumber::max()) {
        at = at.next();
    }
    if (at < horizon && horizon > shard.starting) {
        return base::fail(Code::Trimmed, "The data you are trying to access has been trimmed");
    }
    // A number that nobody gave yet must not hide the records that will come before it.
    return std::max(std::min(at, latest), horizon);
}

void StreamRoutes::handle(const GetShardIteratorRequest& request, Reply reply) {
    const auto stream = find_stream(request.stream, request.arn);
    if (!stream) {
        return reply.fail(stream.error());
    }
    const auto shard = find_shard(*stream, request.shard, request.arn);
    if (!shard) {
        return reply.fail(shard.error());
    }
    const auto position = first_position(request, *shard);
    if (!position) {
        return reply.fail(position.error());
    }
    JsonWriter json;
    json.begin_object().key("ShardIterator");
    json.text(shardlog::format_iterator(
        {shardlog::stream_arn(context_.identity, stream->table_name, stream->label), shard->id,
         *position, issue_time(*stream)}));
    reply.send(json.end_object().take());
}

base::WallTime StreamRoutes::issue_time(const shardlog::Stream& stream) const {
    const base::WallTime now = context_.clock.wall();
    return context_.injection == nullptr ? now
                                         : context_.injection->marks.issue_time(stream.id, now);
}

base::Result<std::string> StreamRoutes::get_records(const GetRecordsRequest& request) const {
    MB_TRY(auto iterator, shardlog::parse_iterator(request.iterator, context_.clock.wall()));
    MB_TRY(const auto parts, shardlog::parse_stream_arn(iterator.stream_arn));
    MB_TRY(const auto stream, find_stream(parts, iterator.stream_arn));
    if (context_.injection != nullptr &&
        context_.injection->marks.is_expired(stream.id, iterator.issued)) {
        return shardlog::iterator_expired();
    }
    MB_TRY(const auto shard, find_shard(stream, iterator.shard.to_string(), iterator.stream_arn));
    MB_TRY(const auto page,
           context_.log.read(shard.id.number(), iterator.next, {.records_max = request.limit}));
    const shardlog::RecordContext context{.region = context_.identity.region,
                                          .stream_arn = iterator.stream_arn,
                                          .view_type = stream.view_type,
                                          .flavour = shardlog::RecordFlavour::Streams};
    constexpr std::size_t kAroundRecords = 2200;  // an iterator is at most 2048
    std::size_t bytes = kAroundRecords;
    for (const auto& record : page.records) {
        bytes += shardlog::record_json_size_max(record, context) + 1;
    }
    std::string body;
    body.reserve(bytes);
    body += R"({"Records":[)";
    for (const auto& record : page.records) {
        body.append(body.back() == '[' ? "" : ",");
        shardlog::append_record_json(body, record, context);
    }
    body += ']';
    if (!page.end_of_shard) {
        iterator.next = page.next;
        iterator.issued = issue_time(stream);
        body += R"(,"NextShardIterator":)";
        shardlog::append_json_string(body, shardlog::format_iterator(iterator));
    }
    return body += '}';
}

void StreamRoutes::handle(const GetRecordsRequest& request, Reply reply) {
    auto body = get_records(request);
    if (!body) {
        return reply.fail(body.error());
    }
    reply.send(std::move(*body));
}

}  // namespace millbeck::runtime
