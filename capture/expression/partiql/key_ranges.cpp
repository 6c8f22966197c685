#include "capture/expression/partiql/key_ranges.hpp"

#include <algorithm>
#include <set>

#include "capture/expression/partiql/paths.hpp"

namespace millbeck::capture::expression::partiql {
namespace {

using base::Code;
using base::fail;
using base::Status;
using Ranges = std::vector<PlannedRange>;

// Whether a sort key is named by the tests below, in any way.
bool names(const Tree& tree, NodeId node, std::string_view attribute) {
    if (is_path(tree, node)) {
        return head_of(tree, node) == attribute;
    }
    return std::ranges::any_of(tree.at(node).children,
                               [&](NodeId child) { return names(tree, child, attribute); });
}

// Takes a WHERE apart. Recursion is as deep as the tree.
class Planner {
  public:
    Planner(const Source& source, const KeySchema& keys)
        : source_(source), tree_(source.tree), keys_(keys) {}

    // The tests of one AND; those that the ranges answer go, the others stay in `tests`.
    base::Result<Ranges> plan_and(std::vector<NodeId>& tests) {
        Ranges ranges;
        for (std::size_t i = 0; i < tests.size() && ranges.empty(); ++i) {
            MB_TRY(ranges, plan_hash(tests[i]));
            if (!ranges.empty() && !tree_.is(tests[i], "or")) {
                tests.erase(tests.begin() + static_cast<std::ptrdiff_t>(i));
            }
        }
        if (!ranges.empty() && keys_.range) {
            MB_TRY_STATUS(add_sort(tests, ranges));
        }
        return ranges;
    }

    // Whether each key was given by one equality.
    [[nodiscard]] bool exact() const { return exact_; }
    // Whether the keys were found in the branches of an OR.
    [[nodiscard]] bool through_or() const { return through_or_; }

  private:
    // What one test says about the partition key; nothing: no more than others do.
    base::Result<Ranges> plan_hash(NodeId node) {
        if (tree_.is(node, "or")) {
            exact_ = false;
            MB_TRY(Ranges branches, plan_or(tree_.at(node)));
            through_or_ = !branches.empty();
            return branches;
        }
        Ranges ranges;
        MB_TRY(const auto test, key_test(source_, keys_, node));
        if (test && test->role == KeyRole::Hash) {
            ranges.push_back({test->term.first, std::nullopt, false});
            return ranges;
        }
        MB_TRY(const auto choices, key_choices(source_, keys_, node));
        for (const KeyTest& choice : choices) {
            if (choice.role == KeyRole::Hash) {
                exact_ = false;
                ranges.push_back({choice.term.first, std::nullopt, false});
            }
        }
        return ranges;
    }

    // Every branch must name a partition.
    base::Result<Ranges> plan_or(const Node& node) {
        Ranges all;
        for (const NodeId branch : node.children) {
            std::vector<NodeId> tests = conjuncts_of(tree_, branch);
            MB_TRY(Ranges ranges, plan_and(tests));
            if (ranges.empty()) {
                return Ranges();
            }
            const bool negated = keys_.range && std::ranges::any_of(tests, [&](NodeId test) {
                                     return names(tree_, test, keys_.range->name);
                                 });
            for (PlannedRange& range : ranges) {
                range.negated_sort = range.negated_sort || negated;
                all.push_back(std::move(range));
            }
        }
        return all;
    }

    // Narrows ranges that are whole partitions by the first test of the sort key.
    Status add_sort(std::vector<NodeId>& tests, Ranges& ranges) {
        if (std::ranges::any_of(ranges,
                                [](const PlannedRange& range) { return range.sort.has_value(); })) {
            return {};
        }
        for (std::size_t i = 0; i < tests.size(); ++i) {
            MB_TRY(auto test, key_test(source_, keys_, tests[i]));
            MB_TRY(auto choices, key_choices(source_, keys_, tests[i]));
            if (test && test->role == KeyRole::Range) {
                choices = {std::move(*test)};
            } else if (!choices.empty() && choices[0].role == KeyRole::Range) {
                exact_ = false;
            } else {
                continue;
            }
            ranges = combine(ranges, choices);
            tests.erase(tests.begin() + static_cast<std::ptrdiff_t>(i));
            return {};
        }
        return {};
    }

