#include "capture/change.hpp"

#include <gtest/gtest.h>

namespace millbeck::capture {
namespace {

using shardlog::EventName;
using shardlog::ItemView;

// A wrong event name, or a record for a write that changed nothing, is a lie in the stream.
TEST(Change, IsDecidedFromWhatWasAndWhatIs) {
    const ItemView nothing;
    const ItemView a{R"({"p":{"S":"a"}})", 2};
    const ItemView same_text{R"({"p":{"S":"a"}})", 2};
    const ItemView b{R"({"p":{"S":"a"},"x":{"BOOL":true}})", 4};
    EXPECT_EQ(decide_change(nothing, a), EventName::Insert);
    EXPECT_EQ(decide_change(a, b), EventName::Modify);
    EXPECT_EQ(decide_change(b, nothing), EventName::Remove);
    EXPECT_EQ(decide_change(a, same_text), std::nullopt);
    EXPECT_EQ(decide_change(nothing, nothing), std::nullopt);
}

}  // namespace
}  // namespace millbeck::capture
