// Where the source tree is, for tests that read files of it. Not by __FILE__: builds share compiled
// files across checkouts, so paths inside programs are relative to nothing.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <optional>
#include <stdexcept>

namespace millbeck::tests {

// `from` or the nearest folder above it that is this tree.
inline std::optional<std::filesystem::path> tree_around(std::filesystem::path from) {
    while (!std::filesystem::exists(from / "shardlog" / "shard_log.hpp")) {
        if (from == from.parent_path()) {
            return std::nullopt;
        }
        from = from.parent_path();
    }
    return from;
}

// MILLBECK_SOURCE_DIR if set, else the tree around this program, else around the current folder.
inline std::filesystem::path source_tree() {
    // NOLINTNEXTLINE(concurrency-mt-unsafe): tests read the environment, nobody writes it.
    if (const char* given = std::getenv("MILLBECK_SOURCE_DIR")) {
        return given;
    }
    if (const auto tree = tree_around(std::filesystem::read_symlink("/proc/self/exe"))) {
        return *tree;
    }
    if (const auto tree = tree_around(std::filesystem::current_path())) {
        return *tree;
    }
    throw std::runtime_error("run tests inside the source tree, or set MILLBECK_SOURCE_DIR");
}

}  // namespace millbeck::tests