    static Ranges combine(const Ranges& partitions, const std::vector<KeyTest>& sorts) {
        Ranges combined;
        for (const PlannedRange& partition : partitions) {
            for (const KeyTest& sort : sorts) {
                combined.push_back({partition.hash, sort.term, partition.negated_sort});
            }
        }
        return combined;
    }

    const Source& source_;
    const Tree& tree_;
    const KeySchema& keys_;
    bool exact_ = true;
    bool through_or_ = false;
};

base::Result<bool> holds_point(const KeySchema& keys, const PlannedRange& range,
                               const PlannedRange& point) {
    if (!range.sort) {
        return true;
    }
    MB_TRY(const KeyCondition condition,
           fit_to_keys({{keys.hash.name, KeyOperator::Equal, range.hash, ""}, *range.sort}, keys));
    return condition.range->contains(point.sort->first);
}

// Of one partition: a part of it beside all of it, or beside a part it lies in. The service refuses
// that, unless one of the two excludes sort keys in another way.
base::Result<bool> overlap(const KeySchema& keys, const PlannedRange& a, const PlannedRange& b) {
    if (a.negated_sort || b.negated_sort || (!a.sort && !b.sort)) {
        return false;
    }
    if (!a.sort || !b.sort) {
        return true;
    }
    if (a.is_point() == b.is_point()) {
        return false;
    }
    return a.is_point() ? holds_point(keys, b, a) : holds_point(keys, a, b);
}

bool same_range(const PlannedRange& a, const PlannedRange& b) {
    if (a.hash != b.hash || a.sort.has_value() != b.sort.has_value()) {
        return false;
    }
    return !a.sort || (a.sort->op == b.sort->op && a.sort->first == b.sort->first &&
                       a.sort->second == b.sort->second);
}

// No item may be found twice: ranges of one partition that are not all points become the whole of
// it. True: they did, so that their tests must be made on the items.
base::Result<bool> merge(const KeySchema& keys, Ranges& ranges) {
    Ranges merged;
    bool widened = false;
    for (PlannedRange& range : ranges) {
        bool known = false;
        for (PlannedRange& other : merged) {
            if (other.hash != range.hash) {
                continue;
            }
            known = known || same_range(other, range);
            if (same_range(other, range)) {
                continue;
            }
            MB_TRY(const bool refused, overlap(keys, other, range));
            if (refused) {
                return fail(Code::Invalid,
                            "Overlapping conditions with range keys are not supported in where "
                            "clause");
            }
            if (!other.is_point() || !range.is_point()) {
                other.sort.reset();
                known = true;
                widened = true;
            }
        }
        if (!known) {
            merged.push_back(std::move(range));
        }
    }
    // What was widened to the same partition is there more than once.
    ranges.clear();
    for (PlannedRange& range : merged) {
        if (std::ranges::none_of(
                ranges, [&](const PlannedRange& other) { return same_range(other, range); })) {
            ranges.push_back(std::move(range));
        }
    }
    return widened;
}

}  // namespace

base::Result<KeyPlan> plan_keys(const Source& source, const KeySchema& keys) {
    KeyPlan plan;
    plan.further = conjuncts_of(source.tree, *source.tree.where);
    Planner planner(source, keys);
    MB_TRY(plan.ranges, planner.plan_and(plan.further));
    if (plan.ranges.empty()) {
        plan.further = {*source.tree.where};
        return plan;
    }
    plan.conjunction = !planner.through_or();
    plan.exact = planner.exact();
    MB_TRY(const bool widened, merge(keys, plan.ranges));
    if (widened) {
        plan.further = {*source.tree.where};
    }
    if (plan.ranges.size() > kRangesMax) {
        return fail(Code::Invalid, "Too many decomposed read operations for a given query.");
    }
    std::set<std::string_view> hashes;
    for (const PlannedRange& range : plan.ranges) {
        hashes.insert(range.hash);
    }
    plan.hashes = hashes.size();
    return plan;
}

}  // namespace millbeck::capture::expression::partiql
