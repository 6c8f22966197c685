// The fields that patterns ask for, found while walking down an event name by name.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace millbeck::triggers::filter {

using FieldId = std::uint32_t;  // place in the sorted list of fields

// Threads: any, after construction.
class FieldNames {
  public:
    // A place in an event: the fields that can still be reached from it.
    struct Place {
        FieldId first = 0, last = 0;  // [first, last)
        std::size_t walked = 0;       // characters of them that are behind, with the dot

        [[nodiscard]] bool leads_on() const { return first < last; }
    };
    struct Step {
        std::optional<FieldId> field;  // the field that ends here
        Place place;                   // the fields below
    };

    FieldNames() = default;
    // `names`: sorted, unique.
    explicit FieldNames(std::vector<std::string> names) : names_(std::move(names)) {}

    [[nodiscard]] std::size_t size() const { return names_.size(); }
    [[nodiscard]] Place root() const { return {0, static_cast<FieldId>(names_.size()), 0}; }
    [[nodiscard]] std::optional<FieldId> find(std::string_view name) const;

    // From `place` into the member `name`, which may have dots in it.
    [[nodiscard]] Step enter(const Place& place, std::string_view name) const {
        Step step;
        for (FieldId id = place.first; id < place.last; ++id) {
            const std::string_view rest = std::string_view(names_[id]).substr(place.walked);
            // Most names of an event are asked for by nobody, and their first letter shows it.
            if (rest.size() < name.size() || (!name.empty() && rest[0] != name[0]) ||
                !rest.starts_with(name)) {
                continue;
            }
            if (rest.size() == name.size()) {
                step.field = id;
            } else if (rest[name.size()] == '.') {
                // Those with a dot next stand together: the names are sorted.
                step.place.first = step.place.leads_on() ? step.place.first : id;
                step.place.last = id + 1;
            }
        }
        step.place.walked = place.walked + name.size() + 1;
        return step;
    }

  private:
    std::vector<std::string> names_;
};

}  // namespace millbeck::triggers::filter
