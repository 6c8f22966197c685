// Runs the seeds of the fuzz targets, and what fuzzing once found, in every build: whole, and cut
// at every byte. If this fails, a request or a torn file can bring the program down.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/fuzz/fuzz_targets.hpp"
#include "tests/support/source_tree.hpp"

namespace millbeck::fuzz {
namespace {

using Target = int (*)(const std::uint8_t*, std::size_t);

std::vector<std::filesystem::path> corpus_of(const std::string& name) {
    const auto folder = tests::source_tree() / "tests" / "fuzz" / "corpus" / name;
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());
    return files;
}

std::string content_of(const std::filesystem::path& file) {
    std::ifstream stream(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
}

// In memory of exactly its size, so that the sanitizer sees one byte too far.
void run(Target target, const std::string& bytes) {
    const std::vector<std::uint8_t> copy(bytes.begin(), bytes.end());
    EXPECT_EQ(target(copy.data(), copy.size()), 0);
}

void replay(const std::string& name, Target target) {
    const auto files = corpus_of(name);
    ASSERT_GE(files.size(), 5U) << "the corpus of " << name << " is missing";
    for (const auto& file : files) {
        SCOPED_TRACE(file);
        const std::string bytes = content_of(file);
        run(target, bytes);
        const std::size_t step = 1 + bytes.size() / 256;
        for (std::size_t size = 0; size < bytes.size(); size += step) {
            run(target, bytes.substr(0, size));
        }
    }
}

TEST(FuzzCorpus, OfExpressionsHolds) {
    replay("expression", fuzz_expression);
}

TEST(FuzzCorpus, OfItemsHolds) {
    replay("item", fuzz_item);
}

TEST(FuzzCorpus, OfNumbersHolds) {
    replay("number", fuzz_number);
}

TEST(FuzzCorpus, OfFramesHolds) {
    replay("frame", fuzz_frame);
}

TEST(FuzzCorpus, OfRequestsHolds) {
    replay("request", fuzz_request);
}

TEST(FuzzCorpus, OfStatementsHolds) {
    replay("statement", fuzz_statement);
}

}  // namespace
}  // namespace millbeck::fuzz
