#include "capture/expression/partiql/tests.hpp"

#include <array>

#include "capture/expression/partiql/paths.hpp"

namespace millbeck::capture::expression::partiql {
namespace {

using base::Code;
using base::fail;
using base::Status;

struct NamedComparator {
    std::string_view text;
    Comparator comparator;
};
constexpr std::array kComparators{
    NamedComparator{"=", Comparator::Equal},   NamedComparator{"<>", Comparator::NotEqual},
    NamedComparator{"<", Comparator::Less},    NamedComparator{"<=", Comparator::LessOrEqual},
    NamedComparator{">", Comparator::Greater}, NamedComparator{">=", Comparator::GreaterOrEqual}};

tl::unexpected<base::Error> refuse(std::string message) {
    return fail(Code::Invalid, std::move(message));
}

}  // namespace

Status TestWriter::count_operator() {
    if (++operators_ <= kOperatorsMax) {
        return {};
    }
    return refuse("The expression contains too many operators; operator count: " +
                  std::to_string(operators_));
}

// Whether it can only be true or false.
bool TestWriter::is_test(NodeId id) const {
    const Node& node = tree_.at(id);
    if (node.type == NodeType::Call) {
        return node.text != "size";
    }
    return node.type == NodeType::Operation && node.text != "+" && node.text != "-" &&
           node.text != "*" && node.text != "/" && node.text != "%" && node.text != "||";
}

TestWriter::Added TestWriter::add(NodeId test) {
    const Node& node = tree_.at(test);
    if (node.type == NodeType::Call) {
        return add_call(node);
    }
    if (node.type != NodeType::Operation) {
        return refuse("WHERE clause must contain an expression that resolves to a boolean");
    }
    if (node.text == "and" || node.text == "or") {
        return add_joined(node);
    }
    if (node.text == "not") {
        if (!is_test(node.children[0])) {
            return refuse("The argument to NOT must be a Type or Expression");
        }
        MB_TRY_STATUS(count_operator());
        return negated(true, add(node.children[0]));
    }
    if (node.text == "is" || node.text == "is not") {
        return negated(node.text == "is not", add_is(node));
    }
    if (node.text == "in" || node.text == "not in") {
        return negated(node.text == "not in", add_in(node));
    }
    if (node.text == "between" || node.text == "not between") {
        return negated(node.text == "not between", add_between(node));
    }
    for (const NamedComparator& named : kComparators) {
        if (named.text == node.text) {
            return add_comparison(node, named.comparator);
        }
    }
    return refuse("Unsupported operator in Condition Expression. Operator: " + node.text);
}

TestWriter::Added TestWriter::add_one_of(NodeId test) {
    return is_test(test) ? add(test) : Added(refuse("The arguments to AND/OR must be Expressions"));
}

TestWriter::Added TestWriter::add_joined(const Node& node) {
    MB_TRY(std::uint32_t joined, add_one_of(node.children[0]));
    for (std::size_t i = 1; i < node.children.size(); ++i) {
        MB_TRY_STATUS(count_operator());
        MB_TRY(const std::uint32_t next, add_one_of(node.children[i]));
        joined = node.text == "and" ? join_and(joined, next) : join_or(joined, next);
    }
    return joined;
}

TestWriter::Added TestWriter::negated(bool negate, Added test) {
    return !test || !negate ? test : Added(builder_.node(Not{*test}));
}

TestWriter::Added TestWriter::add_comparison(const Node& node, Comparator comparator) {
    const NodeId left = node.children[0];
    const NodeId right = node.children[1];
    const bool equality = comparator == Comparator::Equal || comparator == Comparator::NotEqual;
    if (equality && is_test(left) && tree_.at(right).type == NodeType::Boolean) {
        return add_truth(left, right, comparator);
    }
    if (equality && is_test(right) && tree_.at(left).type == NodeType::Boolean) {
        return add_truth(right, left, comparator);
    }
    MB_TRY_STATUS(count_operator());
    Comparison comparison{comparator, 0, 0};
    MB_TRY(comparison.left, add_operand(left));
    MB_TRY(comparison.right, add_operand(right));
    return builder_.node(comparison);
}

// `attribute_exists(a) = true`
TestWriter::Added TestWriter::add_truth(NodeId test, NodeId truth, Comparator comparator) {
    MB_TRY_STATUS(count_operator());
    const bool wanted = tree_.at(truth).text == "true";
    return negated(wanted != (comparator == Comparator::Equal), add(test));
}

TestWriter::Added TestWriter::add_between(const Node& node) {
    MB_TRY_STATUS(count_operator());
    Between between;
    MB_TRY(between.value, add_operand(node.children[0]));
    MB_TRY(between.low, add_operand(node.children[1]));
    MB_TRY(between.high, add_operand(node.children[2]));
    return builder_.node(between);
}

TestWriter::Added TestWriter::add_in(const Node& node) {
    const Node& candidates = tree_.at(node.children[1]);
    if ((candidates.type != NodeType::List && candidates.type != NodeType::Bag) ||
        candidates.children.empty()) {
        return refuse(
            "IN operator must have a left hand argument of type Variable Reference and right hand "
            "argument of type Seq with at least one member");
    }
    if (candidates.children.size() > kInOperandsMax) {
        return refuse("The IN operator is provided with too many operands; number of operands: " +
                      std::to_string(candidates.children.size()));
    }
    MB_TRY_STATUS(count_operator());
    In in;
    MB_TRY(in.value, add_operand(node.children[0]));
    std::vector<std::uint32_t> operands;
    for (const NodeId candidate : candidates.children) {
        MB_TRY(operands.emplace_back(), add_operand(candidate));
    }
    auto& lists = builder_.syntax().operand_lists;
    in.first = static_cast<std::uint32_t>(lists.size());
    in.count = static_cast<std::uint32_t>(operands.size());
    lists.insert(lists.end(), operands.begin(), operands.end());
    return builder_.node(in);
}

TestWriter::Added TestWriter::add_operand(NodeId id) {
    const Node& node = tree_.at(id);
    if (is_path(tree_, id)) {
        MB_TRY(const Path path, add_path(builder_, tree_, id));
        return builder_.operand(path);
    }
    if (is_value(tree_, id)) {
        MB_TRY(const std::string value, value_of(source_, id));
        return builder_.value(value);
    }
    if (node.type == NodeType::Missing) {
        return refuse("MISSING must be compared using IS operator");
    }
    if (node.type == NodeType::Call) {
        return node.text == "size" ? add_size(node)
                                   : Added(refuse("Unrecognized function: " + node.text + " at " +
                                                  to_string(node.spot)));
    }
    return refuse("Unsupported operator in Condition Expression. Operator: " + node.text);
}

std::uint32_t TestWriter::add_exists(std::string_view attribute, Function exists) {
    const std::uint32_t path = builder_.path(attribute);
    return builder_.node(FunctionTest{exists, path, path});
}

std::uint32_t TestWriter::join_and(std::uint32_t left, std::uint32_t right) {
    return builder_.node(And{left, right});
}

std::uint32_t TestWriter::join_or(std::uint32_t left, std::uint32_t right) {
    return builder_.node(Or{left, right});
}

base::Result<Condition> TestWriter::finish() {
    MB_TRY(auto placeholders, builder_.placeholders());
    return Condition::bind(Kind::Statement, builder_.finish(), placeholders);
}

}  // namespace millbeck::capture::expression::partiql
