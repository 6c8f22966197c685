// A line of an import as the write it asks for.
#pragma once

#include <string_view>

#include "base/result.hpp"
#include "capture/key_schema.hpp"
#include "capture/table_store.hpp"

namespace millbeck::runtime {

// Three forms: an item, `{"id":{"S":"1"}}`; an item as a full export has it, `{"Item":{...}}`; a
// change as an incremental export has it, `{"Metadata":{...},"Keys":{...},"NewImage":{...}}`, a
// deletion if it has no NewImage. An item has its keys beside what else it has, so the forms are
// never confused. Checks what the values may be, not yet the keys.
// Errors: Invalid, Malformed. Threads: any.
base::Result<capture::Write> parse_item_line(std::string_view line,
                                             const shardlog::TableName& table,
                                             const capture::KeySchema& keys);

}  // namespace millbeck::runtime
