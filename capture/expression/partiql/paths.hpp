// Document paths of a statement. Internal to this folder.
#pragma once

#include <optional>
#include <string_view>

#include "base/result.hpp"
#include "capture/expression/partiql/tree.hpp"
#include "capture/expression/syntax_builder.hpp"

namespace millbeck::capture::expression::partiql {

// Whether the node is a name or a path, however wrong.
bool is_path(const Tree& tree, NodeId node);

// Errors: Invalid, with the service's texts.
base::Result<Path> add_path(SyntaxBuilder& builder, const Tree& tree, NodeId node);

// The attribute a path begins with. Requires: is_path().
std::string_view head_of(const Tree& tree, NodeId node);

// The attribute, if the node names one and goes no deeper.
std::optional<std::string_view> attribute_of(const Tree& tree, NodeId node);

// Whether two nodes are the same path.
bool same_path(const Tree& tree, NodeId a, NodeId b);

}  // namespace millbeck::capture::expression::partiql
