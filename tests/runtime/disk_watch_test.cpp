// What is said of a disk that gets full.
#include "runtime/disk_watch.hpp"

#include <gtest/gtest.h>

#include "tests/support/store_fixture.hpp"

namespace millbeck::runtime {
namespace {

// If it fails, a disk fills up without a word, or with one every second.
TEST(DiskWatch, SpeaksOnceForEachHalf) {
    tests::StoreFixture store;
    ASSERT_TRUE(store.open());
    DiskWatch watch(store.files(), store.data_folder(), store.log(), store.metrics());
    const auto at = [&](std::uint64_t megabytes) {
        store.files().set_free_bytes(megabytes << 20U);
        return watch.look();
    };
    EXPECT_EQ(at(1024), "");
    EXPECT_NE(at(1000).find("has 1000 MB left, and the log holds "), std::string::npos);
    EXPECT_EQ(at(999), "");
    EXPECT_NE(at(400).find("has 400 MB left"), std::string::npos);
    EXPECT_EQ(at(900), "") << "it comes and goes";
    EXPECT_EQ(at(401), "");
    EXPECT_NE(at(0).find("has 0 MB left"), std::string::npos);
    EXPECT_NE(at(2000).find("has room again"), std::string::npos);
    EXPECT_EQ(at(2000), "");
    EXPECT_NE(store.metrics().print().find("millbeck_disk_free_bytes 2097152000"),
              std::string::npos);
}

}  // namespace
}  // namespace millbeck::runtime
