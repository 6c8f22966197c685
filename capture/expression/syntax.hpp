// What an expression says, as the parser understood it: flat arrays of small variants. Names and
// values behind `#n` and `:v` are not known here, so one parse serves every request with its text.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace millbeck::capture::expression {

// Statement: a part of a PartiQL statement, whose errors name no expression.
enum class Kind : std::uint8_t { Condition, Filter, KeyCondition, Update, Projection, Statement };
std::string_view to_string(Kind kind);  // "ConditionExpression", ...

// Limits of the service. Source: ServiceQuotas, "Expression parameters".
inline constexpr std::uint32_t kExpressionBytesMax = 4096;
inline constexpr std::uint32_t kOperatorsMax = 300;
inline constexpr std::uint32_t kInOperandsMax = 100;
inline constexpr std::uint32_t kPathElementsMax = 32;

// A part of Syntax::text.
struct Slice {
    std::uint32_t begin = 0;
    std::uint32_t end = 0;
};

// ---- document paths
struct LiteralName {
    Slice text;
};
struct NameSlot {
    std::uint32_t slot = 0;  // of Syntax::placeholders
};
struct ListIndex {
    std::uint32_t index = 0;
};
using PathElement = std::variant<LiteralName, NameSlot, ListIndex>;
struct Path {
    std::uint32_t first = 0;  // of Syntax::elements
    std::uint32_t count = 0;
};

// ---- operands; a number stands for a place in Syntax::operands
struct ValueSlot {
    std::uint32_t slot = 0;  // of Syntax::placeholders
};
struct Size {
    std::uint32_t operand = 0;
};
struct IfNotExists {
    Path path;
    std::uint32_t otherwise = 0;
};
struct ListAppend {
    std::uint32_t front = 0;
    std::uint32_t back = 0;
};
enum class Sign : std::uint8_t { Plus, Minus };
struct Sum {
    Sign sign = Sign::Plus;
    std::uint32_t left = 0;
    std::uint32_t right = 0;
};
using Operand = std::variant<Path, ValueSlot, Size, IfNotExists, ListAppend, Sum>;

// ---- conditions; children stand before their parent in Syntax::nodes, the root is last
enum class Comparator : std::uint8_t {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual
};
std::string_view to_string(Comparator comparator);  // "=", "<>", ...
enum class Function : std::uint8_t {
    AttributeExists,
    AttributeNotExists,
    AttributeType,
    BeginsWith,
    Contains
};
std::string_view to_string(Function function);  // "attribute_exists", ...

struct Comparison {
    Comparator comparator = Comparator::Equal;
    std::uint32_t left = 0;
    std::uint32_t right = 0;
};
struct Between {
    std::uint32_t value = 0;
    std::uint32_t low = 0;
    std::uint32_t high = 0;
};
struct In {
    std::uint32_t value = 0;
    std::uint32_t first = 0;  // of Syntax::operand_lists
    std::uint32_t count = 0;
};
struct FunctionTest {
    Function function = Function::AttributeExists;
    std::uint32_t first = 0;
    std::uint32_t second = 0;  // not for the functions of one operand
};
struct Not {
    std::uint32_t node = 0;
};
struct And {
    std::uint32_t left = 0;
    std::uint32_t right = 0;
};
struct Or {
    std::uint32_t left = 0;
    std::uint32_t right = 0;
};
using ConditionNode = std::variant<Comparison, Between, In, FunctionTest, Not, And, Or>;

// ---- updates
enum class Clause : std::uint8_t { Set, Remove, Add, Delete };
std::string_view to_string(Clause clause);  // "SET", ...
struct Action {
    Clause clause = Clause::Set;
    Path path;
    std::uint32_t value = 0;  // of Syntax::operands; not for Remove
};

// Invariants: every number above points to where something stands; operands and nodes form trees.
struct Syntax {
    std::string text;
    std::vector<Slice> placeholders;  // `#n` and `:v`, each once, in order of appearance
    std::vector<PathElement> elements;
    std::vector<Operand> operands;
    std::vector<std::uint32_t> operand_lists;
    std::vector<ConditionNode> nodes;  // of the three kinds of condition
    std::vector<Action> actions;       // of an update, in the order written
    std::vector<Path> paths;           // of a projection

    [[nodiscard]] std::string_view slice(Slice slice) const {
        return std::string_view(text).substr(slice.begin, slice.end - slice.begin);
    }
    // Bytes of memory it holds, for the cache.
    [[nodiscard]] std::size_t memory_bytes() const;
};

// In the order written; none of a node of nodes.
std::vector<std::uint32_t> operands_of(const Syntax& syntax, const ConditionNode& node);

}  // namespace millbeck::capture::expression
