// The part of an item that a reader asked for.
#pragma once

#include <optional>
#include <string>

#include "base/result.hpp"
#include "capture/expression/projection.hpp"
#include "capture/table_store.hpp"

namespace millbeck::runtime {

// Appends the item's text, or what the projection leaves of it. Requires: it is present.
void append_item(std::string& out, const capture::StoredItem& item,
                 const std::optional<capture::expression::Projection>& projection);

// No path may look into a key of the table. Errors: NotFound; Invalid, with the service's text.
base::Status check_projection(const capture::TableStore& store, const shardlog::TableName& table,
                              const std::optional<capture::expression::Projection>& projection);

}  // namespace millbeck::runtime
