#include "triggers/batch_builder.hpp"

#include <gtest/gtest.h>

namespace millbeck::triggers {
namespace {

using shardlog::RecordView;
using shardlog::SequenceNumber;

RecordView record(std::uint64_t position, std::string_view keys) {
    RecordView view;
    view.sequence = SequenceNumber{position};
    view.time = base::WallTime{base::Milliseconds{1'000 * static_cast<std::int64_t>(position)}};
    view.keys = {keys, 2};
    view.new_image = {keys, 2};
    return view;
}

BatchBuilder builder() {
    return BatchBuilder(
        {.trigger = "notify", .shard_id = "shard", .region = "us-east-1", .stream_arn = "arn:s"});
}

// If it fails, a sink reads freed memory, or one record's text for another's.
TEST(BatchBuilder, BatchesOwnTheirText) {
    BatchBuilder building = builder();
    std::vector<BatchInHand> batches;
    for (std::uint64_t i = 0; i < 3; ++i) {
        const std::string keys = R"({"id":{"N":")" + std::to_string(i) + R"("}})";
        const std::size_t bytes = building.add(record(10 + i, keys));
        batches.push_back(
            building.build("request", SequenceNumber{10 + i}, SequenceNumber{11 + i}));
        EXPECT_EQ(batches.back().batch->payload_bytes, bytes);
        EXPECT_TRUE(building.records().empty());
    }
    for (std::uint64_t i = 0; i < 3; ++i) {
        const auto& message = batches[i].batch->messages.at(0);
        EXPECT_EQ(message.id, SequenceNumber{10 + i}.to_string());
        EXPECT_EQ(message.key, R"({"id":{"N":")" + std::to_string(i) + R"("}})");
        EXPECT_NE(message.record.find(message.key), std::string_view::npos);
        EXPECT_EQ(message.record.find('\n'), std::string_view::npos);
    }
}

TEST(BatchBuilder, UndoTakesTheLastRecordOut) {
    BatchBuilder building = builder();
    building.add(record(1, "{}"));
    building.add(record(2, R"({"gone":{"S":"x"}})"));
    building.undo();
    const auto batch = building.build("request", SequenceNumber{1}, SequenceNumber{2});
    ASSERT_EQ(batch.batch->messages.size(), 1u);
    ASSERT_EQ(batch.records.size(), 1u);
    EXPECT_EQ(batch.batch->payload_bytes, batch.batch->messages[0].record.size());
}

// If it fails, what remains of a batch is checked in with the wrong positions or dies with the
// whole.
TEST(BatchBuilder, TheRestOfABatchLivesWithoutTheWhole) {
    BatchBuilder building = builder();
    for (std::uint64_t i = 1; i <= 3; ++i) {
        building.add(record(i, R"({"id":{"S":")" + std::string(i, 'k') + R"("}})"));
    }
    auto whole = building.build("first", SequenceNumber{1}, SequenceNumber{9});
    const auto rest = slice(whole, 2, 3, "second");
    whole = {};
    ASSERT_EQ(rest.batch->messages.size(), 1u);
    EXPECT_EQ(rest.batch->messages[0].key, R"({"id":{"S":"kkk"}})");
    EXPECT_EQ(rest.batch->request_id, "second");
    EXPECT_EQ(rest.batch->payload_bytes, rest.batch->messages[0].record.size());
    EXPECT_EQ(rest.from, SequenceNumber{3});
    EXPECT_EQ(rest.next, SequenceNumber{9});
}

}  // namespace
}  // namespace millbeck::triggers
