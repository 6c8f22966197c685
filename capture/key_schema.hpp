// Key attributes and units of capacity: what tables and their indexes have in common.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "shardlog/item.hpp"

namespace millbeck::capture {

// A key attribute: its name and its type (S, N or B).
struct KeyAttribute {
    std::string name;
    shardlog::AttributeType type = shardlog::AttributeType::S;
    friend bool operator==(const KeyAttribute&, const KeyAttribute&) = default;
};

struct KeySchema {
    KeyAttribute hash;
    std::optional<KeyAttribute> range;
    friend bool operator==(const KeySchema&, const KeySchema&) = default;
};

struct Throughput {
    std::int64_t read_units = 0;
    std::int64_t write_units = 0;
    friend bool operator==(const Throughput&, const Throughput&) = default;
};

}  // namespace millbeck::capture
