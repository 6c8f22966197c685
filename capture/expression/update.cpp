#include "capture/expression/update.hpp"

#include <algorithm>

#include "capture/expression/condition_check.hpp"
#include "capture/expression/path_overlap.hpp"
#include "capture/expression/projection.hpp"
#include "capture/expression/update_check.hpp"
#include "capture/expression/update_values.hpp"

namespace millbeck::capture::expression {
namespace {

using base::Code;
using base::fail;
using base::Status;
using shardlog::NumberFault;

constexpr std::string_view kBadPath =
    "The document path provided in the update expression is invalid for update";
constexpr std::string_view kMissing =
    "The provided expression refers to an attribute that does not exist in the item";
constexpr std::string_view kWrongType =
    "An operand in the update expression has an incorrect data type";
constexpr std::string_view kLegacyWrongType = "Type mismatch for attribute to update";
constexpr std::string_view kTooDeep =
    "Nesting Levels have exceeded supported limits: Attributes in the item have nested levels "
    "beyond supported limit";
constexpr std::string_view kTooLarge = "Item size to update has exceeded the maximum allowed size";

Status refuse(std::string_view message) {
    return fail(Code::Invalid, std::string(message));
}

// The service looks at all actions for one kind of fault after the other: places of a wrong kind,
// types, then section by section from the last: places and operands that are missing; numbers last.
Status report(const std::vector<Action>& actions, const std::vector<ActionFaults>& faults,
              UpdateStyle style) {
    const auto has = [&](bool ActionFaults::*fault) {
        return std::any_of(faults.begin(), faults.end(),
                           [&](const ActionFaults& found) { return found.*fault; });
    };
    if (has(&ActionFaults::parent_of_wrong_kind)) {
        return refuse(kBadPath);
    }
    if (has(&ActionFaults::wrong_type)) {
        return refuse(style == UpdateStyle::Legacy ? kLegacyWrongType : kWrongType);
    }
    for (std::size_t end = actions.size(); end > 0;) {
        std::size_t begin = end;
        bool place_missing = false;
        bool operand_missing = false;
        while (begin > 0 && actions[begin - 1].clause == actions[end - 1].clause) {
            --begin;
            place_missing = place_missing || faults[begin].parent_missing;
            operand_missing = operand_missing || faults[begin].operand_missing;
        }
        if (place_missing || operand_missing) {
            return refuse(place_missing ? kBadPath : kMissing);
        }
        end = begin;
    }
    for (const ActionFaults& found : faults) {
        if (found.number != NumberFault::None) {
            return refuse(number_fault_message(found.number, {}));
        }
    }
    return {};
}

bool before(const Edit& a, const Edit& b) {
    return stands_before(a.steps, b.steps);
}

Status check_nesting(const std::vector<Edit>& edits) {
    for (const Edit& edit : edits) {
        const auto around = static_cast<int>(edit.steps.size()) - 1;
        if (!edit.value.empty() &&
            around + nesting_levels(ValueView(edit.value)) > shardlog::kNestingLevelsMax) {
            return refuse(kTooDeep);
        }
    }
    return {};
}

}  // namespace

Update::Update() : bindings_(Bindings::none()) {}

base::Result<Update> Update::parse(std::string_view text, ExpressionCache& cache,
                                   Placeholders& placeholders) {
    MB_TRY(auto syntax, cache.parse(Kind::Update, text));
    return bind(std::move(syntax), placeholders);
}

base::Result<Update> Update::bind(std::shared_ptr<const Syntax> syntax, Placeholders& placeholders,
                                  UpdateStyle style) {
    const Kind kind = style == UpdateStyle::Statement ? Kind::Statement : Kind::Update;
    auto bindings = Bindings::bind(std::move(syntax), placeholders);
    if (!bindings) {
        return invalid_expression(kind, bindings.error().message);
    }
    if (auto checked = check_update(*bindings); !checked) {
        return invalid_expression(kind, checked.error().message);
    }
    return Update(std::move(*bindings), style);
}

Status Update::check_keys(const KeySchema& keys, std::span<const KeySchema> index_keys) const {
    for (const Action& action : bindings_.syntax().actions) {
        const std::string_view head = bindings_.head(action.path);
        if (keys.has(head)) {
            return refuse("One or more parameter values were invalid: Cannot update attribute " +
                          std::string(head) + ". This attribute is part of the key");
        }
    }
    return check_scalar_keys(bindings_, keys, index_keys);
}

bool Update::creates_item() const {
    const auto& actions = bindings_.syntax().actions;
    return actions.empty() || std::any_of(actions.begin(), actions.end(), [](const Action& action) {
               return action.clause == Clause::Set || action.clause == Clause::Add;
           });
}

base::Result<Updated> Update::apply(const shardlog::ItemView& old,
                                    const shardlog::ItemView& key) const {
    if (!old.present() && !creates_item()) {
        return Updated{};
    }
    const shardlog::ItemView& base = old.present() ? old : key;
    const std::vector<Action>& actions = bindings_.syntax().actions;
    UpdateValues values(bindings_, old.text, base.text);
    std::vector<Edit> edits;
    edits.reserve(actions.size());
    std::vector<ActionFaults> faults;
    faults.reserve(actions.size());
    bool refused = false;
    for (const Action& action : actions) {
        faults.push_back(values.add(action, edits));
        refused = refused || faults.back().any();
    }
    if (refused) {
        MB_TRY_STATUS(report(actions, faults, style_));
    }
    MB_TRY_STATUS(check_nesting(edits));
    if (!std::is_sorted(edits.begin(), edits.end(), before)) {
        std::sort(edits.begin(), edits.end(), before);
    }
    Updated updated;
    std::size_t added_bytes = 0;
    for (const Edit& edit : edits) {
        added_bytes += edit.value.size() + edit.steps.back().name.escaped.size() + 4;
    }
    updated.text.reserve(base.text.size() + added_bytes);
    const std::int64_t size_bytes =
        base.size_bytes + append_rewritten(updated.text, base.text, edits);
    if (size_bytes > shardlog::kItemBytesMax) {
        return fail(Code::Invalid, std::string(kTooLarge));
    }
    updated.size_bytes = static_cast<std::uint32_t>(size_bytes);
    return updated;
}

std::string Update::touched_attributes(std::string_view item) const {
    std::vector<Steps> paths;
    for (const Action& action : bindings_.syntax().actions) {
        paths.push_back(bindings_.steps(action.path));
    }
    std::sort(paths.begin(), paths.end(), stands_before);
    std::string text;
    append_projected(text, item, paths);
    return text;
}

}  // namespace millbeck::capture::expression
