#include "triggers/filter/field_names.hpp"

#include <algorithm>

namespace millbeck::triggers::filter {

std::optional<FieldId> FieldNames::find(std::string_view name) const {
    const auto found = std::lower_bound(names_.begin(), names_.end(), name);
    if (found == names_.end() || *found != name) {
        return std::nullopt;
    }
    return static_cast<FieldId>(found - names_.begin());
}

}  // namespace millbeck::triggers::filter
