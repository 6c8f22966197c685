// What expressions mean, the slow and obvious way: on a tree of JSON, value by value.
// Trees come from canonical text, so equal values are equal trees.
#pragma once

#include <algorithm>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/random_documents.hpp"
#include "tests/support/reference_number.hpp"

namespace millbeck::tests {

inline std::string tag_of(const Json& value) {
    return value.begin().key();
}

inline const Json* lookup(const Json& item, const RandomPath& path) {
    const Json* members = &item;
    const Json* value = nullptr;
    for (std::size_t i = 0; i < path.size(); ++i) {
        const RandomStep& step = path[i];
        if (i > 0) {
            const std::string wanted = step.name.empty() ? "L" : "M";
            if (tag_of(*value) != wanted) {
                return nullptr;
            }
            members = &(*value)[wanted];
        }
        if (step.name.empty() ? step.index >= members->size() : !members->contains(step.name)) {
            return nullptr;
        }
        value = step.name.empty() ? &(*members)[step.index] : &(*members)[step.name];
    }
    return value;
}

inline std::string reference_decoded(const std::string& base64) {
    static const std::string alphabet =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string bits;
    for (const char c : base64) {
        if (c != '=') {
            const std::size_t digit = alphabet.find(c);
            for (int bit = 5; bit >= 0; --bit) {
                bits += (digit >> bit) & 1 ? '1' : '0';
            }
        }
    }
    std::string bytes;
    for (std::size_t at = 0; at + 8 <= bits.size(); at += 8) {
        bytes += static_cast<char>(std::stoul(bits.substr(at, 8), nullptr, 2));
    }
    return bytes;
}

// Text whose order is the value's; nullopt for what has no order.
inline std::optional<std::string> order_text(const Json& value) {
    const std::string tag = tag_of(value);
    if (tag == "S") {
        return value[tag].get<std::string>();
    }
    if (tag == "N") {
        return reference_order(value[tag].get<std::string>());
    }
    return tag == "B" ? std::optional(reference_decoded(value[tag].get<std::string>()))
                      : std::nullopt;
}

inline bool is_less(const std::string& a, const std::string& b) {
    return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
        return static_cast<unsigned char>(x) < static_cast<unsigned char>(y);
    });
}

inline bool reference_contains(const Json& value, const Json& part) {
    const std::string tag = tag_of(value);
    const std::string other = tag_of(part);
    if (tag == "L") {
        return std::find(value[tag].begin(), value[tag].end(), part) != value[tag].end();
    }
    if (tag == "SS" || tag == "NS" || tag == "BS") {
        return other == tag.substr(0, 1) &&
               std::find(value[tag].begin(), value[tag].end(), part[other]) != value[tag].end();
    }
    if (tag != other || (tag != "S" && tag != "B")) {
        return false;
    }
    return order_text(value)->find(*order_text(part)) != std::string::npos;
}

inline std::optional<std::size_t> reference_size(const Json& value) {
    const std::string tag = tag_of(value);
    if (tag == "S" || tag == "B") {
        return order_text(value)->size();
    }
    if (tag == "N" || tag == "BOOL" || tag == "NULL") {
        return std::nullopt;
    }
    return value[tag].size();
}

// The part of a map that the paths lead to; null when there is nothing.
inline Json reference_projected(const Json& item, const std::vector<RandomPath>& paths) {
    const std::function<Json(const Json&, const RandomPath&)> walk =
        [&](const Json& value, const RandomPath& here) -> Json {
        if (std::find(paths.begin(), paths.end(), here) != paths.end()) {
            return value;
        }
        const std::string tag = tag_of(value);
        if (tag != "M" && tag != "L") {
            return nullptr;
        }
        Json kept = tag == "M" ? Json::object() : Json::array();
        std::size_t index = 0;
        for (const auto& [name, member] : value[tag].items()) {
            RandomPath next = here;
            next.push_back(tag == "M" ? RandomStep{name, 0} : RandomStep{"", index++});
            if (const Json found = walk(member, next); !found.is_null()) {
                tag == "M" ? kept[name] = found : (kept.push_back(found), Json());
            }
        }
        return kept.empty() ? Json(nullptr) : Json{{tag, kept}};
    };
    Json kept = Json::object();
    for (const auto& [name, member] : item.items()) {
        if (const Json found = walk(member, {{name, 0}}); !found.is_null()) {
            kept[name] = found;
        }
    }
    return kept;
}

// ---- updates
struct ReferenceEdit {
    RandomPath path;
    std::optional<Json> value;  // nullopt: remove
};

// False when a place does not exist or is of another kind. Places of lists are the old list's.
inline bool reference_edit(Json& item, std::vector<ReferenceEdit> edits) {
    const auto is_in_list = [](const ReferenceEdit& edit) { return edit.path.back().name.empty(); };
    const auto order = [](const RandomStep& a, const RandomStep& b) {
        return a.name != b.name ? a.name < b.name : a.index < b.index;
    };
    std::sort(edits.begin(), edits.end(), [&](const ReferenceEdit& a, const ReferenceEdit& b) {
        return std::lexicographical_compare(a.path.begin(), a.path.end(), b.path.begin(),
                                            b.path.end(), order);
    });
    const Json old = item;
    // Removals from lists last and from behind, so that no place moves before it is used.
    std::stable_partition(edits.begin(), edits.end(), [&](const ReferenceEdit& edit) {
        return edit.value.has_value() || !is_in_list(edit);
    });
    const auto removals = std::find_if(edits.begin(), edits.end(), [&](const ReferenceEdit& edit) {
        return !edit.value.has_value() && is_in_list(edit);
    });
    std::reverse(removals, edits.end());
    for (const ReferenceEdit& edit : edits) {
        RandomPath around = edit.path;
        const RandomStep last = around.back();
        around.pop_back();
        const Json* parent = around.empty() ? &item : lookup(item, around);
        if (parent == nullptr) {
            return false;
        }
        auto* place = const_cast<Json*>(parent);
        if (!around.empty()) {
            const std::string wanted = last.name.empty() ? "L" : "M";
            if (tag_of(*place) != wanted) {
                return false;
            }
            place = &(*place)[wanted];
        }
        if (!last.name.empty()) {
            edit.value ? (*place)[last.name] = *edit.value : (place->erase(last.name), Json());
            continue;
        }
        const std::size_t old_size = (*lookup(old, around))["L"].size();
        if (last.index >= old_size) {
            edit.value ? place->push_back(*edit.value) : void();
        } else if (edit.value) {
            (*place)[last.index] = *edit.value;
        } else {
            place->erase(last.index);
        }
    }
    return true;
}

}  // namespace millbeck::tests
