#include "sinks/handler/stderr_reader.hpp"

#include <array>
#include <string>
#include <vector>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "base/unique_fd.hpp"

namespace millbeck::sinks {
namespace {

class StderrReaderTest : public testing::Test {
  protected:
    StderrReaderTest() {
        std::array<int, 2> ends{};
        EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK), 0);
        from_ = base::UniqueFd(ends[0]);
        to_ = base::UniqueFd(ends[1]);
        reader_ = std::make_unique<StderrReader>(
            from_.get(), [this](std::string_view line) { lines_.emplace_back(line); });
    }
    void write(std::string_view text) {
        ASSERT_EQ(::write(to_.get(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
    }

    base::UniqueFd from_, to_;
    std::vector<std::string> lines_;
    std::unique_ptr<StderrReader> reader_;
};

using Lines = std::vector<std::string>;

TEST_F(StderrReaderTest, CutsAtNewlines) {
    write("one\n\ntwo\nthr");
    EXPECT_TRUE(reader_->drain());
    EXPECT_EQ(lines_, (Lines{"one", "", "two"}));
    write("ee\n");
    EXPECT_TRUE(reader_->drain());
    EXPECT_EQ(lines_.back(), "three");
}

// If it fails, the last words of a handler that crashed are lost.
TEST_F(StderrReaderTest, HandsOverTheUnfinishedLineAtTheEnd) {
    write("last words");
    EXPECT_TRUE(reader_->drain());
    to_.reset();
    EXPECT_FALSE(reader_->drain());
    EXPECT_EQ(lines_, (Lines{"last words"}));
    EXPECT_FALSE(reader_->drain());
    reader_->close();
    EXPECT_EQ(lines_.size(), 1u);
}

TEST_F(StderrReaderTest, CloseReadsTheRestAndIsSilentAfterwards) {
    write("rest\nhalf");
    reader_->close();
    EXPECT_EQ(lines_, (Lines{"rest", "half"}));
    write("later\n");
    EXPECT_FALSE(reader_->drain());
    EXPECT_EQ(lines_.size(), 2u);
}

// If it fails, a handler that never writes a newline takes all memory, or is not heard.
TEST_F(StderrReaderTest, CutsLongLinesIntoPieces) {
    const std::string exact(kStderrLineBytesMax, 'a');
    write(exact + "b\n" + exact + "\nc\n");
    reader_->drain();
    EXPECT_EQ(lines_, (Lines{exact, "b", exact, "c"}));
}

}  // namespace
}  // namespace millbeck::sinks
