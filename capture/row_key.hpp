// What an item is called in storage and on the log: partition hash, partition key, sort key.
// Storage key: table id u32 | row key. Row key: XXH3-64 of the encoded partition key u64 |
// partition key | sort key. Integers big-endian. Encodings:
//   partition key  S, B: length u16, bytes (grouping is all it needs); N: sortable number
//   sort key       S, B: bytes as they are (nothing follows them);     N: sortable number
// So the items of a partition are neighbours and stand in the order of their sort keys, and the
// longest row key has 8 + 2 + 2048 + 1024 bytes.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "capture/table.hpp"
#include "shardlog/ids.hpp"
#include "shardlog/item.hpp"

namespace millbeck::capture {

inline constexpr std::size_t kTablePrefixBytes = 4;

// Appends the four bytes every storage key of a table begins with.
void append_table_prefix(std::string& out, shardlog::TableId table);

// Appends the row key of `item`. Requires: its key attributes passed key_check.
void append_row_key(std::string& out, const KeySchema& keys, const shardlog::Item& item);

// One value of a key: its type and its canonical text.
struct KeyValue {
    shardlog::AttributeType type = shardlog::AttributeType::S;
    std::string_view text;
};

// Appends what the row keys of a partition begin with: the hash of all its values' encodings, then
// those, each of which tells where it ends.
void append_partition_key(std::string& out, std::span<const KeyValue> values);

// Appends what follows for one sort key. Of a prefix: what the sort keys that begin with it have in
// common.
void append_sort_key(std::string& out, const KeyAttribute& range, std::string_view value_text);

// Appends the eight bytes that row keys of this partition hash, and of no lower one, begin with.
void append_hash(std::string& out, std::uint64_t hash);

// The first key behind all that begin with `prefix`. Requires: a byte of it is below 0xFF.
std::string end_of_prefix(std::string prefix);

// Appends the canonical text of the map of the key attributes alone; returns its size in bytes by
// the service's rules. Requires: as append_row_key.
std::uint32_t append_keys_text(std::string& out, const KeySchema& keys, const shardlog::Item& item);

// A well-mixed hash of a storage key, for maps in memory.
std::uint64_t hash_of_key(std::string_view storage_key);

}  // namespace millbeck::capture
