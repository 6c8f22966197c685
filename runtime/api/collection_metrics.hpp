// ItemCollectionMetrics, for clients that ask with ReturnItemCollectionMetrics.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>

#include "capture/table_store.hpp"
#include "runtime/api/requests.hpp"

namespace millbeck::runtime {

// `{"ItemCollectionKey":{..},"SizeEstimateRangeGB":[0.0,1.0]}`: whole gigabytes, as the service
// tells them.
std::string collection_json(const capture::ItemCollection& collection);

// What the answer to a write of one item appends: `"ItemCollectionMetrics":{..}`. "": nothing was
// asked for, or the table has no local index. As of now: a write moves an estimate in gigabytes by
// too little to tell. Threads: any.
std::string collection_member(const capture::TableStore& store, ReturnMetrics kind,
                              const shardlog::TableName& table, const shardlog::Item& attributes);

// The same of many writes: by table, each collection once. Checks write nothing.
std::string collections_member(const capture::TableStore& store, ReturnMetrics kind,
                               std::span<const capture::Write> writes, const GivenTables& given);

}  // namespace millbeck::runtime
