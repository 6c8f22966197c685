#include "capture/expression/partiql/key_tests.hpp"

#include <array>

#include "capture/expression/compare.hpp"
#include "capture/expression/item_text.hpp"
#include "capture/expression/partiql/paths.hpp"

namespace millbeck::capture::expression::partiql {
namespace {

using base::Code;
using base::fail;
using base::Status;

struct Ordering {
    std::string_view text;
    KeyOperator op;
    KeyOperator turned;  // `1 < a` says `a > 1`
};
constexpr std::array kOrderings{
    Ordering{"=", KeyOperator::Equal, KeyOperator::Equal},
    Ordering{"<", KeyOperator::Less, KeyOperator::Greater},
    Ordering{"<=", KeyOperator::LessOrEqual, KeyOperator::GreaterOrEqual},
    Ordering{">", KeyOperator::Greater, KeyOperator::Less},
    Ordering{">=", KeyOperator::GreaterOrEqual, KeyOperator::LessOrEqual}};

const KeyAttribute* key_named(const KeySchema& keys, std::optional<std::string_view> name) {
    if (name == keys.hash.name) {
        return &keys.hash;
    }
    return keys.range && name == keys.range->name ? &*keys.range : nullptr;
}

// The key attribute that the test is about, and what it is compared with.
struct Shape {
    const KeyAttribute* key = nullptr;
    KeyOperator op = KeyOperator::Equal;
    std::vector<NodeId> values;
};

Shape shape_of(const Tree& tree, const KeySchema& keys, const Node& node) {
    if (node.type == NodeType::Call && node.text == "begins_with" && node.children.size() == 2) {
        return {key_named(keys, attribute_of(tree, node.children[0])),
                KeyOperator::BeginsWith,
                {node.children[1]}};
    }
    if (node.type != NodeType::Operation) {
        return {};
    }
    if (node.text == "between") {
        return {key_named(keys, attribute_of(tree, node.children[0])),
                KeyOperator::Between,
                {node.children[1], node.children[2]}};
    }
    for (const Ordering& ordering : kOrderings) {
        if (ordering.text != node.text || node.children.size() != 2) {
            continue;
        }
        if (const auto* key = key_named(keys, attribute_of(tree, node.children[0]))) {
            return {key, ordering.op, {node.children[1]}};
        }
        return {key_named(keys, attribute_of(tree, node.children[1])),
                ordering.turned,
                {node.children[0]}};
    }
    return {};
}

void collect(const Tree& tree, NodeId node, std::vector<NodeId>& found) {
    if (!tree.is(node, "and")) {
        found.push_back(node);
        return;
    }
    for (const NodeId child : tree.at(node).children) {
        collect(tree, child, found);
    }
}

// `pk.a = 1`: a key has no inside.
Status check_no_inside(const Tree& tree, const KeySchema& keys, const Node& node) {
    if (node.type != NodeType::Operation || node.text != "=") {
        return {};
    }
    for (const NodeId side : node.children) {
        if (tree.at(side).type == NodeType::Path &&
            key_named(keys, head_of(tree, side)) != nullptr) {
            return fail(Code::Invalid,
                        "Key attributes must be scalars; list random access '[]' and map lookup "
                        "'.' are not allowed: Key " +
                            std::string(head_of(tree, side)));
        }
    }
    return {};
}

}  // namespace

std::vector<NodeId> conjuncts_of(const Tree& tree, NodeId where) {
    std::vector<NodeId> found;
    collect(tree, where, found);
    return found;
}

Status check_key_value(const KeyAttribute& key, std::string_view value) {
    const ValueView view(value);
    if (view.type != key.type) {
        return fail(Code::Invalid,
                    "Key attribute's data type should match its data type in table's schema: Key " +
                        key.name);
    }
    if (content_of(view).empty()) {
        const char* kind = key.type == shardlog::AttributeType::B ? "binary" : "string";
        return fail(
            Code::Invalid,
            std::string("One or more parameter values are not valid. The AttributeValue for "
                        "a key attribute cannot contain an empty ") +
                kind + " value. Key: " + key.name);
    }
    return {};
}

base::Result<std::optional<KeyTest>> key_test(const Source& source, const KeySchema& keys,
                                              NodeId node) {
    const Shape shape = shape_of(source.tree, keys, source.tree.at(node));
    const bool hash = shape.key == &keys.hash;
    if (shape.key == nullptr || (hash && shape.op != KeyOperator::Equal) ||
        (shape.op == KeyOperator::BeginsWith && shape.key->type == shardlog::AttributeType::N)) {
        return std::optional<KeyTest>();
    }
    std::vector<std::string> values;
    for (const NodeId value : shape.values) {
        if (!is_value(source.tree, value)) {
            return std::optional<KeyTest>();
        }
        MB_TRY(values.emplace_back(), value_of(source, value));
    }
    if (shape.op == KeyOperator::BeginsWith && ValueView(values[0]).type != shape.key->type) {
        return std::optional<KeyTest>();
    }
    for (const std::string& value : values) {
        MB_TRY_STATUS(check_key_value(*shape.key, value));
    }
    if (shape.op == KeyOperator::Between &&
        order_values(ValueView(values[0]), ValueView(values[1])) > 0) {
        return std::optional<KeyTest>();  // as a test of items it is refused in words
    }
    KeyTest test{hash ? KeyRole::Hash : KeyRole::Range,
                 {shape.key->name, shape.op, values.front(), ""}};
    if (shape.op == KeyOperator::Between) {
        test.term.second = values.back();
    }
    return std::optional<KeyTest>(std::move(test));
}

base::Result<std::vector<KeyTest>> key_choices(const Source& source, const KeySchema& keys,
                                               NodeId node) {
    std::vector<KeyTest> choices;
    if (!source.tree.is(node, "in")) {
        return choices;
    }
    const Node& in = source.tree.at(node);
    const KeyAttribute* key = key_named(keys, attribute_of(source.tree, in.children[0]));
    const Node& candidates = source.tree.at(in.children[1]);
    if (key == nullptr || (candidates.type != NodeType::List && candidates.type != NodeType::Bag)) {
        return choices;
    }
    for (const NodeId candidate : candidates.children) {
        if (!is_value(source.tree, candidate)) {
            return std::vector<KeyTest>();
        }
        MB_TRY(std::string value, value_of(source, candidate));
        MB_TRY_STATUS(check_key_value(*key, value));
        choices.push_back({key == &keys.hash ? KeyRole::Hash : KeyRole::Range,
                           {key->name, KeyOperator::Equal, std::move(value), ""}});
    }
    return choices;
}

base::Result<NamedItem> find_item(const Source& source, const KeySchema& keys) {
    NamedItem found;
    const std::vector<NodeId> tests =
        source.tree.where ? conjuncts_of(source.tree, *source.tree.where) : std::vector<NodeId>();
    for (const NodeId node : tests) {
        MB_TRY_STATUS(check_no_inside(source.tree, keys, source.tree.at(node)));
        MB_TRY(auto test, key_test(source, keys, node));
        if (!test || test->term.op != KeyOperator::Equal) {
            found.further.push_back(node);
            continue;
        }
        std::string& value = test->role == KeyRole::Hash ? found.hash : found.range;
        if (!value.empty() && value != test->term.first) {
            return fail(Code::Invalid, "Multiple conditions on same key " + test->term.attribute +
                                           ". Only single item Update/Insert/Delete are supported");
        }
        value = std::move(test->term.first);
    }
    if (found.hash.empty() || (keys.range && found.range.empty())) {
        return fail(Code::Invalid,
                    "Where clause does not contain a mandatory equality on all key attributes");
    }
    return found;
}

}  // namespace millbeck::capture::expression::partiql
