// The calls on event source mappings: what stands in path, query and body goes to the registry, its
// answer gets the status the service gives.
#pragma once

#include "runtime/lambda/mapping_registry.hpp"
#include "runtime/lambda/route_table.hpp"

namespace millbeck::runtime::lambda {

// `mappings` outlives the table.
void add_mapping_routes(RouteTable& table, MappingRegistry& mappings);

}  // namespace millbeck::runtime::lambda
