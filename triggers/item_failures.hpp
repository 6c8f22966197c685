// What a function's reply says of the records it was given (AWS: ReportBatchItemFailures). Pure.
#pragma once

#include "sinks/sink.hpp"

namespace millbeck::triggers {

// Reads the reply of a delivered batch. Delivered: the reply names no record; PartlyFailed: it
// names some, whether they are of the batch is for delivered_prefix() to see; Failed: it says
// something else than the service understands, so nothing may be assumed. Other outcomes stay as
// they are. Success is `{"batchItemFailures": []}`, with null for the list or without it, `{}`,
// `[]`, `null`,
// `""` and an empty reply. Source: Lambda Developer Guide, "Success and failure conditions".
sinks::Outcome read_item_failures(sinks::Outcome outcome);

}  // namespace millbeck::triggers
