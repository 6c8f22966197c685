// Seeds of random tests: a fixed one by default, MB_SEED to try others. A failing test prints it.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <string>

namespace millbeck::tests {

inline std::uint64_t test_seed(std::uint64_t usual) {
    // NOLINTNEXTLINE(concurrency-mt-unsafe): tests read the environment, nobody writes it.
    const char* wanted = std::getenv("MB_SEED");
    return wanted != nullptr ? std::stoull(wanted) : usual;
}

}  // namespace millbeck::tests
