// What an index holds for an item: an entry of its own, found by the index's keys, with the part of
// the item that the index projects.
// Storage key: index id u32 | XXH3-64 of the encoded partition keys u64 | partition keys | sort
// keys | row key of the item. Of an index of expiry: index id | time, as a sortable number | row
// key. A sort key of type S or B is delimited, because something follows it: 0x00 becomes 0x00
// 0xFF, and 0x00 0x01 ends it; so keys keep their order, and a prefix is a prefix.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "capture/index.hpp"
#include "shardlog/ids.hpp"
#include "shardlog/record.hpp"

namespace millbeck::capture {

// A key attribute with its name as canonical text spells it.
struct SpelledKey {
    KeyAttribute key;
    std::string spelled;
};

// An index as writes need it: made once for each state of the catalogue.
class IndexPlan {
  public:
    IndexPlan(const IndexSpec& spec, shardlog::TableId id, const KeySchema& table_keys);

    // The entries of items that expire; they hold the items' keys.
    IndexPlan(const TimeToLive& time_to_live, const KeySchema& table_keys);

    [[nodiscard]] shardlog::TableId id() const { return id_; }
    [[nodiscard]] const std::string& name() const { return name_; }
    [[nodiscard]] const KeySchema& keys() const { return keys_; }
    [[nodiscard]] IndexKind kind() const { return kind_; }
    // The attributes of keys(), in the order of the schema.
    [[nodiscard]] const std::vector<SpelledKey>& hashes() const { return hashes_; }
    [[nodiscard]] const std::vector<SpelledKey>& ranges() const { return ranges_; }

    // Whether entries have the whole item.
    [[nodiscard]] bool holds_all() const { return all_; }
    // Whether entries have this attribute, by its unescaped name.
    [[nodiscard]] bool holds(std::string_view attribute) const;
    // Escaped names of the attributes of index and table keys, in byte order: what a page of the
    // index is continued with.
    [[nodiscard]] const std::vector<std::string>& key_names() const { return key_names_; }
    // Escaped names of all attributes an entry may have, in byte order. Empty: holds_all().
    [[nodiscard]] const std::vector<std::string>& names() const { return names_; }

  private:
    shardlog::TableId id_;
    std::string name_;
    KeySchema keys_;
    std::vector<SpelledKey> hashes_;
    std::vector<SpelledKey> ranges_;
    IndexKind kind_;
    bool all_;
    std::vector<std::string> key_names_;
    std::vector<std::string> names_;
};

// A name as canonical text spells it, without quotes.
std::string escaped_name(std::string_view name);

// The attributes of `item` (canonical text) that `names` has; `names` escaped, in byte order.
struct ItemPart {
    std::string text;
    std::uint32_t size_bytes = 0;
};
ItemPart part_of(std::string_view item, std::span<const std::string> names);

// What the index keeps of an item: all of it, or a part that is made in `room`.
shardlog::ItemView entry_of(const IndexPlan& index, const shardlog::ItemView& item,
                            std::string& room);

// Appends the storage key of the item's entry; false, and nothing appended: the item has none,
// because it lacks a key attribute of the index, or had one of another type before the index was.
bool append_index_key(std::string& out, const IndexPlan& index, std::string_view item,
                      std::string_view row_key);

// Appends what the storage keys of items that expire at `seconds` (canonical number) begin with.
void append_expiry(std::string& out, shardlog::TableId index, std::string_view seconds);

// Appends what the storage keys of one sort key in a partition begin with, to be followed by
// nothing else of the sort key. `value_text` is canonical, of the key's type.
void append_index_sort_key(std::string& out, const KeyAttribute& range,
                           std::string_view value_text);
// The same for all sort keys that begin with `value_text`; S and B only.
void append_index_sort_prefix(std::string& out, const KeyAttribute& range,
                              std::string_view value_text);

}  // namespace millbeck::capture
