#include <fmt/format.h>

#include "runtime/api/fields.hpp"
#include "runtime/api/request_parts.hpp"
#include "runtime/api/shapes.hpp"

namespace millbeck::runtime {
namespace {

namespace dom = simdjson::dom;
using base::Code;

std::size_t parse_limit(const Fields& fields, std::int64_t otherwise) {
    return static_cast<std::size_t>(fields.number("Limit", otherwise));
}

IteratorType parse_iterator_type(std::string_view text) {
    if (text == "TRIM_HORIZON") {
        return IteratorType::TrimHorizon;
    }
    if (text == "LATEST") {
        return IteratorType::Latest;
    }
    return text == "AT_SEQUENCE_NUMBER" ? IteratorType::AtSequence : IteratorType::AfterSequence;
}

base::Result<shardlog::SequenceNumber> parse_sequence(const Fields& fields, IteratorType type) {
    const bool wanted = type == IteratorType::AtSequence || type == IteratorType::AfterSequence;
    const auto text = fields.find("SequenceNumber");
    if (!wanted && text) {
        return base::fail(
            Code::Invalid,
            fmt::format("SequenceNumber must not be specified for ShardIteratorType {}",
                        fields.text("ShardIteratorType")));
    }
    if (!wanted) {
        return shardlog::SequenceNumber{};
    }
    if (!text) {
        return base::fail(Code::Invalid,
                          fmt::format("SequenceNumber must be specified for ShardIteratorType {}",
                                      fields.text("ShardIteratorType")));
    }
    return shardlog::SequenceNumber::parse(fields.text("SequenceNumber"));
}

}  // namespace

base::Result<Request> parse_list_streams(dom::element body) {
    const Fields fields(shape_of(Operation::ListStreams), body);
    ListStreamsRequest request;
    request.limit = parse_limit(fields, 100);
    if (fields.find("TableName")) {
        request.table = shardlog::TableName(std::string(fields.text("TableName")));
    }
    if (fields.find("ExclusiveStartStreamArn")) {
        MB_TRY(request.after, shardlog::parse_stream_arn(fields.text("ExclusiveStartStreamArn")));
    }
    return request;
}

base::Result<Request> parse_describe_stream(dom::element body) {
    const Fields fields(shape_of(Operation::DescribeStream), body);
    DescribeStreamRequest request;
    request.arn = fields.text("StreamArn");
    MB_TRY(request.stream, shardlog::parse_stream_arn(request.arn));
    request.after_shard = fields.text("ExclusiveStartShardId");
    request.limit = parse_limit(fields, 100);
    if (const auto filter = fields.find("ShardFilter")) {
        request.children_of = Fields(shapes::kShardFilter, *filter).text("ShardId");
    }
    return request;
}

base::Result<Request> parse_get_shard_iterator(dom::element body) {
    const Fields fields(shape_of(Operation::GetShardIterator), body);
    GetShardIteratorRequest request;
    request.arn = fields.text("StreamArn");
    MB_TRY(request.stream, shardlog::parse_stream_arn(request.arn));
    request.shard = fields.text("ShardId");
    request.type = parse_iterator_type(fields.text("ShardIteratorType"));
    MB_TRY(request.sequence, parse_sequence(fields, request.type));
    return request;
}

base::Result<Request> parse_get_records(dom::element body) {
    const Fields fields(shape_of(Operation::GetRecords), body);
    return GetRecordsRequest{std::string(fields.text("ShardIterator")), parse_limit(fields, 1000)};
}

}  // namespace millbeck::runtime
