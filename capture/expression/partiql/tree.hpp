// What a statement says, as the parser understood it: a flat array of nodes. What stands behind its
// parameters is not known here. Internal to this folder.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "capture/expression/partiql/lexer.hpp"
#include "capture/expression/partiql/statement.hpp"

namespace millbeck::capture::expression::partiql {

using NodeId = std::uint32_t;  // a place in Tree::nodes

enum class NodeType : std::uint8_t {
    Name,
    String,
    Number,
    Boolean,  // text: true, false
    Null,
    Missing,
    Ion,
    Parameter,  // number: which, from 0
    List,
    Bag,
    Struct,     // children: name and value in turn
    Path,       // children: where it begins, then steps: strings of names, or what stood in `[]`
    AnyMember,  // the step `.*`
    AnyEntry,   // the step `[*]`
    Call,       // text: the function in small letters
    Operation   // text: the operator in small letters: `and`, `<=`, `not in`, `is`; its type last
};

// And and Or hold all that they join; children stand before their parent.
struct Node {
    NodeType type = NodeType::Name;
    Spot spot;
    std::string text;
    std::uint32_t number = 0;
    std::uint32_t depth = 1;  // levels below and with it
    std::vector<NodeId> children;
};

struct Change {
    bool remove = false;
    NodeId target = 0;
    NodeId value = 0;  // not of a removal
};

struct OrderKey {
    NodeId key = 0;
    bool descending = false;
};

struct Tree {
    Verb verb = Verb::Select;
    NodeId source = 0;  // the table or `table.index`
    bool everything = false;
    std::vector<NodeId> columns;  // of a Select, unless it wants everything
    std::optional<NodeId> where;
    std::vector<OrderKey> order;
    NodeId item = 0;              // of an Insert
    std::vector<Change> changes;  // of an Update
    std::string returning;        // "", "ALL OLD", "MODIFIED NEW", ...
    std::uint32_t parameters = 0;
    std::vector<Node> nodes;

    [[nodiscard]] const Node& at(NodeId id) const { return nodes[id]; }
    [[nodiscard]] bool is(NodeId id, std::string_view operation) const {
        return nodes[id].type == NodeType::Operation && nodes[id].text == operation;
    }
};

// Levels a statement may nest, ours: no recursion goes deeper.
inline constexpr std::uint32_t kDepthMax = 256;

}  // namespace millbeck::capture::expression::partiql
