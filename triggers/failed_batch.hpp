// A batch that is given up: what is known of it, and where it goes (AWS: on-failure destination).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "shardlog/ids.hpp"
#include "sinks/sink.hpp"
#include "triggers/trigger_spec.hpp"

namespace millbeck::triggers {

enum class FailureCondition { RetryAttemptsExhausted, RecordAgeExceeded };
std::string_view to_string(FailureCondition condition);  // the service's words

// How the last attempt ended, as the service's document tells it.
enum class FunctionError {
    None,       // the function reported records in its reply, and did not fail itself
    Unhandled,  // it failed, timed out, or could not be reached
};

// Owned by itself: `batch` shares the texts of its records.
struct FailedBatch {
    TriggerId trigger;
    std::string trigger_name;
    std::string function;  // its name
    std::string stream_arn;
    FailureCondition condition = FailureCondition::RetryAttemptsExhausted;
    std::uint32_t invoke_count = 1;  // attempts, at least 1; the service calls it approximate
    FunctionError function_error = FunctionError::Unhandled;
    std::string error{};  // of the last attempt, for people; "" when there was none
    base::WallTime failed_at{};
    base::WallTime first_arrival{};  // of the first and the last record in the stream
    base::WallTime last_arrival{};
    std::string window_info{};  // JSON, of a tumbling window; its last call has no records
    std::shared_ptr<const sinks::Batch> batch;
};

// `arn:aws:lambda:<region>:<account>:function:<function>`
std::string function_arn(const shardlog::Identity& identity, std::string_view function);

// The event the function was given: `{"Records":[...]}`, with the batch's members.
std::string event_of(const sinks::Batch& batch);

// The document that an on-failure destination gets, byte for byte the service's; `function_arn`
// with its qualifier if the trigger has one. With the event as `payload` where the destination
// keeps it (S3). Source: Lambda Developer Guide, "Retaining discarded batches"; recorded documents.
enum class Payload { Left, Kept };
std::string failure_document(const FailedBatch& failed, std::string_view function_arn,
                             Payload payload);

// Takes what is given up. What it took is durable there at return.
// Threads: any. Errors: nothing was taken; the worker asks again later and does not move on.
class FailureDestination {
  public:
    virtual ~FailureDestination() = default;
    virtual base::Status take(const FailedBatch& failed) = 0;
};

}  // namespace millbeck::triggers
