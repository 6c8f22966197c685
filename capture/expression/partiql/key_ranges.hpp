// From a WHERE clause to ranges of keys. Internal to this folder.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "capture/expression/partiql/key_tests.hpp"

namespace millbeck::capture::expression::partiql {

// Reads a statement may be taken apart into. Source: Developer guide, "PartiQL ... IN".
inline constexpr std::size_t kRangesMax = 50;

// A part of one partition; without a sort term all of it.
struct PlannedRange {
    std::string hash;
    std::optional<KeyTerm> sort;
    bool negated_sort = false;  // besides, it excludes sort keys by a test that is no range

    [[nodiscard]] bool is_point() const { return sort && sort->op == KeyOperator::Equal; }
};

struct KeyPlan {
    std::vector<PlannedRange> ranges;  // none: everything must be looked at
    std::vector<NodeId> further;       // tests that the ranges do not answer; all must hold
    bool conjunction = false;          // the keys stand in the outermost AND, not in an OR
    bool exact = false;                // each key by one equality, neither IN nor OR
    std::size_t hashes = 0;            // different ones
};

// Requires: there is a WHERE.
// Errors: Invalid: wrong types of keys, ranges that overlap, too many of them.
base::Result<KeyPlan> plan_keys(const Source& source, const KeySchema& keys);

}  // namespace millbeck::capture::expression::partiql
