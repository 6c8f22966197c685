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

}  // namespace millbeck::tests
