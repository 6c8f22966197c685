// What a secondary index is. Values only.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "capture/key_schema.hpp"
#include "shardlog/ids.hpp"

namespace millbeck::capture {

// Expiry: not for readers. Finds items by the time at which they expire.
enum class IndexKind : std::uint8_t { Local, Global, Expiry };
enum class IndexProjection : std::uint8_t { All, KeysOnly, Include };

// A validated index of CreateTable or UpdateTable.
struct IndexSpec {
    std::string name;
    IndexKind kind = IndexKind::Global;
    KeySchema keys = {};
    IndexProjection projection = IndexProjection::All;
    std::vector<std::string> included = {};  // NonKeyAttributes, as they were given
    Throughput throughput = {};              // of a global one, as what follows
    Throughput maximum = {};                 // see TableSpec
    Throughput warm = {};
    friend bool operator==(const IndexSpec&, const IndexSpec&) = default;
};

// Creating: writes keep it up to date, and it is being filled with the items from before.
enum class IndexStatus : std::uint8_t { Creating = 0, Active = 1 };

struct IndexDescription {
    IndexSpec spec;
    shardlog::TableId id;  // of its entries; from the same numbers as tables, never given twice
    IndexStatus status = IndexStatus::Active;
    std::int64_t item_count = 0;  // exact as of the last commit
    std::int64_t size_bytes = 0;
    friend bool operator==(const IndexDescription&, const IndexDescription&) = default;
};

// What one write did to its item's entry in one index, in bytes of the entries' sizes.
struct IndexWrite {
    std::string index;
    IndexKind kind = IndexKind::Global;
    std::uint32_t removed_bytes = 0;  // of the entry that went; 0: none did
    // Of the entry that came; of one that took the place of another, the larger of both; 0: none.
    std::uint32_t put_bytes = 0;
    friend bool operator==(const IndexWrite&, const IndexWrite&) = default;
};

// Items expire at the time their attribute has, in seconds since 1970. Source: Developer guide,
// "Time to Live".
struct TimeToLive {
    std::string attribute;
    shardlog::TableId index;                     // of the entries by expiry
    IndexStatus status = IndexStatus::Creating;  // Active: items from before are found as well
    friend bool operator==(const TimeToLive&, const TimeToLive&) = default;
};

}  // namespace millbeck::capture
