// Turns log records into the immutable batch a sink takes.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "shardlog/record.hpp"
#include "shardlog/record_json.hpp"
#include "sinks/sink.hpp"
#include "triggers/retry_policy.hpp"

namespace millbeck::triggers {

// A batch and what the worker must know about its records. `batch->messages` and `records` go
// together; `from` is the first position it acknowledges, `next` the one after the last.
struct BatchInHand {
    std::shared_ptr<const sinks::Batch> batch;
    std::vector<RecordMark> records;
    shardlog::SequenceNumber from;
    shardlog::SequenceNumber next;
};

// The records from `begin` to before `end`, as a batch under this request id.
// Requires: begin < end <= records. Shares the memory of the whole.
BatchInHand slice(const BatchInHand& whole, std::size_t begin, std::size_t end,
                  std::string request_id);

struct BatchOrigin {
    std::string trigger;
    std::string shard_id;
    std::string region;
    std::string stream_arn;
    shardlog::StreamViewType view_type = shardlog::StreamViewType::NewAndOldImages;
    std::string table = {};
    std::string generation = {};  // of a copy
};

// Record texts of a batch lie one after the other in one string: one allocation a batch, sized by
// the batch before. The string is not used again for the next batch, because nobody here can know
// when the last holder of a batch lets go of it; the allocator hands the same block out anyway.
class BatchBuilder {
  public:
    explicit BatchBuilder(BatchOrigin origin) : origin_(std::move(origin)) {}

    // Adds the record; returns the bytes of its JSON.
    std::size_t add(const shardlog::RecordView& record);

    // The record's JSON as add() makes it, and nothing added.
    [[nodiscard]] std::string text_of(const shardlog::RecordView& record) const;

    // Takes the record added last out again.
    void undo();

    [[nodiscard]] const std::vector<RecordMark>& records() const { return records_; }

    // The batch of what was added; empty again afterwards. Requires: not empty.
    BatchInHand build(std::string request_id, shardlog::SequenceNumber from,
                      shardlog::SequenceNumber next);

  private:
    [[nodiscard]] shardlog::RecordContext context() const;

    struct Place {
        std::size_t id_begin, key_begin, record_begin, end;
        // Bytes from record_begin on; 0 and 0: absent.
        std::size_t new_image = 0, new_image_bytes = 0, old_image = 0, old_image_bytes = 0;
        std::int64_t milliseconds = 0;
        sinks::Event event = sinks::Event::Insert;
        bool is_expiry = false;
    };
    [[nodiscard]] static sinks::Message message_of(std::string_view text, const Place& place);

    BatchOrigin origin_;
    std::string text_;  // id, key, record; id, key, record; ...
    std::vector<Place> places_;
    std::vector<RecordMark> records_;
    std::size_t bytes_hint_ = 0;  // of the batch before; reserved with the first record
};

}  // namespace millbeck::triggers
