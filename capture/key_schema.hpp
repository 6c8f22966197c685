// Key attributes and units of capacity: what tables and their indexes have in common.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shardlog/item.hpp"

namespace millbeck::capture {

// A key attribute: its name and its type (S, N or B).
struct KeyAttribute {
    std::string name;
    shardlog::AttributeType type = shardlog::AttributeType::S;
    friend bool operator==(const KeyAttribute&, const KeyAttribute&) = default;
};

// Of each type in the key of a global index; a table and a local index have one of each at most.
// Source: Developer guide, "Multi-attribute keys".
inline constexpr std::size_t kAttributesOfTypeMax = 4;

// Names differ. `more_ranges` is empty without `range`.
struct KeySchema {
    KeyAttribute hash;
    std::optional<KeyAttribute> range;
    // What a global index has besides, in the order of the schema, up to three each. Items are
    // sorted by `range`, then by these, one after the other.
    std::vector<KeyAttribute> more_hashes = {};
    std::vector<KeyAttribute> more_ranges = {};
    friend bool operator==(const KeySchema&, const KeySchema&) = default;

    [[nodiscard]] bool has_single_attributes() const {
        return more_hashes.empty() && more_ranges.empty();
    }
    [[nodiscard]] std::vector<KeyAttribute> hashes() const {
        std::vector<KeyAttribute> all{hash};
        all.insert(all.end(), more_hashes.begin(), more_hashes.end());
        return all;
    }
    [[nodiscard]] std::vector<KeyAttribute> ranges() const {
        std::vector<KeyAttribute> all;
        if (range) {
            all.push_back(*range);
        }
        all.insert(all.end(), more_ranges.begin(), more_ranges.end());
        return all;
    }
    // First those of type HASH.
    [[nodiscard]] std::vector<KeyAttribute> attributes() const {
        std::vector<KeyAttribute> all = hashes();
        const std::vector<KeyAttribute> sort = ranges();
        all.insert(all.end(), sort.begin(), sort.end());
        return all;
    }
    [[nodiscard]] bool has(std::string_view name) const {
        const auto named = [&](const KeyAttribute& key) { return key.name == name; };
        return named(hash) || (range && named(*range)) ||
               std::any_of(more_hashes.begin(), more_hashes.end(), named) ||
               std::any_of(more_ranges.begin(), more_ranges.end(), named);
    }
};

// Per second. Of none that are kept here is it ever refused that a request exceeds it.
struct Throughput {
    std::int64_t read_units = 0;
    std::int64_t write_units = 0;
    friend bool operator==(const Throughput&, const Throughput&) = default;
};

}  // namespace millbeck::capture
