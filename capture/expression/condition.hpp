// ConditionExpression, FilterExpression and the raw form of KeyConditionExpression, with their
// legacy counterparts: does an item match? Pure; items are canonical text and are never parsed.
#pragma once

#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "capture/expression/bindings.hpp"
#include "capture/expression/expression_cache.hpp"
#include "capture/table.hpp"

namespace millbeck::capture::expression {

// Moves and copies freely; holds what its placeholders stand for.
// Threads: any.
// Errors:  Invalid, with the service's text.
class Condition {
  public:
    // Parses (or takes from the cache), fills in the placeholders and checks all that can be
    // checked without an item: functions, operand types, bounds.
    static base::Result<Condition> parse(Kind kind, std::string_view text, ExpressionCache& cache,
                                         Placeholders& placeholders);
    static base::Result<Condition> bind(Kind kind, const std::shared_ptr<const Syntax>& syntax,
                                        Placeholders& placeholders);

    // `item`: canonical text, or "" where there is none.
    // Source: Developer guide, "Comparison operator and function reference"; a missing attribute
    // makes every comparison false but `<>`, as does a value of another type.
    [[nodiscard]] bool matches(std::string_view item) const;

    // No path may look inside a key attribute, of an index either: `Key attributes must be
    // scalars; ...`.
    [[nodiscard]] base::Status check_key_paths(const KeySchema& keys,
                                               std::span<const KeySchema> index_keys = {}) const;
    // A Query's filter may not name the keys: `Filter Expression can only contain non-primary ...`,
    // and `QueryFilter can only ...` of one from before expressions.
    [[nodiscard]] base::Status check_filter_keys(const KeySchema& keys) const;

    // The attributes it looks at, each once, as they come.
    [[nodiscard]] std::vector<std::string_view> attributes() const;

    [[nodiscard]] const Bindings& bindings() const { return bindings_; }

  private:
    Condition(Kind kind, Bindings bindings) : bindings_(std::move(bindings)), kind_(kind) {}

    Bindings bindings_;
    Kind kind_;
};

}  // namespace millbeck::capture::expression
