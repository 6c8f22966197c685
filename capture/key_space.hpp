// The storage keys of a table, or of one of its indexes: what a reader's conditions mean there.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "capture/catalogue.hpp"
#include "capture/expression/key_condition.hpp"
#include "capture/item_store.hpp"

namespace millbeck::capture {

// Borrows the entry. Threads: any.
class KeySpace {
  public:
    // Invalid: `The table does not have the specified index: x`
    static base::Result<KeySpace> find(const TableEntry& table,
                                       const std::optional<std::string>& index);

    [[nodiscard]] const KeySchema& keys() const;
    [[nodiscard]] const IndexPlan* index() const { return index_; }

    // The keys of one partition, by the canonical values of its HASH attributes; those that a
    // condition is true of; those of a share of all hashes.
    [[nodiscard]] ItemRange partition(std::span<const std::string> hash_values) const;
    [[nodiscard]] ItemRange matching(const expression::KeyCondition& condition) const;
    [[nodiscard]] ItemRange segment(const ScanSegment& segment) const;

    // The storage key of the item with exactly these key attributes: the table's, and those of the
    // index. Invalid: they are not that.
    [[nodiscard]] base::Result<std::string> key_of(const shardlog::Item& start) const;

    // The canonical map of those attributes of an item.
    [[nodiscard]] std::string keys_of(std::string_view item) const;

    // The first storage key behind `key`, which is a whole one.
    [[nodiscard]] static std::string behind(std::string key);

  private:
    KeySpace(const TableEntry& table, const IndexPlan* index) : table_(&table), index_(index) {}

    [[nodiscard]] shardlog::TableId id() const;
    [[nodiscard]] std::string segment_begin(std::uint32_t index, std::uint32_t total) const;
    // Appended to `key`, which ends before the value of this RANGE attribute.
    [[nodiscard]] std::string with_sort_key(std::string key, const KeyAttribute& range,
                                            std::string_view value) const;
    [[nodiscard]] std::string with_sort_prefix(std::string key, const KeyAttribute& range,
                                               std::string_view value) const;
    // Behind all keys that have these hash and sort keys.
    [[nodiscard]] std::string behind_sort_key(std::string key) const;

    const TableEntry* table_;
    const IndexPlan* index_;
};

}  // namespace millbeck::capture
