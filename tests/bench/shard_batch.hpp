// A batch of made-up changes of one shard, for the benches that write to a target.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "sinks/sink.hpp"
#include "tests/bench/bench_item.hpp"

namespace millbeck::tests {

struct ShardBatchOptions {
    std::size_t shard = 0;
    std::size_t first = 0;  // its messages are first, first + 1, ...: their sequence numbers
    std::size_t count = 1'000;
    std::size_t keys = 10'000'000;  // a message's key is its number modulo this; at most 10 million
    sinks::Content content = sinks::Content::Changes;
};

// INSERTs of bench_item(), with their records. Of generation `g-1`, without a position.
inline sinks::Batch make_shard_batch(const ShardBatchOptions& options) {
    struct Memory {
        std::vector<std::string> ids, keys, records, images;
    };
    auto memory = std::make_shared<Memory>();
    sinks::Batch batch;
    batch.shard_id = fmt::format("shardId-00000001700000000000-{:08}", options.shard);
    batch.generation = "g-1";
    batch.content = options.content;
    for (std::size_t i = 0; i < options.count; ++i) {
        const std::size_t number = options.first + i;
        const std::size_t key = number % options.keys;
        memory->ids.push_back(fmt::format("{:021}", number));
        memory->keys.push_back(fmt::format(R"({{"id":{{"S":"user-{:07}"}}}})", key));
        memory->images.push_back(bench_item(key, number));
        memory->records.push_back(fmt::format(
            R"({{"eventName":"INSERT","dynamodb":{{"Keys":{},"NewImage":{},"SequenceNumber":"{}"}}}})",
            memory->keys.back(), memory->images.back(), memory->ids.back()));
    }
    for (std::size_t i = 0; i < options.count; ++i) {
        sinks::Message message;
        message.id = memory->ids[i];
        message.key = memory->keys[i];
        message.record = memory->records[i];
        message.new_image = memory->images[i];
        batch.payload_bytes += message.record.size();
        batch.messages.push_back(message);
    }
    batch.memory = std::move(memory);
    return batch;
}

}  // namespace millbeck::tests
