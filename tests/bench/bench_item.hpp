// The item of the benchmarks, as requests.lua writes it too: about 300 bytes of JSON.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

namespace millbeck::tests {

inline std::string padded(std::uint64_t number, std::size_t digits) {
    std::string text = std::to_string(number);
    return text.insert(0, digits - std::min(digits, text.size()), '0');
}

// `more`: further attributes, each with a comma behind it; the text is shorter by as much.
inline std::string bench_item(std::uint64_t key, std::uint64_t value, std::string_view more = "") {
    constexpr std::size_t kTextBytes = 230;
    return R"({"id":{"S":"user-)" + padded(key, 7) + R"("},"v":{"N":")" + std::to_string(value) +
           R"("},)" + std::string(more) + R"("text":{"S":")" +
           std::string(kTextBytes - more.size(), 'x') + "\"}}";
}

// The same in a table with a sort key `at`: `partition_items` to a partition.
inline std::string sorted_bench_item(std::uint64_t key, std::uint64_t partition_items) {
    std::string item = bench_item(key / partition_items, key);
    return item.insert(1, R"("at":{"N":")" + std::to_string(key % partition_items) + R"("},)");
}

// One of 1000 groups, which follows from the key.
inline std::string grouped_bench_item(std::uint64_t key) {
    constexpr std::uint64_t kGroups = 1000;
    return bench_item(key, key, R"("group":{"S":")" + padded(key % kGroups, 3) + R"("},)");
}

}  // namespace millbeck::tests
