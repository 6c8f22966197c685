// What a reader asks the tables for and gets: single items, and pages of a Query or a Scan.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "capture/expression/condition.hpp"
#include "capture/expression/key_condition.hpp"
#include "capture/expression/projection.hpp"
#include "shardlog/ids.hpp"
#include "shardlog/item.hpp"

namespace millbeck::capture {

// Items a page evaluates, in bytes of their sizes: it ends with the item that reaches this.
// Source: Developer guide, "Paginating table query results".
inline constexpr std::size_t kPageBytesMax = 1u << 20;

// One item read, on its own; absent when its text is empty.
struct StoredItem {
    std::string text;  // canonical
    std::uint32_t size_bytes = 0;

    [[nodiscard]] bool present() const { return !text.empty(); }
    [[nodiscard]] shardlog::ItemView view() const { return {text, size_bytes}; }
};

struct ItemAddress {
    shardlog::TableName table;
    shardlog::Item key;  // exactly the key attributes
};

// Part `index` of `total` of a table, by hash of the partition key; 0 <= index < total.
struct ScanSegment {
    std::uint32_t index = 0;
    std::uint32_t total = 1;  // 1..1'000'000
};

enum class Consistency { Eventual, Strong };
enum class Order { Ascending, Descending };
// Items: of an index what it projects. All: whole items, fetched from the table where a local index
// does not have them.
enum class Select { Items, All, Count };
// Whether the filter of a Query may name the keys it is asked by: not on the wire, but in PartiQL.
enum class KeysInFilter { Refused, Allowed };

struct PageRequest {
    shardlog::TableName table;
    std::optional<std::string> index;
    Consistency consistency = Consistency::Eventual;  // of a global index nothing else
    // Present: a Query of one partition; absent: a Scan.
    std::optional<std::vector<expression::KeyTerm>> terms;
    Order order = Order::Ascending;             // of a Query
    ScanSegment segment;                        // of a Scan
    std::optional<shardlog::Item> start_after;  // ExclusiveStartKey; need not exist
    std::optional<expression::Condition> filter;
    KeysInFilter keys_in_filter = KeysInFilter::Refused;
    std::optional<expression::Projection> projection;
    Select select = Select::Items;
    std::size_t limit = std::numeric_limits<std::size_t>::max();  // of items evaluated; 1 ..
};

struct Page {
    std::string items;                    // `{..},{..}`: what matched, projected; "" for Count
    std::size_t count = 0;                // matched
    std::size_t scanned_count = 0;        // evaluated
    std::size_t evaluated_bytes = 0;      // their sizes
    std::optional<std::string> last_key;  // canonical; absent when nothing is left
};

}  // namespace millbeck::capture
