// What a WHERE clause says about the keys of a table or an index. Internal to this folder.
#pragma once

#include <optional>
#include <vector>

#include "base/result.hpp"
#include "capture/expression/partiql/statement.hpp"
#include "capture/expression/partiql/values.hpp"

namespace millbeck::capture::expression::partiql {

enum class KeyRole : std::uint8_t { Hash, Range };

// One comparison of a key attribute with a value.
struct KeyTest {
    KeyRole role = KeyRole::Hash;
    KeyTerm term;
};

// The terms that AND joins, however they are put into parentheses.
std::vector<NodeId> conjuncts_of(const Tree& tree, NodeId where);

// Absent: the node is another kind of test.
// Errors: Invalid: the value is not of the key's type, or empty.
base::Result<std::optional<KeyTest>> key_test(const Source& source, const KeySchema& keys,
                                              NodeId node);

// `a IN [..]` on a key attribute, as so many equalities; empty: it is another kind of test.
base::Result<std::vector<KeyTest>> key_choices(const Source& source, const KeySchema& keys,
                                               NodeId node);

// `Key attribute's data type should match its data type in table's schema: Key pk`, and empty ones.
base::Status check_key_value(const KeyAttribute& key, std::string_view value);

// The key of the one item that UPDATE, DELETE and EXISTS must name, and the tests besides.
struct NamedItem {
    std::string hash;
    std::string range;            // "" where there is none
    std::vector<NodeId> further;  // tests
};
base::Result<NamedItem> find_item(const Source& source, const KeySchema& keys);

}  // namespace millbeck::capture::expression::partiql
