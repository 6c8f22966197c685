// The item of the benchmarks, as requests.lua writes it too: about 300 bytes of JSON.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>

namespace millbeck::tests {

inline std::string bench_item(std::uint64_t key, std::uint64_t value) {
    std::string id = std::to_string(key);
    id.insert(0, 7 - std::min<std::size_t>(7, id.size()), '0');
    return R"({"id":{"S":"user-)" + id + R"("},"v":{"N":")" + std::to_string(value) +
           R"("},"text":{"S":")" + std::string(230, 'x') + "\"}}";
}

// The same in a table with a sort key `at`: `partition_items` to a partition.
inline std::string sorted_bench_item(std::uint64_t key, std::uint64_t partition_items) {
    std::string item = bench_item(key / partition_items, key);
    return item.insert(1, R"("at":{"N":")" + std::to_string(key % partition_items) + R"("},)");
}

}  // namespace millbeck::tests
