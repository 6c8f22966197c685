// UpdateExpression and AttributeUpdates: from the item as it is to the item as it shall be. The new
// text is spliced from the old one and from what changes. Pure.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "capture/expression/bindings.hpp"
#include "capture/expression/expression_cache.hpp"
#include "capture/table.hpp"
#include "shardlog/record.hpp"

namespace millbeck::capture::expression {

// The item after an update; text is "" when there is none, before as after.
struct Updated {
    std::string text;
    std::uint32_t size_bytes = 0;

    [[nodiscard]] shardlog::ItemView view() const { return {text, size_bytes}; }
};

// Which texts its errors have: those of expressions, of AttributeUpdates or of statements.
enum class UpdateStyle : std::uint8_t { Expression, Legacy, Statement };

// Threads: any.
// Errors:  Invalid, with the service's text.
class Update {
  public:
    // No action: creates an item of its key alone where there is none.
    Update();

    static base::Result<Update> parse(std::string_view text, ExpressionCache& cache,
                                      Placeholders& placeholders);
    static base::Result<Update> bind(std::shared_ptr<const Syntax> syntax,
                                     Placeholders& placeholders,
                                     UpdateStyle style = UpdateStyle::Expression);

    // `... Cannot update attribute id. This attribute is part of the key`, and paths into keys.
    [[nodiscard]] base::Status check_keys(const KeySchema& keys) const;

    // Whether it makes an item where there is none: not if it only removes.
    [[nodiscard]] bool creates_item() const;

    // `old`: the item, or absent; `key`: the canonical map of the key attributes, which a new item
    // begins with. All operands read `old`. Refuses items above 400 KB and 32 levels.
    // Source: Developer guide, "Update expressions"; API_UpdateItem.
    [[nodiscard]] base::Result<Updated> apply(const shardlog::ItemView& old,
                                              const shardlog::ItemView& key) const;

    // What `item` has at the paths of this update, nested as in the item: UPDATED_OLD of the old
    // item, UPDATED_NEW of the new one. "{}": nothing, and then the reply has no Attributes.
    [[nodiscard]] std::string touched_attributes(std::string_view item) const;

    [[nodiscard]] const Bindings& bindings() const { return bindings_; }

  private:
    Update(Bindings bindings, UpdateStyle style) : bindings_(std::move(bindings)), style_(style) {}

    Bindings bindings_;
    UpdateStyle style_ = UpdateStyle::Expression;
};

}  // namespace millbeck::capture::expression
