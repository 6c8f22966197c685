// Batches of made-up records.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "sinks/sink.hpp"

namespace millbeck::sinks {

// Record `i` is {"seq":"<first + i>","pad":"..."}; its id is first + i.
inline Batch make_batch(std::size_t first, std::size_t count, std::size_t pad_bytes = 0) {
    struct Memory {
        std::vector<std::string> ids, records;
    };
    auto memory = std::make_shared<Memory>();
    for (std::size_t i = 0; i < count; ++i) {
        memory->ids.push_back(std::to_string(first + i));
        memory->records.push_back(R"({"seq":")" + memory->ids.back() + R"(","pad":")" +
                                  std::string(pad_bytes, 'p') + R"("})");
    }
    Batch batch;
    batch.request_id = "request-" + std::to_string(first);
    batch.trigger = "trigger";
    batch.shard_id = "shard";
    for (std::size_t i = 0; i < count; ++i) {
        batch.messages.push_back(
            {.id = memory->ids[i], .key = R"({"id":{"S":"k"}})", .record = memory->records[i]});
        batch.payload_bytes += memory->records[i].size();
    }
    batch.memory = std::move(memory);
    return batch;
}

// The event of such a batch, built the slow way.
inline std::string event_of(const Batch& batch) {
    std::string text = "{\"Records\":[";
    for (const Message& message : batch.messages) {
        text += text.back() == '[' ? "" : ",";
        text += message.record;
    }
    return text + "]}";
}

}  // namespace millbeck::sinks
