// Are the values that an item has for the keys of its table's indexes of their types, not empty and
// within the limits? An item that lacks one is merely not in that index.
// Pure; the messages are the service's.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "base/result.hpp"
#include "capture/index_row.hpp"

namespace millbeck::capture {

// Where the values come from: an update has messages of its own.
enum class IndexKeySource : std::uint8_t { Item, Update };

// `item`: canonical text. Invalid: the item may not be written.
base::Status check_index_keys(std::span<const IndexPlan> indexes, std::string_view item,
                              IndexKeySource source = IndexKeySource::Item);

// Whether any is empty, and nothing else: of a transaction this is the whole request's fault.
base::Status check_no_empty_index_keys(std::span<const IndexPlan> indexes, std::string_view item);

}  // namespace millbeck::capture
