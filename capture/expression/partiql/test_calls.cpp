// IS and the functions of a WHERE clause.
#include <array>

#include "capture/expression/partiql/paths.hpp"
#include "capture/expression/partiql/tests.hpp"

namespace millbeck::capture::expression::partiql {
namespace {

using base::Code;
using base::fail;
using base::Status;

// The types IS knows, as those of attributes. Source: the text that lists them.
struct NamedType {
    std::string_view name;
    std::string_view type;
};
constexpr std::array kTypes{
    NamedType{"NULL", "NULL"}, NamedType{"BOOLEAN", "BOOL"}, NamedType{"BOOL", "BOOL"},
    NamedType{"BLOB", "B"},    NamedType{"STRING", "S"},     NamedType{"NUMERIC", "N"},
    NamedType{"STRUCT", "M"},  NamedType{"TUPLE", "M"},      NamedType{"LIST", "L"}};
// What other types are called in a refusal, where that is not what was written.
constexpr std::array kAliases{NamedType{"INT", "INTEGER"},
                              NamedType{"INT4", "INTEGER4"},
                              NamedType{"INT8", "INTEGER8"},
                              NamedType{"BIGINT", "INTEGER8"},
                              NamedType{"INT2", "SMALLINT"},
                              NamedType{"DEC", "DECIMAL"},
                              NamedType{"CHAR", "CHARACTER"},
                              NamedType{"INTEGER2", "SMALLINT"},
                              NamedType{"VARCHAR", "CHARACTER_VARYING"}};

struct NamedFunction {
    std::string_view name;
    Function function;
    std::size_t operands;
};
constexpr std::array kFunctions{
    NamedFunction{"attribute_exists", Function::AttributeExists, 1},
    NamedFunction{"attribute_not_exists", Function::AttributeNotExists, 1},
    NamedFunction{"attribute_type", Function::AttributeType, 2},
    NamedFunction{"begins_with", Function::BeginsWith, 2},
    NamedFunction{"contains", Function::Contains, 2}};

tl::unexpected<base::Error> refuse(std::string message) {
    return fail(Code::Invalid, std::move(message));
}

Status check_operands(const Node& call, std::size_t wanted) {
    if (call.children.size() == wanted) {
        return {};
    }
    return refuse("Incorrect number of operands for operator or function; operator or function: " +
                  call.text + ", number of operands: " + std::to_string(call.children.size()));
}

}  // namespace

TestWriter::Added TestWriter::add_is(const Node& node) {
    const NodeId operand = node.children[0];
    const Node& type = tree_.at(node.children[1]);
    if (!is_path(tree_, operand) && !is_value(tree_, operand)) {
        return refuse(
            "The left hand side argument to IS must be a Variable Reference, Literal, or Path");
    }
    MB_TRY_STATUS(count_operator());
    MB_TRY(const std::uint32_t first, add_operand(operand));
    if (type.text == "MISSING") {
        if (!is_path(tree_, operand)) {
            return refuse(
                "Operator or function requires a document path; operator or function: "
                "attribute_not_exists");
        }
        return builder_.node(FunctionTest{Function::AttributeNotExists, first, first});
    }
    for (const NamedType& known : kTypes) {
        if (known.name == type.text) {
            const std::string name = R"({"S":")" + std::string(known.type) + "\"}";
            return builder_.node(
                FunctionTest{Function::AttributeType, first, builder_.value(name)});
        }
    }
    std::string name = type.text;
    for (const NamedType& alias : kAliases) {
        name = alias.name == type.text ? alias.type : name;
    }
    return refuse("Unsupported data type for IS operator: " + name +
                  ". Supported data types are [MISSING, NULL, BOOLEAN, BLOB, STRING, NUMERIC, "
                  "STRUCT, TUPLE, LIST] at " +
                  to_string(node.spot));
}

TestWriter::Added TestWriter::add_call(const Node& node) {
    if (node.text == "size") {
        return refuse("WHERE clause must contain an expression that resolves to a boolean");
    }
    for (const NamedFunction& named : kFunctions) {
        if (named.name != node.text) {
            continue;
        }
        MB_TRY_STATUS(check_operands(node, named.operands));
        if (named.operands == 1 && !is_path(tree_, node.children[0])) {
            return refuse("Operator or function requires a document path; operator or function: " +
                          node.text);
        }
        FunctionTest test{named.function, 0, 0};
        MB_TRY(test.first, add_operand(node.children.front()));
        test.second = test.first;
        if (named.operands == 2) {
            MB_TRY(test.second, add_operand(node.children.back()));
        }
        return builder_.node(test);
    }
    return refuse("Unrecognized function: " + node.text + " at " + to_string(node.spot));
}

TestWriter::Added TestWriter::add_size(const Node& node) {
    MB_TRY_STATUS(check_operands(node, 1));
    if (!is_path(tree_, node.children[0]) && !is_value(tree_, node.children[0])) {
        return refuse("Operator or function requires a document path; operator or function: size");
    }
    MB_TRY(const std::uint32_t operand, add_operand(node.children[0]));
    return builder_.operand(Size{operand});
}

}  // namespace millbeck::capture::expression::partiql
