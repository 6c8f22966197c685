#include "capture/expression/update_values.hpp"

#include <array>

#include "capture/expression/compare.hpp"
#include "capture/expression/set_text.hpp"
#include "shardlog/decimal.hpp"

namespace millbeck::capture::expression {

using shardlog::AttributeType;
using shardlog::NumberFault;

namespace {

// What is missing is said before what has another type.
void check_types(const ValueView& a, const ValueView& b, AttributeType wanted,
                 ActionFaults& faults) {
    faults.wrong_type =
        faults.wrong_type || (a.present() && b.present() && (a.type != wanted || b.type != wanted));
}

}  // namespace

ValueView UpdateValues::keep(std::string text) {
    return ValueView(made_.emplace_front(std::move(text)));
}

void UpdateValues::check_parent(const Path& path, ActionFaults& faults) const {
    if (path.count < 2) {
        return;
    }
    const ValueView parent = bindings_.find({path.first, path.count - 1}, base_);
    if (!parent.present()) {
        faults.parent_missing = true;
        return;
    }
    const PathElement& last = bindings_.syntax().elements[path.first + path.count - 1];
    const AttributeType wanted =
        std::holds_alternative<ListIndex>(last) ? AttributeType::L : AttributeType::M;
    faults.parent_of_wrong_kind = parent.type != wanted;
}

ActionFaults UpdateValues::add(const Action& action, std::vector<Edit>& edits) {
    ActionFaults faults;
    check_parent(action.path, faults);
    ValueView value;
    if (action.clause == Clause::Set) {
        value = evaluate(action.value, faults);
    } else {
        const ValueView old = bindings_.find(action.path, base_);
        if (action.clause == Clause::Add) {
            value = added(old, evaluate(action.value, faults), faults);
        } else if (!old.present()) {
            return faults;  // nothing to take away
        } else if (action.clause == Clause::Delete) {
            value = subtracted(old, evaluate(action.value, faults), faults);
        }
    }
    edits.push_back({bindings_.steps(action.path), value.text});
    return faults;
}

ValueView UpdateValues::evaluate(std::uint32_t operand, ActionFaults& faults) {
    const Operand& wanted = bindings_.operand(operand);
    if (const auto* slot = std::get_if<ValueSlot>(&wanted)) {
        return bindings_.value(*slot);
    }
    if (const auto* path = std::get_if<Path>(&wanted)) {
        const ValueView found = bindings_.find(*path, item_);
        faults.operand_missing = faults.operand_missing || !found.present();
        return found;
    }
    if (const auto* defaulted = std::get_if<IfNotExists>(&wanted)) {
        const ValueView found = bindings_.find(defaulted->path, item_);
        return found.present() ? found : evaluate(defaulted->otherwise, faults);
    }
    if (const auto* append = std::get_if<ListAppend>(&wanted)) {
        return evaluate_append(*append, faults);
    }
    return evaluate_sum(std::get<Sum>(wanted), faults);
}

ValueView UpdateValues::evaluate_append(const ListAppend& append, ActionFaults& faults) {
    const ValueView front = evaluate(append.front, faults);
    const ValueView back = evaluate(append.back, faults);
    check_types(front, back, AttributeType::L, faults);
    if (faults.any()) {
        return {};
    }
    const std::string_view first = content_of(front);
    const std::string_view second = content_of(back);
    std::string text = R"({"L":)";
    text.append(first.substr(0, first.size() - 1));
    text.append(first.size() > 2 && second.size() > 2 ? "," : "");
    return keep(text.append(second.substr(1)).append("}"));
}

ValueView UpdateValues::evaluate_sum(const Sum& sum, ActionFaults& faults) {
    const ValueView left = evaluate(sum.left, faults);
    const ValueView right = evaluate(sum.right, faults);
    check_types(left, right, AttributeType::N, faults);
    return faults.any() ? ValueView() : add_up(left, right, sum.sign, faults);
}

ValueView UpdateValues::add_up(const ValueView& a, const ValueView& b, Sign sign,
                               ActionFaults& faults) {
    std::array<char, shardlog::kNumberTextBytesMax> number{};
    const auto combine = sign == Sign::Plus ? shardlog::add_numbers : shardlog::subtract_numbers;
    const std::size_t size = combine(number.data(), content_of(a), content_of(b), faults.number);
    if (faults.number != NumberFault::None) {
        return {};
    }
    std::string text = R"({"N":")";
    return keep(text.append(number.data(), size).append("\"}"));
}

ValueView UpdateValues::added(const ValueView& old, const ValueView& value, ActionFaults& faults) {
    if (!old.present()) {
        return value;
    }
    if (old.type != value.type) {
        faults.wrong_type = true;
        return {};
    }
    return value.type == AttributeType::N ? add_up(old, value, Sign::Plus, faults)
                                          : keep(unite_sets(old, value));
}

ValueView UpdateValues::subtracted(const ValueView& old, const ValueView& value,
                                   ActionFaults& faults) {
    if (old.type != value.type) {
        faults.wrong_type = true;
        return {};
    }
    return keep(subtract_sets(old, value));
}

}  // namespace millbeck::capture::expression
