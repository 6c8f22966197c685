#include "capture/java_hash_order.hpp"

#include <algorithm>
#include <bit>
#include <cstdint>

namespace millbeck::capture {

std::size_t java_bucket(std::string_view name, std::size_t buckets) {
    std::uint32_t hash = 0;
    for (const char c : name) {
        hash = hash * 31 + static_cast<unsigned char>(c);
    }
    return (hash ^ (hash >> 16)) & (buckets - 1);
}

std::vector<std::string_view> java_hash_order(std::vector<std::string_view> names,
                                              Buckets buckets) {
    constexpr std::size_t kUsual = 16;
    std::size_t count = buckets == Buckets::Sixteen
                            ? kUsual
                            : std::bit_ceil(std::max<std::size_t>(names.size(), 1));
    while (names.size() * 4 > count * 3) {
        count *= 2;
    }
    std::stable_sort(names.begin(), names.end(), [count](std::string_view a, std::string_view b) {
        return java_bucket(a, count) < java_bucket(b, count);
    });
    return names;
}

std::string join_names(const std::vector<std::string_view>& names) {
    std::string text;
    for (const std::string_view name : names) {
        text.append(text.empty() ? "" : ", ").append(name);
    }
    return text;
}

}  // namespace millbeck::capture
