// What a SELECT reads: from its WHERE to ranges of keys, as the service takes it apart.
// Source: Developer guide, "PartiQL select statements for DynamoDB": equalities and IN on the
// partition key, also joined by OR, are read by key; all else is a scan.
#include <algorithm>

#include "capture/expression/compare.hpp"
#include "capture/expression/partiql/key_ranges.hpp"
#include "capture/expression/partiql/key_tests.hpp"
#include "capture/expression/partiql/paths.hpp"
#include "capture/expression/partiql/tests.hpp"

namespace millbeck::capture::expression::partiql {
namespace {

using base::Code;
using base::fail;
using base::Status;

tl::unexpected<base::Error> refuse(std::string message) {
    return fail(Code::Invalid, std::move(message));
}

// The names of the attributes of the tests, each once, in their order.
void collect_heads(const Tree& tree, NodeId node, std::vector<std::string>& heads) {
    if (is_path(tree, node)) {
        std::string head(head_of(tree, node));
        if (std::ranges::find(heads, head) == heads.end()) {
            heads.push_back(std::move(head));
        }
        return;
    }
    const Node& parent = tree.at(node);
    const bool is = parent.type == NodeType::Operation && parent.text.starts_with("is");
    for (std::size_t i = 0; i < (is ? 1 : parent.children.size()); ++i) {
        collect_heads(tree, parent.children[i], heads);
    }
}

Status check_order(const Tree& tree, const KeySchema& keys, const KeyPlan& plan) {
    if (!tree.where) {
        return refuse("Must have WHERE clause in the statement when using ORDER BY clause.");
    }
    if (plan.ranges.empty()) {
        return refuse(
            "Must have at least one non-optional hash key condition in WHERE clause when using "
            "ORDER BY clause.");
    }
    bool by_hash = false;
    for (const OrderKey& order : tree.order) {
        const auto name = attribute_of(tree, order.key);
        if (!name) {
            return refuse("Argument to ORDER BY must be of type VariableReference. Type: " +
                          tree.at(order.key).text);
        }
        if (name != keys.hash.name && (!keys.range || name != keys.range->name)) {
            return refuse("Variable reference " + std::string(*name) +
                          " in ORDER BY clause must be part of the primary key");
        }
        by_hash = by_hash || name == keys.hash.name;
    }
    if (!by_hash && plan.hashes > 1) {
        return refuse(
            "Must have hash key in ORDER BY clause when more than one hash key condition specified "
            "in WHERE clause.");
    }
    return {};
}

bool is_descending(const Tree& tree, std::string_view attribute) {
    return std::ranges::any_of(tree.order, [&](const OrderKey& order) {
        return order.descending && attribute_of(tree, order.key) == attribute;
    });
}

// Partitions and points within them as ORDER BY wants them, else in the order written.
void sort_ranges(const Tree& tree, const KeySchema& keys, std::vector<PlannedRange>& ranges) {
    if (tree.order.empty()) {
        return;
    }
    const bool hash_down = is_descending(tree, keys.hash.name);
    const bool range_down = keys.range && is_descending(tree, keys.range->name);
    std::ranges::stable_sort(ranges, [&](const PlannedRange& a, const PlannedRange& b) {
        const int hashes = order_values(ValueView(a.hash), ValueView(b.hash));
        if (hashes != 0) {
            return (hashes < 0) != hash_down;
        }
        return a.sort && b.sort &&
               (order_values(ValueView(a.sort->first), ValueView(b.sort->first)) *
                (range_down ? -1 : 1)) < 0;
    });
}

KeyRange key_range(const KeySchema& keys, const PlannedRange& planned) {
    KeyRange range;
    range.terms.push_back({keys.hash.name, KeyOperator::Equal, planned.hash, ""});
    std::string key = "{";
    shardlog::append_json_string(key, keys.hash.name);
    key.append(":").append(planned.hash);
    if (planned.sort) {
        range.terms.push_back(*planned.sort);
        key += ',';
        shardlog::append_json_string(key, planned.sort->attribute);
        key.append(":").append(planned.sort->first);
    }
    if (!keys.range || planned.is_point()) {
        auto item = shardlog::parse_item(key += "}");
        MB_CHECK(item.has_value(), "canonical values make a key");
        range.key = std::move(*item);
    }
    return range;
}

base::Result<std::optional<Condition>> make_filter(const Source& source,
                                                   const std::vector<NodeId>& tests) {
    if (tests.empty()) {
        return std::optional<Condition>();
    }
    TestWriter writer(source);
    std::optional<std::uint32_t> all;
    for (const NodeId test : tests) {
        const bool one_of = tests.size() > 1 || test != *source.tree.where;
        MB_TRY(const std::uint32_t next, one_of ? writer.add_one_of(test) : writer.add(test));
        all = all ? writer.join_and(*all, next) : next;
    }
    MB_TRY(auto condition, writer.finish());
    return std::optional<Condition>(std::move(condition));
}

}  // namespace

base::Result<Selection> Statement::selection(const KeySchema& keys) const {
    const Source source{*tree_, parameters_};
    KeyPlan plan;
    if (tree_->where) {
        MB_TRY(plan, plan_keys(source, keys));
    }
    if (!tree_->order.empty()) {
        MB_TRY_STATUS(check_order(*tree_, keys, plan));
    }
    sort_ranges(*tree_, keys, plan.ranges);
    Selection selection;
    MB_TRY(selection.filter, make_filter(source, plan.further));
    selection.descending = keys.range && is_descending(*tree_, keys.range->name);
    if (plan.ranges.empty()) {
        return selection;
    }
    selection.ranges.emplace();
    for (const PlannedRange& range : plan.ranges) {
        selection.ranges->push_back(key_range(keys, range));
    }
    selection.filters_keyed = plan.conjunction;
    if (plan.conjunction) {
        for (const NodeId test : plan.further) {
            collect_heads(*tree_, test, selection.filter_attributes);
        }
    }
    selection.key_only = plan.conjunction && plan.exact && plan.further.empty() &&
                         selection.ranges->front().key.has_value();
    return selection;
}

base::Result<std::optional<Projection>> Statement::projection() const {
    if (tree_->everything) {
        return std::optional<Projection>();
    }
    SyntaxBuilder builder;
    for (const NodeId column : tree_->columns) {
        if (!is_path(*tree_, column)) {
            return refuse("Unexpected path component at " + to_string(tree_->at(column).spot));
        }
        MB_TRY(const Path path, add_path(builder, *tree_, column));
        builder.syntax().paths.push_back(path);
    }
    MB_TRY(auto placeholders, builder.placeholders());
    MB_TRY(auto projection, Projection::bind_columns(builder.finish(), placeholders));
    return std::optional<Projection>(std::move(projection));
}

}  // namespace millbeck::capture::expression::partiql
