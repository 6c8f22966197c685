// How many secondary indexes a table may have, and how much they may project.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "base/result.hpp"
#include "capture/index.hpp"

namespace millbeck::capture {

// Of one table. Source: ServiceQuotas, "Secondary indexes per table", "Projected attributes".
inline constexpr std::size_t kLocalIndexesMax = 5;
inline constexpr std::size_t kGlobalIndexesMax = 20;
inline constexpr std::size_t kProjectedAttributesMax = 100;  // NonKeyAttributes, over all indexes

// Of a request for more than one, and of one that comes while an index is being filled.
inline constexpr std::string_view kOneIndexAtATime =
    "Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per "
    "table";

// `indexes`: all of one table. Invalid, with the service's texts.
base::Status check_index_limits(std::span<const IndexSpec> indexes);

}  // namespace millbeck::capture
