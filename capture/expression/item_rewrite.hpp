// An item with some of its values changed: runs of the old text around the new values.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "capture/expression/bindings.hpp"

namespace millbeck::capture::expression {

// One change. Places in lists are those of the old list; behind its end means at its end.
struct Edit {
    Steps steps;
    std::string_view value;  // canonical text; "": remove what is there
};

// Appends `item` with the edits made and returns by how many bytes of the service's it grew.
// Requires: edits in the order in which their paths stand in an item, no two meeting; what stands
// around a path is there, a map before a name and a list before an index.
std::int64_t append_rewritten(std::string& out, std::string_view item, std::span<const Edit> edits);

}  // namespace millbeck::capture::expression
