// The keys of the items a request of many names: which of them are the same.
#pragma once

#include <memory>
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

// The key schemas of the tables of one request, each looked up once.
// Threads: one. Borrows the store and the names of tables.
class TableKeys {
  public:
    explicit TableKeys(const capture::TableStore& store) : store_(store) {}

    // Stays valid for the life of this. Errors: NotFound, in the words for calls of items.
    base::Result<const capture::KeySchema*> find(const shardlog::TableName& table);

  private:
    const capture::TableStore& store_;
    std::vector<std::pair<std::string_view, std::shared_ptr<const capture::KeySchema>>> schemas_;
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
