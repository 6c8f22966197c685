#include "sinks/handler/event.hpp"

#include <climits>
#include <string>

#include <gtest/gtest.h>

#include "tests/sinks/batches.hpp"

namespace millbeck::sinks {
namespace {

// Everything the cursor gives, in steps of at most `step` bytes.
std::string drain(EventBytes event, std::size_t step) {
    std::string text;
    while (!event.done()) {
        const auto pieces = event.rest();
        EXPECT_LE(pieces.size(), static_cast<std::size_t>(IOV_MAX));
        std::size_t taken = 0;
        for (const iovec& piece : pieces) {
            const std::size_t part = std::min(piece.iov_len, step - taken);
            text.append(static_cast<const char*>(piece.iov_base), part);
            taken += part;
        }
        event.advance(taken);
        EXPECT_TRUE(event.begun());
    }
    EXPECT_TRUE(event.rest().empty());
    return text;
}

// If it fails, functions written for AWS do not understand their event.
TEST(EventBytes, IsWhatLambdaDelivers) {
    EXPECT_EQ(drain(EventBytes(make_batch(7, 2), EventEnding::None), SIZE_MAX),
              R"({"Records":[{"seq":"7","pad":""},{"seq":"8","pad":""}]})");
}

// If it fails, a function with tumbling windows does not understand its event.
TEST(EventBytes, CarriesMembersAfterTheRecords) {
    Batch batch = make_batch(7, 1);
    batch.members = R"("shardId":"s","state":{})";
    EXPECT_EQ(drain(EventBytes(batch, EventEnding::Newline), SIZE_MAX),
              "{\"Records\":[{\"seq\":\"7\",\"pad\":\"\"}],\"shardId\":\"s\",\"state\":{}}\n");
    batch.messages.clear();
    EXPECT_EQ(drain(EventBytes(batch, EventEnding::None), SIZE_MAX),
              R"({"Records":[],"shardId":"s","state":{}})");
}

TEST(EventBytes, EndsTheLineForPipes) {
    EXPECT_EQ(drain(EventBytes(make_batch(7, 1), EventEnding::Newline), SIZE_MAX),
              "{\"Records\":[{\"seq\":\"7\",\"pad\":\"\"}]}\n");
}

// A pipe takes what fits. If it fails, bytes are lost or doubled where a write was cut.
TEST(EventBytes, GoesOnWhereAWriteWasCut) {
    const Batch batch = make_batch(1, 1'500, 3);
    const std::string whole = event_of(batch);
    for (const std::size_t step : {1u, 7u, 4'096u, 65'536u}) {
        EXPECT_EQ(drain(EventBytes(batch, EventEnding::None), step), whole) << step;
    }
}

TEST(EventBytes, HasNotBegunBeforeTheFirstByte) {
    const Batch batch = make_batch(1, 1);
    EventBytes event(batch, EventEnding::None);
    event.advance(0);
    EXPECT_FALSE(event.begun());
    EXPECT_FALSE(event.done());
}

}  // namespace
}  // namespace millbeck::sinks
