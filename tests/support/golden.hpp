// Golden files: what the program writes today must be what was reviewed. MB_UPDATE_GOLDEN=1
// rewrites them, and review reads the difference.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "tests/support/source_tree.hpp"

namespace millbeck::tests {

inline std::filesystem::path golden_folder() {
    return source_tree() / "tests" / "golden";
}

// Compares `actual` with the file `path` below tests/golden, byte for byte.
inline void expect_golden(const std::filesystem::path& path, std::string_view actual) {
    const std::filesystem::path file = golden_folder() / path;
    // NOLINTNEXTLINE(concurrency-mt-unsafe): tests read the environment, nobody writes it.
    if (std::getenv("MB_UPDATE_GOLDEN") != nullptr) {
        std::filesystem::create_directories(file.parent_path());
        std::ofstream(file, std::ios::binary | std::ios::trunc) << actual;
        return;
    }
    std::ifstream stream(file, std::ios::binary);
    ASSERT_TRUE(stream) << file << " is missing; MB_UPDATE_GOLDEN=1 writes it";
    std::ostringstream wanted;
    wanted << stream.rdbuf();
    EXPECT_EQ(wanted.str(), actual)
        << "differs from " << file << "; if the new text is right, MB_UPDATE_GOLDEN=1 writes it";
}

}  // namespace millbeck::tests
