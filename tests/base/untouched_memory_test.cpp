#include "base/untouched_memory.hpp"

#include <algorithm>
#include <cstdint>

#include <gtest/gtest.h>

namespace millbeck::base {
namespace {

TEST(UntouchedMemory, IsZeroUntilWritten) {
    constexpr std::size_t kBytes = std::size_t{1} << 30U;  // more than a test may take
    const UntouchedMemory memory(kBytes);
    ASSERT_EQ(memory.bytes().size(), kBytes);
    EXPECT_EQ(memory.bytes().front(), std::byte{0});
    EXPECT_EQ(memory.bytes().back(), std::byte{0});
    memory.bytes().back() = std::byte{7};
    EXPECT_EQ(memory.bytes().back(), std::byte{7});
}

TEST(UntouchedMemory, MayBeNone) {
    const UntouchedMemory memory(0);
    EXPECT_TRUE(memory.bytes().empty());
}

}  // namespace
}  // namespace millbeck::base
