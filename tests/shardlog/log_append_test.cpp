// What is appended, synced and published comes back: whole, in order, from the right shard.
#include <gtest/gtest.h>

#include "tests/support/log_harness.hpp"

namespace millbeck::tests {
namespace {

using namespace shardlog;
using base::Code;

class LogAppend : public ::testing::Test {
  protected:
    void SetUp() override { test.must_open(); }

    LogHarness test;
};

// If it fails, a new node does not start, or starts at a position that means "before everything".
TEST_F(LogAppend, StartsEmptyAtPositionOne) {
    EXPECT_EQ(SequenceNumber{1}, test.log->next_sequence());
    EXPECT_EQ(SequenceNumber{1}, test.log->latest());
    EXPECT_EQ(SequenceNumber{}, test.log->stats().published);
    EXPECT_EQ(1u, test.log->stats().segments);
    EXPECT_TRUE(test.all_values().empty());
}

// If it fails, a reader gets another record than the writer wrote.
TEST_F(LogAppend, GivesBackEveryField) {
    const Stream stream = test.stream();
    OwnDraft draft = tests::draft(stream.id, 7, R"({"a":{"N":"1"}})");
    draft.event = EventName::Modify;
    draft.origin = Origin::TimeToLive;
    draft.old_value = R"({"a":{"N":"0"}})";
    const SequenceNumber first = test.commit({draft});

    const auto page = test.log->read(test.log->shards(stream.id).front().id.number(), {}, {});
    ASSERT_TRUE(page) << page.error().message;
    ASSERT_EQ(1u, page->records.size());
    const RecordView& record = page->records.front();
    EXPECT_EQ(first, record.sequence);
    EXPECT_EQ(test.clock.wall(), record.time);
    EXPECT_EQ(draft.table, record.table);
    EXPECT_EQ(stream.id, record.stream);
    EXPECT_EQ(test.log->shards(stream.id).front().id.number(), record.shard);
    EXPECT_EQ(EventName::Modify, record.event);
    EXPECT_EQ(Origin::TimeToLive, record.origin);
    EXPECT_EQ(draft.row_key, record.row_key);
    EXPECT_EQ(draft.keys, record.keys.text);
    EXPECT_EQ(4u, record.keys.size_bytes);
    EXPECT_EQ(draft.value, record.new_image.text);
    EXPECT_EQ(draft.value.size(), record.new_image.size_bytes);
    EXPECT_EQ(draft.old_value, record.old_image.text);
    EXPECT_FALSE(page->end_of_shard);
    EXPECT_EQ(first.next(), page->next);
}

// If it fails, a client can read a write that a power cut takes back.
TEST_F(LogAppend, ShowsNothingBeforePublish) {
    const Stream stream = test.stream();
    ASSERT_TRUE(test.append({draft(stream.id, 1, "a")}));
    EXPECT_TRUE(test.all_values().empty());
    ASSERT_TRUE(test.log->sync());
    EXPECT_TRUE(test.all_values().empty());
    EXPECT_EQ(SequenceNumber{1}, test.log->latest());
    test.log->publish();
    EXPECT_EQ(std::vector<std::string>{"a"}, test.all_values());
    EXPECT_EQ(SequenceNumber{2}, test.log->latest());
}

// If it fails, records of one item can be in two shards, or a reader of one shard sees others'.
TEST_F(LogAppend, PutsEachHashIntoItsShardOnly) {
    const Stream stream = test.stream(4);
    std::vector<OwnDraft> drafts;
    for (int round = 0; round < 3; ++round) {
        for (std::uint64_t shard = 0; shard < 4; ++shard) {
            drafts.push_back(draft(stream.id, hash_in_shard(shard, 4),
                                   std::to_string(shard) + "." + std::to_string(round)));
        }
    }
    test.commit(drafts);
    const std::vector<Shard> shards = test.log->shards(stream.id);
    ASSERT_EQ(4u, shards.size());
    for (std::size_t i = 0; i < 4; ++i) {
        const std::string name = std::to_string(i);
        EXPECT_EQ((std::vector<std::string>{name + ".0", name + ".1", name + ".2"}),
                  test.values(shards[i].id.number()));
    }
}

// If it fails, tables without a stream lose their durability or show up in somebody's stream.
TEST_F(LogAppend, KeepsRecordsWithoutAStreamOutOfAllShards) {
    const Stream stream = test.stream();
    test.commit({draft(kNoStream, 1, "hidden"), draft(stream.id, 1, "shown")});
    EXPECT_EQ((std::vector<std::string>{"hidden", "shown"}), test.all_values());
    EXPECT_EQ(std::vector<std::string>{"shown"},
              test.values(test.log->shards(stream.id).front().id.number()));
}

// If it fails, a record for a stream that nobody reads disappears without a word.
TEST_F(LogAppend, RefusesAStreamThatIsNotEnabled) {
    const Stream stream = test.stream();
    ASSERT_TRUE(test.log->disable_stream(stream.id));
    const auto refused = test.append({draft(stream.id, 1, "a")});
    ASSERT_FALSE(refused);
    EXPECT_EQ(Code::NotFound, refused.error().code);
    EXPECT_EQ(SequenceNumber{1}, test.log->next_sequence());
}

// If it fails, one request can fill a segment, or a refused one leaves a gap in the positions.
TEST_F(LogAppend, RefusesACommitAboveTheLimit) {
    const auto refused = test.append({draft(kNoStream, 1, std::string(40'000, 'x'))});
    ASSERT_FALSE(refused);
    EXPECT_EQ(Code::LimitExceeded, refused.error().code);
    EXPECT_EQ(SequenceNumber{1}, test.commit({draft(kNoStream, 1, "fits")}));
}

// If it fails, a refused group stays in the log, or takes what was committed before with it.
TEST_F(LogAppend, DiscardsOnlyWhatWasNotSynced) {
    test.commit({draft(kNoStream, 1, "a")});
    ASSERT_TRUE(test.append({draft(kNoStream, 1, "b")}));
    ASSERT_TRUE(test.log->sync());
    ASSERT_TRUE(test.append({draft(kNoStream, 1, "c")}));
    test.log->discard();
    EXPECT_EQ(SequenceNumber{3}, test.log->next_sequence());
    test.commit({draft(kNoStream, 1, "d")});
    EXPECT_EQ((std::vector<std::string>{"a", "b", "d"}), test.all_values());
    test.must_open();
    EXPECT_EQ((std::vector<std::string>{"a", "b", "d"}), test.all_values());
}

// If it fails, the log stops at 64 KB, or a group larger than a segment is torn apart.
TEST_F(LogAppend, GoesOnInNewSegments) {
    const Stream stream = test.stream();
    std::vector<std::string> wanted;
    for (int group = 0; group < 4; ++group) {
        for (int i = 0; i < 20; ++i) {
            wanted.push_back(std::to_string(group * 20 + i));
            OwnDraft large = draft(stream.id, 1, wanted.back());
            large.old_value = std::string(4000, 'x');
            ASSERT_TRUE(test.append({large}));
        }
        ASSERT_TRUE(test.log->sync());
        test.log->publish();
    }
    EXPECT_GT(test.log->stats().segments, 4u);
    const ShardNumber shard = test.log->shards(stream.id).front().id.number();
    EXPECT_EQ(wanted, test.all_values());
    EXPECT_EQ(wanted, test.values(shard));
    test.must_open();
    EXPECT_EQ(wanted, test.all_values());
    EXPECT_EQ(wanted, test.values(shard));
    EXPECT_EQ(SequenceNumber{81}, test.log->next_sequence());
}

// If it fails, a wrong setting is noticed months later, or not at all.
TEST(LogOptions, AreRefusedOutOfRange) {
    struct Row {
        const char* name;
        LogOptions options;
    };
    using base::Milliseconds;
    const std::vector<Row> rows = {
        {"segment_bytes", {.segment_bytes = 1000}},
        {"segment_bytes", {.segment_bytes = 2u << 30}},
        {"retention", {.retention = Milliseconds{999}}},
        {"retention", {.retention = Milliseconds{366LL * 24 * 3'600'000}}},
        {"shard_roll_after", {.shard_roll_after = Milliseconds{25 * 3'600'000}}},
        {"commit_bytes_max", {.commit_bytes_max = 1000}},
    };
    for (const Row& row : rows) {
        LogHarness test;
        test.options = row.options;
        const base::Status opened = test.open();
        ASSERT_FALSE(opened) << row.name;
        EXPECT_EQ(Code::Invalid, opened.error().code);
        EXPECT_NE(std::string::npos, opened.error().message.find(row.name))
            << opened.error().message;
    }
}

}  // namespace
}  // namespace millbeck::tests
