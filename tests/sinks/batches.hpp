// Batches of made-up records.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sinks/sink.hpp"

namespace millbeck::sinks {

// What a made-up message says; `record` is derived.
struct MadeMessage {
    std::string id;
    std::string key;        // {"id":{"S":"a"}}
    std::string new_image;  // "": a REMOVE
    std::string old_image = "";
    Event event = Event::Insert;
};

struct MadeBatch {
    std::vector<MadeMessage> messages;
    Content content = Content::Changes;
    std::string shard_id = "shard";
    std::string generation = "";
    std::string position = "";
    std::string table = "orders";
};

inline Batch batch_of(MadeBatch made) {
    struct Memory {
        std::vector<MadeMessage> messages;
        std::vector<std::string> records;
    };
    auto memory = std::make_shared<Memory>();
    memory->messages = std::move(made.messages);
    for (const MadeMessage& each : memory->messages) {
        const std::string image = each.new_image.empty() ? "" : R"(,"NewImage":)" + each.new_image;
        memory->records.push_back(R"({"eventName":")" + std::string(to_string(each.event)) +
                                  R"(","seq":")" + each.id + R"(","dynamodb":{"Keys":)" + each.key +
                                  image + R"(,"SequenceNumber":")" + each.id + R"("}})");
    }
    Batch batch;
    batch.request_id = "request";
    batch.trigger = "trigger";
    batch.shard_id = made.shard_id;
    for (std::size_t i = 0; i < memory->messages.size(); ++i) {
        const MadeMessage& each = memory->messages[i];
        batch.messages.push_back({.id = each.id,
                                  .key = each.key,
                                  .record = memory->records[i],
                                  .new_image = each.new_image,
                                  .old_image = each.old_image,
                                  .event = each.event});
        batch.payload_bytes += memory->records[i].size();
    }
    batch.memory = std::move(memory);
    batch.content = made.content;
    batch.table = made.table;
    batch.generation = made.generation;
    batch.position = made.position;
    return batch;
}

// {"id":{"S":"<id>"}}
inline std::string key_of(std::string_view id) {
    return R"({"id":{"S":")" + std::string(id) + R"("}})";
}

// Record `i` is {"seq":"<first + i>","pad":"..."}, an INSERT of
// {"id":{"S":"<first + i>"},"pad":{"S":"..."},"seq":{"N":"<first + i>"}}; its id is first + i.
inline Batch make_batch(std::size_t first, std::size_t count, std::size_t pad_bytes = 0) {
    struct Memory {
        std::vector<std::string> ids, keys, records, images;
    };
    auto memory = std::make_shared<Memory>();
    const std::string pad(pad_bytes, 'p');
    for (std::size_t i = 0; i < count; ++i) {
        const std::string id = std::to_string(first + i);
        memory->ids.push_back(id);
        memory->keys.push_back(key_of(id));
        memory->records.push_back(R"({"seq":")" + id + R"(","pad":")" + pad + R"("})");
        memory->images.push_back(R"({"id":{"S":")" + id + R"("},"pad":{"S":")" + pad +
                                 R"("},"seq":{"N":")" + id + R"("}})");
    }
    Batch batch;
    batch.request_id = "request-" + std::to_string(first);
    batch.trigger = "trigger";
    batch.shard_id = "shard";
    batch.table = "orders";
    for (std::size_t i = 0; i < count; ++i) {
        batch.messages.push_back({.id = memory->ids[i],
                                  .key = memory->keys[i],
                                  .record = memory->records[i],
                                  .new_image = memory->images[i]});
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
