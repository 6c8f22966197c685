#include "capture/expression/path_overlap.hpp"

#include <algorithm>

namespace millbeck::capture::expression {
namespace {

enum class Meeting { None, Overlap, Conflict };

bool step_before(const Step& a, const Step& b) {
    if (a.is_name() != b.is_name()) {
        return b.is_name();
    }
    return a.is_name() ? a.name.plain < b.name.plain : a.index < b.index;
}

Meeting meeting_of(const Steps& a, const Steps& b) {
    const std::size_t common = std::min(a.size(), b.size());
    for (std::size_t i = 0; i < common; ++i) {
        if (a[i].is_name() != b[i].is_name()) {
            return Meeting::Conflict;
        }
        if (!(a[i] == b[i])) {
            return Meeting::None;
        }
    }
    return Meeting::Overlap;
}

// In the order of items, paths that meet make neighbours that meet: a path is followed by what goes
// on from it, and the indexes below a path end where its names begin.
bool neighbours_meet(const std::vector<Steps>& paths) {
    std::vector<const Steps*> sorted;
    sorted.reserve(paths.size());
    for (const Steps& path : paths) {
        sorted.push_back(&path);
    }
    std::sort(sorted.begin(), sorted.end(),
              [](const Steps* a, const Steps* b) { return stands_before(*a, *b); });
    const auto meet = [](const Steps* a, const Steps* b) {
        return meeting_of(*a, *b) != Meeting::None;
    };
    return std::adjacent_find(sorted.begin(), sorted.end(), meet) != sorted.end();
}

std::string complaint(Meeting meeting, const Steps& one, const Steps& two) {
    std::string text = "Two document paths ";
    text.append(meeting == Meeting::Overlap ? "overlap" : "conflict");
    text.append(" with each other; must remove or rewrite one of these paths; path one: ");
    text.append(describe(one)).append(", path two: ").append(describe(two));
    return text;
}

}  // namespace

bool stands_before(const Steps& a, const Steps& b) {
    return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end(), step_before);
}

std::optional<std::string> find_overlap(const std::vector<Steps>& paths) {
    if (paths.size() < 2 || !neighbours_meet(paths)) {
        return std::nullopt;
    }
    for (std::size_t two = 1; two < paths.size(); ++two) {
        for (std::size_t one = 0; one < two; ++one) {
            const Meeting meeting = meeting_of(paths[one], paths[two]);
            if (meeting != Meeting::None) {
                return complaint(meeting, paths[one], paths[two]);
            }
        }
    }
    return std::nullopt;
}

}  // namespace millbeck::capture::expression
