// What a trigger is asked to deliver: events that match one of its patterns.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "triggers/filter/event_pattern.hpp"
#include "triggers/filter/field_names.hpp"

namespace millbeck::triggers::filter {

// Five by default on AWS, and up to ten on request.
inline constexpr std::size_t kPatternsMax = 10;

using ConditionId = std::uint32_t;

// The patterns as one plan: each field and each condition once.
struct FilterPlan {
    struct Condition {
        FieldId field = 0;
        std::shared_ptr<const FieldCondition> asks;
    };

    FieldNames fields;
    std::vector<Condition> conditions;
    std::vector<std::vector<ConditionId>> of_field;      // FieldId -> its conditions
    std::vector<std::vector<ConditionId>> alternatives;  // each in order of its fields' names
};

// Threads: any, after construction.
class FilterCriteria {
  public:
    // 1 to kPatternsMax patterns. Invalid: one sentence that says which is wrong and why.
    static base::Result<FilterCriteria> parse(const std::vector<std::string>& patterns);

    [[nodiscard]] const std::vector<EventPattern>& patterns() const { return patterns_; }
    [[nodiscard]] const FilterPlan& plan() const { return plan_; }

  private:
    explicit FilterCriteria(std::vector<EventPattern> patterns);

    std::vector<EventPattern> patterns_;
    FilterPlan plan_;
};

}  // namespace millbeck::triggers::filter
