#include "triggers/filter/evidence.hpp"

#include <algorithm>
#include <optional>
#include <set>

namespace millbeck::triggers::filter {

namespace {

constexpr std::uint8_t kInArrays = 1;
constexpr std::uint8_t kAnywhere = 2;

// Both together; nullopt: they name different elements of one array.
std::optional<Membership> joined(const Membership& chosen, const Membership& further) {
    Membership both = chosen;
    for (const auto& [array, element] : further) {
        const auto same =
            std::find_if(chosen.begin(), chosen.end(),
                         [wanted = array](const auto& each) { return each.first == wanted; });
        if (same == chosen.end()) {
            both.emplace_back(array, element);
        } else if (same->second != element) {
            return std::nullopt;
        }
    }
    return both;
}

// Looks for values that meet the conditions of an alternative together, condition by condition.
class Search {
  public:
    Search(const FilterPlan& plan, const std::vector<ConditionId>& alternative,
           const std::vector<std::uint8_t>& met, const std::vector<std::uint8_t>& seen,
           const std::vector<std::vector<Membership>>& met_in_arrays,
           const std::vector<std::vector<Membership>>& seen_in_arrays)
        : plan_(plan),
          alternative_(alternative),
          met_(met),
          seen_(seen),
          met_in_arrays_(met_in_arrays),
          seen_in_arrays_(seen_in_arrays),
          matters_(alternative.size() + 1) {
        for (std::size_t at = alternative.size(); at-- > 0;) {
            matters_[at] = matters_[at + 1];
            add_arrays(matters_[at], met_in_arrays_[alternative[at]]);
            add_arrays(matters_[at], seen_in_arrays_[plan_.conditions[alternative[at]].field]);
        }
    }

    bool holds_from(std::size_t at, const Membership& chosen) {
        if (at == alternative_.size()) {
            return true;
        }
        if (!tried_.insert({at, what_matters(at, chosen)}).second) {
            return false;
        }
        const ConditionId id = alternative_[at];
        if (met_[id] == kAnywhere && holds_from(at + 1, chosen)) {
            return true;
        }
        for (const Membership& where : met_in_arrays_[id]) {
            const std::optional<Membership> both = joined(chosen, where);
            if (both && holds_from(at + 1, *both)) {
                return true;
            }
        }
        return is_absent(plan_.conditions[id], chosen) && holds_from(at + 1, chosen);
    }

  private:
    static void add_arrays(std::set<std::uint32_t>& arrays, const std::vector<Membership>& wheres) {
        for (const Membership& where : wheres) {
            for (const auto& [array, element] : where) {
                arrays.insert(array);
            }
        }
    }

    // The part of what was chosen that the conditions from `at` on can run into: with the same part
    // they have the same outcome, so one try is enough.
    [[nodiscard]] Membership what_matters(std::size_t at, const Membership& chosen) const {
        Membership part;
        for (const auto& each : chosen) {
            if (matters_[at].count(each.first) > 0) {
                part.push_back(each);
            }
        }
        std::sort(part.begin(), part.end());
        return part;
    }

    [[nodiscard]] bool is_absent(const FilterPlan::Condition& condition,
                                 const Membership& chosen) const {
        if (!condition.asks->or_absent || seen_[condition.field] == kAnywhere) {
            return false;
        }
        const auto& wheres = seen_in_arrays_[condition.field];
        return std::none_of(wheres.begin(), wheres.end(), [&](const Membership& where) {
            return joined(chosen, where).has_value();
        });
    }

    const FilterPlan& plan_;
    const std::vector<ConditionId>& alternative_;
    const std::vector<std::uint8_t>& met_;
    const std::vector<std::uint8_t>& seen_;
    const std::vector<std::vector<Membership>>& met_in_arrays_;
    const std::vector<std::vector<Membership>>& seen_in_arrays_;
    std::vector<std::set<std::uint32_t>> matters_;  // arrays, by the condition that comes next
    std::set<std::pair<std::size_t, Membership>> tried_;
};

}  // namespace

void Evidence::clear() {
    met_.assign(plan_.conditions.size(), 0);
    seen_.assign(plan_.fields.size(), 0);
    if (any_in_arrays_ || met_in_arrays_.empty()) {
        met_in_arrays_.assign(plan_.conditions.size(), {});
        seen_in_arrays_.assign(plan_.fields.size(), {});
        any_in_arrays_ = false;
    }
}

void Evidence::add(FieldId field, const EventValue& value, const Membership& where) {
    const std::uint8_t level = where.empty() ? kAnywhere : kInArrays;
    seen_[field] = std::max(seen_[field], level);
    if (!where.empty()) {
        any_in_arrays_ = true;
        seen_in_arrays_[field].push_back(where);
    }
    for (const ConditionId id : plan_.of_field[field]) {
        if (met_[id] == kAnywhere && level == kAnywhere) {
            continue;
        }
        const auto& tests = plan_.conditions[id].asks->tests;
        const bool meets = std::any_of(tests.begin(), tests.end(),
                                       [&](const ValueTest& test) { return test.matches(value); });
        if (meets) {
            met_[id] = std::max(met_[id], level);
            if (!where.empty()) {
                met_in_arrays_[id].push_back(where);
            }
        }
    }
}

bool Evidence::matches() const {
    const auto all_seen = [](FieldId /*field*/) { return false; };
    return std::any_of(
        plan_.alternatives.begin(), plan_.alternatives.end(), [&](const auto& alternative) {
            const Verdict easy = verdict_of(alternative, all_seen);
            return easy == Verdict::Matches ||
                   (easy == Verdict::Open &&
                    Search(plan_, alternative, met_, seen_, met_in_arrays_, seen_in_arrays_)
                        .holds_from(0, {}));
        });
}

}  // namespace millbeck::triggers::filter
