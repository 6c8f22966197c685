// The event of a dead letter, taken apart again: its records where they lie, and what each says of
// its item.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "sinks/sink.hpp"
#include "triggers/dead_letter_store.hpp"

namespace millbeck::runtime {

// The batch that the letter was: the same records byte for byte, with the letter's trigger, shard
// and request id; without table, generation and position. A message whose stream shows no new image
// has "" there, as one of a REMOVE. Owns what it points to. Malformed: the event is not one of a
// batch.
base::Result<std::shared_ptr<const sinks::Batch>> batch_of(const triggers::DeadLetter& letter);

}  // namespace millbeck::runtime
