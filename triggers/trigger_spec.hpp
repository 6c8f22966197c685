// What a trigger is (AWS: an event source mapping): which stream, which sink, how to batch and
// retry.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/backoff.hpp"
#include "base/clock.hpp"
#include "base/strong_type.hpp"
#include "shardlog/ids.hpp"

namespace millbeck::triggers {

namespace filter {
class FilterCriteria;
}

// A UUID; stable over restarts.
using TriggerId = base::StrongType<std::string, struct TriggerIdTag>;

enum class StartingPosition { TrimHorizon, Latest };

// Where batches go that are given up (AWS: DestinationConfig.OnFailure).
struct OnFailure {
    enum class Kind {
        DeadLetters,  // the node's own store
        Folder,       // `place`: files below it, as the service puts them into a bucket
        Url,          // `place`: each document is a POST to it
        Function,     // `place`: its name; called with each document
        Topic,        // `place`: kafka://host:port/topic; each document is a message
    };
    Kind kind = Kind::DeadLetters;
    std::string place;
};

// What becomes of a batch that failed as often as the trigger allows. Park is not AWS: see
// parking_lot.hpp.
enum class OnPoison {
    GiveUp,  // it goes to `on_failure`
    Park,    // the key that fails is set aside with all its later records; the shard moves on
};

// Where a copy begins: with the rows that are there, and then the changes since; or with changes
// only.
enum class CopyFrom { Rows, TrimHorizon, Latest };

// Of a trigger whose target keeps a copy of the table. It has one batch of a shard in flight and no
// windows; it neither parks what fails nor gives it up for the retention's sake: what the log
// cannot tell any more, the rows tell.
struct CopySpec {
    CopyFrom from = CopyFrom::Rows;
    std::uint64_t rows_per_second =
        0;  // of all shards together; 0: as fast as the target takes them
};

// How a worker learns of new records.
enum class Polling {
    Doorbell,  // the log rings; not AWS
    Aws,       // it looks four times a second
};

// Defaults and ranges are the service's. Source: lambda API_CreateEventSourceMapping.
struct TriggerSpec {
    // Empty: the checkpoint store makes one up for this name and stream. Given: used as it is, and
    // `stream_arn` must be given as well.
    TriggerId id;
    std::string name;  // unique, for people: config and command line
    shardlog::TableName table;
    // Given: bound to this one stream for ever, also when it is disabled or gone; what can be read
    // is delivered, then nothing comes any more. Empty: it follows its table to new streams.
    std::string stream_arn = {};
    std::string function;   // name of a configured function; "" for a sink
    std::string sink = {};  // the kind of its sink, "redis"; "" for a function
    StartingPosition starting_position = StartingPosition::TrimHorizon;
    std::uint32_t batch_size = 100;            // records, 1..10'000
    base::Milliseconds batching_window{0};     // 0..300 s
    std::uint32_t parallelization_factor = 1;  // batches of a shard at once, 1..10
    // Records of one window are delivered with a state; 0: none; 1..900 s, whole seconds. Requires
    // a parallelization factor of 1 and no filter.
    base::Milliseconds tumbling_window{0};
    std::size_t batch_bytes_max = 6u << 20;  // of the whole event; the service's 6 MB payload
    std::shared_ptr<const filter::FilterCriteria> filter;  // none: every record
    base::BackoffOptions retry;                            // 0.5 s doubling to 60 s

    // What is done about records that keep failing. Without limits: until retention takes them.
    std::optional<std::uint32_t> maximum_retry_attempts;   // after the first, 0..10'000
    std::optional<base::Milliseconds> maximum_record_age;  // since it was written, 60..604'800 s
    bool bisect_batch_on_function_error = false;
    bool report_batch_item_failures = false;
    OnFailure on_failure;
    // Park requires maximum_retry_attempts and no tumbling window.
    OnPoison on_poison = OnPoison::GiveUp;
    Polling polling = Polling::Doorbell;
    std::optional<CopySpec> copy = {};
    bool enabled = true;
};

}  // namespace millbeck::triggers
