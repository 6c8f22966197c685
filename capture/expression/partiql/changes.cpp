#include "capture/expression/partiql/changes.hpp"

#include "capture/expression/partiql/paths.hpp"

namespace millbeck::capture::expression::partiql {
namespace {

using base::Code;
using base::fail;
using base::Status;

tl::unexpected<base::Error> refuse(std::string message) {
    return fail(Code::Invalid, std::move(message));
}

tl::unexpected<base::Error> refuse_at(std::string message, const Node& node) {
    return refuse(message.append(" at ").append(to_string(node.spot)));
}

bool is_set_value(std::string_view canonical) {
    return canonical.starts_with(R"({"SS")") || canonical.starts_with(R"({"NS")") ||
           canonical.starts_with(R"({"BS")");
}

// Recursion is as deep as the tree.
class ChangeWriter {
  public:
    explicit ChangeWriter(const Source& source) : source_(source), tree_(source.tree) {}

    base::Result<Update> write() {
        for (const Change& change : tree_.changes) {
            MB_TRY(const Action action, action_of(change));
            builder_.syntax().actions.push_back(action);
        }
        MB_TRY(auto placeholders, builder_.placeholders());
        return Update::bind(builder_.finish(), placeholders, UpdateStyle::Statement);
    }

  private:
    using Added = base::Result<std::uint32_t>;

    base::Result<Action> action_of(const Change& change) {
        const Node& value = tree_.at(change.value);
        if (!change.remove && value.type == NodeType::Call &&
            (value.text == "set_add" || value.text == "set_delete")) {
            return set_action_of(change, value);
        }
        Action action;
        MB_TRY(action.path, add_path(builder_, tree_, change.target));
        if (change.remove) {
            action.clause = Clause::Remove;
            return action;
        }
        MB_TRY(action.value, add_operand(change.value));
        return action;
    }

    // `a = set_add(a, <<1>>)` is an ADD, and set_delete a DELETE.
    base::Result<Action> set_action_of(const Change& change, const Node& call) {
        const bool add = call.text == "set_add";
        const std::string name = add ? "SET_ADD" : "SET_DELETE";
        if (call.children.size() != 2) {
            return refuse_at(name + " must have exactly two arguments", call);
        }
        if (!is_path(tree_, call.children[0]) ||
            !same_path(tree_, call.children[0], change.target)) {
            return refuse_at("The first argument to " + name + " must equal the assignment value",
                             call);
        }
        const auto not_a_set = [&] {
            return refuse_at("The second argument to " + name + " must be a value with type SET",
                             tree_.at(call.children[0]));
        };
        if (!is_value(tree_, call.children[1])) {
            return not_a_set();
        }
        MB_TRY(const std::string value, value_of(source_, call.children[1]));
        if (!is_set_value(value)) {
            return not_a_set();
        }
        Action action;
        action.clause = add ? Clause::Add : Clause::Delete;
        MB_TRY(action.path, add_path(builder_, tree_, change.target));
        action.value = builder_.value(value);
        return action;
    }

    Added add_operand(NodeId id) {
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
        return node.type == NodeType::Call ? add_call(node) : add_sum(node);
    }

    Added add_sum(const Node& node) {
        if (node.text == "is" || node.text == "is not") {
            return refuse("IS operator is not supported in update expressions");
        }
        if (node.text != "+" && node.text != "-") {
            return refuse("Unsupported operator in Update Expression. Operator: " + node.text);
        }
        MB_TRY_STATUS(check_operands(node, 2));
        MB_TRY_STATUS(count_operator());
        Sum sum{node.text == "+" ? Sign::Plus : Sign::Minus, 0, 0};
        MB_TRY(sum.left, add_operand(node.children[0]));
        MB_TRY(sum.right, add_operand(node.children[1]));
        return builder_.operand(sum);
    }

    Added add_call(const Node& node) {
        if (node.text == "list_append") {
            MB_TRY_STATUS(check_operands(node, 2));
            ListAppend append;
            MB_TRY(append.front, add_operand(node.children[0]));
            MB_TRY(append.back, add_operand(node.children[1]));
            return builder_.operand(append);
        }
        if (node.text == "if_not_exists") {
            MB_TRY_STATUS(check_operands(node, 2));
            if (!is_path(tree_, node.children[0])) {
                return refuse(
                    "Operator or function requires a document path; operator or function: "
                    "if_not_exists");
            }
            IfNotExists defaulted;
            MB_TRY(defaulted.path, add_path(builder_, tree_, node.children[0]));
            MB_TRY(defaulted.otherwise, add_operand(node.children[1]));
            return builder_.operand(defaulted);
        }
        for (const std::string_view other : {"size", "contains", "begins_with", "attribute_type",
                                             "attribute_exists", "attribute_not_exists"}) {
            if (node.text == other) {
                return refuse("The function is not allowed in an update expression; function: " +
                              node.text);
            }
        }
        return refuse_at("Unrecognized function: " + node.text, node);
    }

    static Status check_operands(const Node& node, std::size_t wanted) {
        if (node.children.size() == wanted) {
            return {};
        }
        return refuse(
            "Incorrect number of operands for operator or function; operator or function: " +
            node.text + ", number of operands: " + std::to_string(node.children.size()));
    }

    Status count_operator() {
        if (++operators_ <= kOperatorsMax) {
            return {};
        }
        return refuse("The expression contains too many operators; operator count: " +
                      std::to_string(operators_));
    }

    const Source& source_;
    const Tree& tree_;
    SyntaxBuilder builder_;
    std::uint32_t operators_ = 0;
};

}  // namespace

base::Result<Update> update_of(const Source& source) {
    return ChangeWriter(source).write();
}

}  // namespace millbeck::capture::expression::partiql
