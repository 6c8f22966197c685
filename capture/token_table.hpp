// A table that every store has and no client sees: what a runtime notes about a commit in the
// commit itself, so that one is durable exactly if the other is.
#pragma once

#include "capture/catalogue.hpp"

namespace millbeck::capture {

// No table of the catalogue has this id; tables and indexes count up from 1.
inline const shardlog::TableId kTokenTableId{0xFFFF'FFF0};

// Named kTokenTable (table.hpp), with the partition key kTokenKey of type N. Without stream
// and indexes. It is found by its name and its id, and is in no list of tables.
const TableEntry& token_table();

}  // namespace millbeck::capture
