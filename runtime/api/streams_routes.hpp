// ListStreams, DescribeStream, GetShardIterator, GetRecords.
#pragma once

#include "runtime/api/api.hpp"
#include "runtime/api/reply.hpp"
#include "runtime/api/requests.hpp"

namespace millbeck::runtime {

// Threads: any.
class StreamRoutes {
  public:
    explicit StreamRoutes(const ApiContext& context) : context_(context) {}

    void handle(const ListStreamsRequest& request, Reply reply);
    void handle(const DescribeStreamRequest& request, Reply reply);
    void handle(const GetShardIteratorRequest& request, Reply reply);
    void handle(const GetRecordsRequest& request, Reply reply);

  private:
    [[nodiscard]] base::Result<shardlog::Stream> find_stream(const shardlog::StreamArnParts& parts,
                                                             std::string_view arn) const;
    // The shard of this stream with this id, compared as text.
    [[nodiscard]] base::Result<shardlog::Shard> find_shard(const shardlog::Stream& stream,
                                                           std::string_view id,
                                                           std::string_view arn) const;
    [[nodiscard]] base::Result<shardlog::SequenceNumber> first_position(
        const GetShardIteratorRequest& request, const shardlog::Shard& shard) const;
    // What an iterator that is handed out now says of its age.
    [[nodiscard]] base::WallTime issue_time(const shardlog::Stream& stream) const;
    [[nodiscard]] base::Result<std::string> get_records(const GetRecordsRequest& request) const;
    [[nodiscard]] std::string describe(const shardlog::Stream& stream,
                                       const DescribeStreamRequest& request) const;

    ApiContext context_;
};

}  // namespace millbeck::runtime
