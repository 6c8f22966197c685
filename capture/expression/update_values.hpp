// What the actions of an update would write, each read from the old item alone.
#pragma once

#include <cstdint>
#include <forward_list>
#include <string>
#include <string_view>
#include <vector>

#include "capture/expression/bindings.hpp"
#include "capture/expression/item_rewrite.hpp"
#include "shardlog/number.hpp"

namespace millbeck::capture::expression {

// Why an action cannot be done; it may have several reasons, and the service has an order for them.
struct ActionFaults {
    bool parent_of_wrong_kind = false;
    bool parent_missing = false;
    bool operand_missing = false;
    bool wrong_type = false;
    shardlog::NumberFault number = shardlog::NumberFault::None;

    [[nodiscard]] bool any() const {
        return parent_of_wrong_kind || parent_missing || operand_missing || wrong_type ||
               number != shardlog::NumberFault::None;
    }
};

// Threads: one. Views in edits live as long as this, the item and the bindings.
class UpdateValues {
  public:
    // `item`: what operands read, or "". `base`: what is changed.
    UpdateValues(const Bindings& bindings, std::string_view item, std::string_view base)
        : bindings_(bindings), item_(item), base_(base) {}

    // Adds the edit the action comes to, or none if it changes nothing. Edits are unspecified once
    // an action had a fault.
    ActionFaults add(const Action& action, std::vector<Edit>& edits);

  private:
    void check_parent(const Path& path, ActionFaults& faults) const;
    ValueView evaluate(std::uint32_t operand, ActionFaults& faults);
    ValueView evaluate_sum(const Sum& sum, ActionFaults& faults);
    ValueView evaluate_append(const ListAppend& append, ActionFaults& faults);
    ValueView add_up(const ValueView& a, const ValueView& b, Sign sign, ActionFaults& faults);
    ValueView added(const ValueView& old, const ValueView& value, ActionFaults& faults);
    ValueView subtracted(const ValueView& old, const ValueView& value, ActionFaults& faults);
    ValueView keep(std::string text);

    const Bindings& bindings_;
    std::string_view item_;
    std::string_view base_;
    std::forward_list<std::string> made_;  // texts that are neither in the item nor in the request
};

}  // namespace millbeck::capture::expression
