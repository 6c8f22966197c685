// What a write does to the entries of its item in the indexes: for those who ask what it cost.
#pragma once

#include <span>
#include <vector>

#include "capture/index.hpp"
#include "capture/index_row.hpp"
#include "shardlog/record.hpp"

namespace millbeck::capture {

// Of every index whose entry changes, in the order of `indexes`; those for readers only. `before`
// and `after` are canonical or absent. Pure.
// Source: Developer guide, "Provisioned throughput considerations for global secondary indexes".
std::vector<IndexWrite> index_writes(std::span<const IndexPlan> indexes,
                                     const shardlog::ItemView& before,
                                     const shardlog::ItemView& after);

// Whether the item and its entries in the local indexes together keep the limit of an item. Pure.
// Source: ServiceQuotas, "Item size for tables with local secondary indexes".
bool fits_with_local_entries(std::span<const IndexPlan> indexes, const shardlog::ItemView& item);

}  // namespace millbeck::capture
