// One page of a Query or a Scan: from the request to a range of storage keys, and from the items in
// it to what the reader sees.
#pragma once

#include "base/result.hpp"
#include "capture/catalogue.hpp"
#include "capture/item_store.hpp"
#include "capture/key_space.hpp"
#include "capture/read_page.hpp"

namespace millbeck::capture {

// The storage keys the request is about; empty when its conditions can hold for none. Pure.
// Errors: Invalid, with the service's text: conditions or starting key do not fit the schema.
base::Result<ItemRange> page_range(const KeySpace& space, const PageRequest& request);

// Errors: Invalid; those of ItemStore.
base::Result<Page> read_page(const TableEntry& table, const ItemStore& items,
                             const PageRequest& request);

}  // namespace millbeck::capture
