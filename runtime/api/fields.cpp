#include "runtime/api/fields.hpp"

#include <algorithm>
#include <cmath>
#include <unordered_set>

#include "shardlog/wire_types.hpp"

namespace millbeck::runtime {

namespace dom = simdjson::dom;

const Member* find_member(const Shape& shape, std::string_view name) {
    const auto found = std::ranges::find(shape.members, name, &Member::name);
    return found == shape.members.end() ? nullptr : &*found;
}

dom::array list_of(dom::element element) {
    return element.get_array().value_unsafe();
}

dom::object object_of(dom::element element) {
    return element.get_object().value_unsafe();
}

std::vector<dom::key_value_pair> entries_of(dom::element object) {
    std::vector<dom::key_value_pair> list;
    for (const dom::key_value_pair entry : object_of(object)) {
        list.push_back(entry);
    }
    // From the back, so that the last of equal names is met first.
    std::unordered_set<std::string_view> seen;
    std::ranges::reverse(list);
    std::erase_if(list, [&](const auto& entry) { return !seen.insert(entry.key).second; });
    std::ranges::reverse(list);
    return list;
}

bool is_number(dom::element value) {
    return value.is_int64() || value.is_uint64() || value.is_double();
}

std::int64_t text_length(std::string_view text) {
    return std::ranges::count_if(
        text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; });
}

Fields::Fields(const Shape& shape, dom::element value) : shape_(&shape) {
    MB_CHECK(shape.members.size() <= kMembersMax, "a shape outgrew kMembersMax");
    dom::object object;
    if (value.get(object) != simdjson::SUCCESS) {
        return;
    }
    for (const dom::key_value_pair child : object) {
        const Member* member = find_member(shape, child.key);
        if (member == nullptr) {
            continue;
        }
        auto& slot = values_[static_cast<std::size_t>(member - shape.members.data())];
        if (child.value.is_null()) {
            slot.reset();
        } else {
            slot = child.value;
        }
    }
}

std::optional<dom::element> Fields::find(std::string_view name) const {
    const Member* member = find_member(*shape_, name);
    MB_CHECK(member != nullptr, name);
    return values_[static_cast<std::size_t>(member - shape_->members.data())];
}

bool Fields::knows(std::string_view name) const {
    return find_member(*shape_, name) != nullptr;
}

std::string_view Fields::text(std::string_view name, std::string_view otherwise) const {
    const auto value = find(name);
    return value ? value->get_string().value_unsafe() : otherwise;
}

std::int64_t Fields::number(std::string_view name, std::int64_t otherwise) const {
    const auto value = find(name);
    return value ? whole_number(*value) : otherwise;
}

std::optional<bool> Fields::flag(std::string_view name) const {
    const auto value = find(name);
    if (!value) {
        return std::nullopt;
    }
    const auto read = shardlog::read_wire_boolean(*value);
    MB_CHECK(read.has_value(), "check_types passed");
    return *read;
}

std::int64_t whole_number(dom::element number) {
    if (number.is_int64()) {
        return number.get_int64().value_unsafe();
    }
    if (number.is_uint64()) {
        return kNoMost;
    }
    const double real = number.get_double().value_unsafe();
    constexpr double kEdge = 9.2e18;
    if (std::isnan(real) || real <= -kEdge) {
        return kNoLeast;
    }
    return real >= kEdge ? kNoMost : static_cast<std::int64_t>(real);
}

base::WallTime wall_time(dom::element seconds) {
    double value = 0;
    if (seconds.get(value) != simdjson::SUCCESS) {
        value = static_cast<double>(whole_number(seconds));
    }
    constexpr double kMost = 253'402'300'799;  // the end of the year 9999
    value = std::fmin(std::fmax(value, 0), kMost);
    return base::WallTime{base::Milliseconds{std::llround(value * 1'000)}};
}

}  // namespace millbeck::runtime
