// A parsed expression together with what its placeholders stand for in one request.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "capture/expression/item_text.hpp"
#include "capture/expression/placeholders.hpp"
#include "capture/expression/syntax.hpp"

namespace millbeck::capture::expression {

// One step of a path, resolved: a name when `name.plain` is not empty, else a list index.
struct Step {
    AttributeName name;
    std::uint32_t index = 0;

    [[nodiscard]] bool is_name() const { return !name.plain.empty(); }
    friend bool operator==(const Step& a, const Step& b) {
        return a.name.plain == b.name.plain && a.index == b.index;
    }
};
using Steps = std::vector<Step>;

// Keeps syntax and placeholders alive; views stay valid as long as any copy of it does.
// Threads: any.
class Bindings {
  public:
    // Invalid, without the name of the expression in front: a placeholder is not defined.
    static base::Result<Bindings> bind(std::shared_ptr<const Syntax> syntax,
                                       Placeholders& placeholders);

    // What stands before the first placeholder that is not defined; see is_bound().
    static Bindings bind_defined(std::shared_ptr<const Syntax> syntax, Placeholders& placeholders);

    // Of an expression that says nothing.
    static Bindings none();

    [[nodiscard]] const Syntax& syntax() const { return *syntax_; }
    [[nodiscard]] bool is_complete() const { return slots_.size() == syntax_->placeholders.size(); }
    // Whether all placeholders of a condition's operand are bound; the others must not be asked
    // for.
    [[nodiscard]] bool is_bound(std::uint32_t operand) const;
    [[nodiscard]] const Operand& operand(std::uint32_t at) const { return syntax_->operands[at]; }
    [[nodiscard]] Step step(const PathElement& element) const;
    [[nodiscard]] Steps steps(Path path) const;
    [[nodiscard]] ValueView value(ValueSlot slot) const;
    [[nodiscard]] std::uint32_t value_size_bytes(ValueSlot slot) const;

    // What the item has at the path; absent when it has nothing there.
    [[nodiscard]] ValueView find(Path path, std::string_view item) const;

    [[nodiscard]] bool same_path(Path a, Path b) const;
    [[nodiscard]] std::string_view head(Path path) const;  // unescaped name of the attribute

  private:
    std::shared_ptr<const Syntax> syntax_;
    std::shared_ptr<const PlaceholderTable> table_;
    std::vector<std::uint32_t> slots_;  // by placeholder: its place in the table
};

// `[a, b, [1]]`, as the service prints paths.
std::string describe(const Steps& steps);

// `Invalid ConditionExpression: ...`, of a statement the message alone.
tl::unexpected<base::Error> invalid_expression(Kind kind, std::string_view message);

}  // namespace millbeck::capture::expression
