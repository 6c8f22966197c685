#include "capture/change.hpp"

namespace millbeck::capture {

using shardlog::EventName;
using shardlog::ItemView;

std::optional<EventName> decide_change(const ItemView& before, const ItemView& after) {
    if (!before.present()) {
        return after.present() ? std::optional(EventName::Insert) : std::nullopt;
    }
    if (!after.present()) {
        return EventName::Remove;
    }
    if (before.text == after.text) {
        return std::nullopt;
    }
    return EventName::Modify;
}

}  // namespace millbeck::capture
