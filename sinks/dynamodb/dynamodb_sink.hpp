// A copy of a table in another DynamoDB: Millbeck, DynamoDB Local, AWS.
//
// Promise: convergent. Each item carries the sequence number of the change that it is of, and is
//          written only over an older one, so that late and repeated writes change nothing. Of
//          several changes of an item in one batch only the last is written.
// Layout:  the item with `_mb_seq` (generation, `:`, 40 digits) and `_mb_origin`; a deleted one is
//          its key with these, `_mb_deleted` true and `_mb_expires` (seconds since 1970): enable
//          time to live on that at the target.
// Two ways: see `peer`. A change is taken for an echo of the peer when its new image carries the
//          peer's origin and another `_mb_seq` than its old image: a local update keeps both, a
//          replicated write changes the second.
// Source: API reference, PutItem, DeleteItem, Scan; Signature Version 4.
#pragma once

#include <memory>

#include "base/result.hpp"
#include "sinks/dynamodb/dynamodb_options.hpp"
#include "sinks/sink.hpp"
#include "sinks/sink_context.hpp"

namespace millbeck::sinks {

// Has a copy reader, by Scan. Throttling and unreachable endpoints are NotInvoked; items that the
// target refuses are PartlyFailed. Invalid: an option outside its range, no URL, a mapping of
// paths.
base::Result<std::unique_ptr<Sink>> open_dynamodb(DynamoDbOptions options,
                                                  const SinkContext& context);

}  // namespace millbeck::sinks
