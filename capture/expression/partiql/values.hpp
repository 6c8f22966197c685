// Literals and parameters of a statement as attribute values. Internal to this folder.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "capture/expression/partiql/tree.hpp"
#include "shardlog/item.hpp"

namespace millbeck::capture::expression::partiql {

// A statement as it is read; borrows both.
struct Source {
    const Tree& tree;
    const std::vector<std::string>& parameters;  // canonical values, as many as the tree has
};

// A literal or a parameter, whatever is wrong with it.
bool is_value(const Tree& tree, NodeId node);

// The canonical text of a literal or parameter.
// Errors: Invalid, with the service's texts, which name the place: `... under root.a[0] at 1:20:1`.
base::Result<std::string> value_of(const Source& source, NodeId node);

// What an INSERT has behind VALUE.
base::Result<shardlog::Item> item_of(const Source& source, NodeId node);

}  // namespace millbeck::capture::expression::partiql
