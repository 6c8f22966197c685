// What one event has shown so far, and what follows from it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "triggers/filter/filter_criteria.hpp"

namespace millbeck::triggers::filter {

// In which elements of which arrays a value stands. Arrays are numbered as the walk meets them.
// Only elements that are objects or arrays count: a value that is an element itself does not bind.
using Membership = std::vector<std::pair<std::uint32_t, std::uint32_t>>;

// Conditions must hold together: values that meet two of them may not stand in different elements
// of one array. "Absent" means that no value of the field fits to those that were chosen for the
// fields before it, in the order of their names. Source: aws/event-ruler, "JSON Array Matching".
//
// Threads: one. Reused from event to event: it keeps its memory.
class Evidence {
  public:
    // `plan` outlives it.
    explicit Evidence(const FilterPlan& plan) : plan_(plan) { clear(); }

    void clear();

    // The event has this value. Requires: clear() came before.
    void add(FieldId field, const EventValue& value, const Membership& where);

    enum class Verdict { Matches, Fails, Open };
    // What is certain while the values of `unseen` fields are still to come.
    template <typename IsUnseen>
    [[nodiscard]] Verdict verdict(IsUnseen is_unseen) const {
        bool is_open = false;
        for (const auto& alternative : plan_.alternatives) {
            const Verdict one = verdict_of(alternative, is_unseen);
            if (one == Verdict::Matches) {
                return one;
            }
            is_open = is_open || one == Verdict::Open;
        }
        return is_open ? Verdict::Open : Verdict::Fails;
    }

    // All values of the event were added.
    [[nodiscard]] bool matches() const;

  private:
    // How far a condition is: met by a value that stands in no array; or possibly, by others.
    [[nodiscard]] bool is_met(ConditionId id) const {
        const auto& condition = plan_.conditions[id];
        return met_[id] == 2 || (condition.asks->or_absent && seen_[condition.field] == 0);
    }
    [[nodiscard]] bool may_be_met(ConditionId id) const {
        return met_[id] != 0 ||
               (plan_.conditions[id].asks->or_absent && seen_[plan_.conditions[id].field] < 2);
    }

    template <typename IsUnseen>
    [[nodiscard]] Verdict verdict_of(const std::vector<ConditionId>& alternative,
                                     IsUnseen is_unseen) const {
        Verdict so_far = Verdict::Matches;
        for (const ConditionId id : alternative) {
            const bool is_unseen_yet = is_unseen(plan_.conditions[id].field);
            if (met_[id] == 2 || (!is_unseen_yet && is_met(id))) {
                continue;
            }
            if (!is_unseen_yet && !may_be_met(id)) {
                return Verdict::Fails;
            }
            so_far = Verdict::Open;
        }
        return so_far;
    }

    const FilterPlan& plan_;
    std::vector<std::uint8_t> met_;   // ConditionId -> 0 no value met it, 1 only some in arrays, 2
    std::vector<std::uint8_t> seen_;  // FieldId -> 0 no value, 1 only some in arrays, 2
    // Where those in arrays stand.
    std::vector<std::vector<Membership>> met_in_arrays_;
    std::vector<std::vector<Membership>> seen_in_arrays_;
    bool any_in_arrays_ = false;
};

}  // namespace millbeck::triggers::filter
