#include "triggers/filter/filter_criteria.hpp"

#include <map>
#include <set>
#include <utility>

namespace millbeck::triggers::filter {

using base::Code;
using base::Result;

FilterCriteria::FilterCriteria(std::vector<EventPattern> patterns)
    : patterns_(std::move(patterns)) {
    std::set<std::string> names;
    for (const EventPattern& pattern : patterns_) {
        for (const Alternative& alternative : pattern.alternatives()) {
            for (const auto& [name, condition] : alternative) {
                names.insert(name);
            }
        }
    }
    plan_.of_field.resize(names.size());
    plan_.fields = FieldNames({names.begin(), names.end()});
    std::map<const FieldCondition*, ConditionId> known;  // alternatives of one pattern share them
    for (const EventPattern& pattern : patterns_) {
        for (const Alternative& alternative : pattern.alternatives()) {
            auto& ids = plan_.alternatives.emplace_back();
            for (const auto& [name, condition] : alternative) {
                const auto next = static_cast<ConditionId>(plan_.conditions.size());
                const auto [place, is_new] = known.emplace(condition.get(), next);
                if (is_new) {
                    const FieldId field = *plan_.fields.find(name);
                    plan_.conditions.push_back({field, condition});
                    plan_.of_field[field].push_back(next);
                }
                ids.push_back(place->second);
            }
        }
    }
}

Result<FilterCriteria> FilterCriteria::parse(const std::vector<std::string>& patterns) {
    if (patterns.empty() || patterns.size() > kPatternsMax) {
        return base::fail(Code::Invalid, std::to_string(patterns.size()) +
                                             " filters; there must be 1 to " +
                                             std::to_string(kPatternsMax));
    }
    std::vector<EventPattern> parsed;
    for (std::size_t i = 0; i < patterns.size(); ++i) {
        auto pattern = EventPattern::parse(patterns[i]);
        if (!pattern) {
            const std::string which = patterns.size() == 1 ? "" : std::to_string(i + 1) + ": ";
            return base::fail(Code::Invalid, which + pattern.error().message);
        }
        parsed.push_back(std::move(*pattern));
    }
    return FilterCriteria(std::move(parsed));
}

}  // namespace millbeck::triggers::filter
