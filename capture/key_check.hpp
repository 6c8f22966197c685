// Are the key attributes there, of the schema's types, not empty and within the limits?
// Pure; the messages are the service's.
#pragma once

#include "base/result.hpp"
#include "capture/table.hpp"
#include "shardlog/item.hpp"

namespace millbeck::capture {

// Limits of key values, in bytes. Source: ServiceQuotas, "Partition keys and sort keys".
inline constexpr std::uint32_t kPartitionKeyBytesMax = 2048;
inline constexpr std::uint32_t kSortKeyBytesMax = 1024;

// A whole item to be written. Invalid names the attribute.
// Source: API_PutItem, ValidationException texts as the service sends them.
base::Status check_item(const KeySchema& keys, const shardlog::Item& item);

// A Key map: exactly the key attributes and nothing else. Invalid.
base::Status check_key(const KeySchema& keys, const shardlog::Item& key);

}  // namespace millbeck::capture
