// What a write did: the one place that decides INSERT, MODIFY, REMOVE or "nothing changed". Pure.
#pragma once

#include <optional>

#include "shardlog/record.hpp"

namespace millbeck::capture {

// `before` and `after` are canonical items or absent; equal text is an equal item, so a write that
// leaves an item as it was is nullopt: no record, no stream event.
// Source: Streams developer guide, "If a PutItem or UpdateItem does not change any data, no record
// is written"; API_DeleteItem on a missing item.
std::optional<shardlog::EventName> decide_change(const shardlog::ItemView& before,
                                                 const shardlog::ItemView& after);

}  // namespace millbeck::capture
