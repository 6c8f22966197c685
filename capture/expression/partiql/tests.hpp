// The tests of a WHERE clause as syntax of a condition. Internal to this folder.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.hpp"
#include "capture/expression/condition.hpp"
#include "capture/expression/partiql/values.hpp"
#include "capture/expression/syntax_builder.hpp"

namespace millbeck::capture::expression::partiql {

// Adds tests to one condition; what add() and the others return stands for a node of its syntax.
// Errors: Invalid, with the service's texts; the depth of recursion is the tree's.
// Threads: one. Borrows the source.
class TestWriter {
  public:
    explicit TestWriter(const Source& source) : source_(source), tree_(source.tree) {}

    base::Result<std::uint32_t> add(NodeId test);
    // One of several that are joined, which must be a test by its looks already.
    base::Result<std::uint32_t> add_one_of(NodeId test);
    std::uint32_t add_exists(std::string_view attribute, Function exists);
    std::uint32_t join_and(std::uint32_t left, std::uint32_t right);
    std::uint32_t join_or(std::uint32_t left, std::uint32_t right);

    // The last one added is the condition.
    base::Result<Condition> finish();

  private:
    using Added = base::Result<std::uint32_t>;

    Added add_joined(const Node& node);
    Added add_comparison(const Node& node, Comparator comparator);
    Added add_truth(NodeId test, NodeId truth, Comparator comparator);
    Added add_between(const Node& node);
    Added add_in(const Node& node);
    Added add_is(const Node& node);
    Added add_call(const Node& node);
    Added add_operand(NodeId id);
    Added add_size(const Node& node);
    Added negated(bool negate, Added test);
    [[nodiscard]] bool is_test(NodeId id) const;
    base::Status count_operator();

    const Source source_;
    const Tree& tree_;
    SyntaxBuilder builder_;
    std::uint32_t operators_ = 0;
};

}  // namespace millbeck::capture::expression::partiql
