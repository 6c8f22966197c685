// Makes the syntax of an expression by hand: for parameters that are no text. Internal to this
// folder.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "capture/expression/placeholders.hpp"
#include "capture/expression/syntax.hpp"

namespace millbeck::capture::expression {

// Names and values become placeholders `#0`, `:1`, ..., each its own.
// Threads: one.
class SyntaxBuilder {
  public:
    Path name(std::string_view attribute);
    std::uint32_t path(std::string_view attribute);        // as an operand
    std::uint32_t value(std::string_view canonical_text);  // as an operand
    std::uint32_t operand(const Operand& operand);
    std::uint32_t node(const ConditionNode& node);
    [[nodiscard]] Syntax& syntax() { return syntax_; }

    // What stands behind the placeholders.
    base::Result<Placeholders> placeholders();
    std::shared_ptr<const Syntax> finish();

  private:
    std::uint32_t placeholder(char sigil);
    [[nodiscard]] std::string last_key() const;

    Syntax syntax_;
    std::vector<PlaceholderName> names_;
    std::string values_ = "{";
};

}  // namespace millbeck::capture::expression
