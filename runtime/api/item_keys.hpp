// The keys of the items a request of many names: which of them are the same.
#pragma once

#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "capture/table_store.hpp"

namespace millbeck::runtime {

const shardlog::TableName& table_of(const capture::Write& write);

// The item of a put, of the others the key.
const shardlog::Item& attributes_of(const capture::Write& write);

// The keys of the tables of one request and of their indexes, each looked up once.
// Threads: one. Borrows the store and the names of tables.
class TableKeys {
  public:
    explicit TableKeys(const capture::TableStore& store) : store_(store) {}

    // Stays valid for the life of this. Errors: NotFound, in the words for calls of items.
    base::Result<const capture::KeySchema*> find(const shardlog::TableName& table);

    // Those of the indexes as well. Requires: find() found the table.
    [[nodiscard]] const capture::KeysOfTable& all(const shardlog::TableName& table) const;

  private:
    using Named = std::pair<std::string_view, capture::KeysOfTable>;
    // Most requests name one table, none more than a hundred.
    [[nodiscard]] std::vector<Named>::const_iterator known(const shardlog::TableName& table) const;

    const capture::TableStore& store_;
    std::vector<Named> tables_;
};

// Items seen so far. Threads: one.
class SeenItems {
  public:
    // False: the item was added before. Numbers are compared by value, so that 1000 is 1e3. An item
    // that lacks a key attribute is new each time: the store says what is wrong, in the service's
    // words.
    bool add(const shardlog::TableName& table, const capture::KeySchema& keys,
             const shardlog::Item& item);

  private:
    std::unordered_set<std::string> keys_;  // table, a zero byte, key values
};

// The key attributes of an item as a Key map. Requires: it has them (check_item).
shardlog::Item key_of(const capture::KeySchema& keys, const shardlog::Item& item);

}  // namespace millbeck::runtime
