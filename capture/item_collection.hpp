// How large an item collection is: the items of one partition key with their entries in the local
// indexes, which the service stores together.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.hpp"
#include "capture/catalogue.hpp"
#include "capture/item_store.hpp"
#include "capture/read_page.hpp"

namespace millbeck::capture {

// Of the item or key `attributes`. nullopt: the table has no local index, or this is no key of it.
// An estimate that reads no item: the table and its local indexes know their bytes exactly, and the
// files about which share of them the partition has.
// Source: Developer guide, "Item collections in Local Secondary Indexes".
std::optional<ItemCollection> measure_collection(const TableEntry& table, const ItemStore& items,
                                                 const shardlog::Item& attributes);

}  // namespace millbeck::capture
