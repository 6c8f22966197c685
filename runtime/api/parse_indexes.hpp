// The secondary indexes of a CreateTable, and the changes of an UpdateTable to global ones.
#pragma once

#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "capture/table_store.hpp"
#include "runtime/api/parse_key_schema.hpp"

namespace simdjson::dom {
class element;
}  // namespace simdjson::dom

namespace millbeck::runtime {

class Fields;

// `ProvisionedThroughput`, whose constraints hold. `index`: whose it is, for the error; "" = the
// table's.
base::Result<capture::Throughput> parse_throughput(simdjson::dom::element value,
                                                   std::string_view index);

// Name, keys and projection of a structure that makes a global index; `definitions` has its keys.
base::Result<capture::IndexSpec> parse_global_index(const Fields& fields,
                                                    const Definitions& definitions);

// LocalSecondaryIndexes, then GlobalSecondaryIndexes of `fields`, a CreateTable; `table` has its
// keys and its billing mode. Errors: Invalid, with the service's texts; Unsupported.
base::Result<std::vector<capture::IndexSpec>> parse_indexes(const Fields& fields,
                                                            const capture::TableSpec& table,
                                                            const Definitions& definitions);

// parse_index_updates.cpp: AttributeDefinitions and GlobalSecondaryIndexUpdates of `fields`, an
// UpdateTable, into `update`. How they fit to the table is the store's to say. Errors as above, and
// LimitExceeded.
base::Status parse_index_updates(const Fields& fields, capture::TableUpdate& update);

}  // namespace millbeck::runtime
