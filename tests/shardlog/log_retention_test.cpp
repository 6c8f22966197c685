// What may go, when it goes, and what readers are told.
#include <algorithm>
#include <filesystem>

#include <gtest/gtest.h>

#include "tests/support/log_harness.hpp"

namespace millbeck::tests {
namespace {

using namespace shardlog;
using base::Code;
using base::Milliseconds;

constexpr Milliseconds kHour{3'600'000};

class LogRetention : public ::testing::Test {
  protected:
    void SetUp() override {
        test.must_open();
        stream = test.stream(2);
        const std::vector<Shard> shards = test.log->shards(stream.id);
        low = shards[0].id.number();
        high = shards[1].id.number();
    }

    OwnDraft to_low(std::string value) const {
        return draft(stream.id, hash_in_shard(0, 2), std::move(value));
    }
    OwnDraft to_high(std::string value) const {
        return draft(stream.id, hash_in_shard(1, 2), std::move(value));
    }
    void release_all() { test.log->release(SequenceNumber{test.log->latest().position() - 1}); }
    std::uint64_t first() const { return test.log->stats().first.position(); }
    std::uint64_t first_of_growing() const { return test.log->sealed_through().position() + 1; }

    // A sealed segment of `to_low` records, its first one "old".
    void seal_one() {
        test.commit({to_low("old")});
        test.fill_segment(to_low("f"));
    }

    LogHarness test;
    Stream stream;
    ShardNumber low;
    ShardNumber high;
};

// If it fails, the disk fills up, or records go before their time.
TEST_F(LogRetention, TrimsSegmentsWhoseNewestRecordIsPastRetention) {
    seal_one();
    release_all();
    test.clock.advance(24 * kHour - Milliseconds{1});
    test.must_maintain();
    EXPECT_EQ(1u, first());
    test.clock.advance(Milliseconds{1});
    test.must_maintain();
    EXPECT_EQ(test.log->sealed_through().next(), test.log->stats().first);
    EXPECT_EQ(1u, test.names(".seg").size());
    EXPECT_TRUE(test.names(".idx").empty());
}

// If it fails, recovery misses records that the tables do not have yet.
TEST_F(LogRetention, KeepsWhatIsNotReleased) {
    seal_one();
    test.clock.advance(48 * kHour);
    test.must_maintain();
    EXPECT_EQ(1u, first());
    test.log->release(SequenceNumber{test.log->sealed_through().position() - 1});
    test.must_maintain();
    EXPECT_EQ(1u, first()) << "its last record is still needed";
    test.log->release(test.log->sealed_through());
    test.log->release(SequenceNumber{1});  // never back
    test.must_maintain();
    EXPECT_LT(1u, first());
}

// If it fails, a running snapshot loses the log it still has to read.
TEST_F(LogRetention, KeepsWhatIsPinned) {
    seal_one();
    const std::uint64_t second = test.log->sealed_through().position() + 1;
    test.fill_segment(to_low("f"));
    release_all();
    test.clock.advance(48 * kHour);
    auto pin = test.log->pin(test.log->sealed_through(), "a copy");
    auto older = test.log->pin(SequenceNumber{2}, "an older copy");
    test.must_maintain();
    EXPECT_EQ(1u, first());
    older->advance(SequenceNumber{second - 1});
    older->advance(SequenceNumber{1});  // never back
    test.must_maintain();
    EXPECT_EQ(1u, first()) << "the last record of the first segment is pinned";
    older.reset();
    test.must_maintain();
    EXPECT_EQ(second, first());
    pin.reset();
    test.must_maintain();
    EXPECT_LT(second, first());
}

// If it fails, a disk smaller than a day's writes fills up.
TEST_F(LogRetention, TrimsTheOldestWhenThereAreTooManyBytes) {
    test.options.retention_bytes = 2 * test.options.segment_bytes;
    test.must_open();
    for (int i = 0; i < 4; ++i) {
        test.fill_segment(to_low("f"));
    }
    release_all();
    EXPECT_EQ(5u, test.log->stats().segments);
    test.must_maintain();
    EXPECT_EQ(3u, test.log->stats().segments) << "two sealed ones and the growing one";
    EXPECT_LE(test.log->stats().bytes, 3 * test.options.segment_bytes);
}

// If it fails, a reader that fell off the end skips records without a word; or one that lost
// nothing is told that it did.
TEST_F(LogRetention, SaysTrimmedOnlyWhereRecordsOfThatShardAreGone) {
    const SequenceNumber gone = test.commit({to_low("gone")});
    test.fill_segment(draft(kNoStream, 1, "f"));
    const SequenceNumber kept = test.commit({to_low("kept")});
    test.commit({to_high("high")});
    release_all();
    test.clock.advance(48 * kHour);
    EXPECT_EQ(SequenceNumber{1}, test.log->trim_horizon(low));
    test.must_maintain();
    for (int round = 0; round < 2; ++round) {
        for (const SequenceNumber from : {SequenceNumber{}, gone}) {
            const auto page = test.log->read(low, from, {});
            ASSERT_FALSE(page);
            EXPECT_EQ(Code::Trimmed, page.error().code);
        }
        EXPECT_EQ(gone.next(), test.log->trim_horizon(low).value());
        EXPECT_EQ(std::vector<std::string>{"kept"}, test.values(low, gone.next()));
        EXPECT_EQ(std::vector<std::string>{"kept"}, test.values(low, kept));
        // Nothing of this shard was in the segment that went.
        EXPECT_EQ(std::vector<std::string>{"high"}, test.values(high));
        EXPECT_EQ(SequenceNumber{1}, test.log->trim_horizon(high).value());
        const auto scanned = test.log->scan(gone, [](const CommitView&) { return base::Status{}; });
        ASSERT_FALSE(scanned);
        EXPECT_EQ(Code::Trimmed, scanned.error().code);
        EXPECT_EQ((std::vector<std::string>{"f", "kept", "high"}),
                  test.all_values(test.log->stats().first));
        test.must_open();  // and after a restart
    }
}

// If it fails, a page in a client's hands changes under it, or its memory is gone.
TEST_F(LogRetention, PagesOutliveTheirSegment) {
    seal_one();
    const auto page = test.log->read(low, {}, {});
    ASSERT_TRUE(page);
    release_all();
    test.clock.advance(48 * kHour);
    test.must_maintain();
    ASSERT_LT(1u, first());
    ASSERT_EQ(1u, test.names(".spare").size());
    EXPECT_EQ(std::string::npos, test.bytes_of(test.names(".spare").at(0)).find("fffff"))
        << "a segment in use was taken for a new one";
    test.fill_segment(to_low("other"));
    EXPECT_EQ("old", page->records.front().new_image.text);
    EXPECT_EQ("f", page->records.back().new_image.text);
}

// If it fails, old records of a file that lives again are shown as new ones.
TEST_F(LogRetention, OldBytesOfARecycledSegmentAreNeverSeen) {
    seal_one();
    test.must_maintain();
    const std::string spare = test.names(".spare").at(0);
    std::filesystem::remove(test.path() / spare);  // so that the trimmed segment is wanted
    test.must_open();
    release_all();
    test.clock.advance(48 * kHour);
    test.must_maintain();
    ASSERT_EQ(1u, test.names(".spare").size());
    EXPECT_NE(std::string::npos, test.bytes_of(test.names(".spare").at(0)).find("fffff"));
    const std::uint64_t before = first();
    test.fill_segment(to_low("g"));
    ASSERT_TRUE(test.names(".spare").empty());
    const auto values = [&] { return test.all_values(SequenceNumber{before}).size(); };
    const std::size_t wanted = values();
    test.must_open();
    EXPECT_EQ(wanted, values());
    EXPECT_EQ(SequenceNumber{before + wanted}, test.log->next_sequence());
    EXPECT_EQ(0, test.metrics->counter("millbeck_shardlog_torn_bytes_total", "").value());
}

// If it fails, the records of a log that nobody writes to any more never go.
TEST_F(LogRetention, SealsAQuietSegmentByAge) {
    test.commit({to_low("quiet")});
    release_all();
    test.clock.advance(kHour);
    test.must_maintain();
    EXPECT_EQ(1u, test.log->stats().segments) << "only the writer may seal";
    ASSERT_TRUE(test.log->roll_due_shards());
    EXPECT_EQ(2u, test.log->stats().segments);
    test.must_maintain();
    EXPECT_LT(test.log->stats().bytes, test.options.segment_bytes + 1000)
        << "the unused end of a sealed segment is cut off";
    EXPECT_EQ(std::vector<std::string>{"quiet"}, test.values(low));
    test.must_open();
    EXPECT_EQ(std::vector<std::string>{"quiet"}, test.values(low));
    test.clock.advance(24 * kHour);
    release_all();
    test.must_maintain();
    EXPECT_EQ(1u, test.log->stats().segments);
    EXPECT_EQ(Code::Trimmed, test.log->read(low, {}, {}).error().code);
    // An empty segment is not sealed, however old.
    test.clock.advance(24 * kHour);
    test.must_maintain();
    ASSERT_TRUE(test.log->roll_due_shards());
    EXPECT_EQ(1u, test.log->stats().segments);
}

// If it fails, an append after a quiet hour goes to a segment that keeps old records alive.
TEST_F(LogRetention, AnAppendSealsAnOldSegmentToo) {
    test.commit({to_low("quiet")});
    test.clock.advance(kHour);
    test.must_maintain();
    test.commit({to_low("loud")});
    EXPECT_EQ(2u, test.log->stats().segments);
    EXPECT_EQ((std::vector<std::string>{"quiet", "loud"}), test.values(low));
}

// If it fails, closed shards and deleted streams stay for ever, or go while they can be read.
TEST_F(LogRetention, ForgetsShardsAndStreamsWithTheirLastRecord) {
    test.commit({to_low("a"), to_high("b")});
    ASSERT_TRUE(test.log->disable_stream(stream.id));
    test.fill_segment(draft(kNoStream, 1, "f"));
    release_all();
    test.clock.advance(23 * kHour);
    test.must_maintain();
    EXPECT_EQ(std::vector<std::string>{"a"}, test.values(low));
    EXPECT_TRUE(test.log->find_stream(stream.id));
    test.clock.advance(kHour);
    test.must_maintain();
    EXPECT_EQ(Code::NotFound, test.log->read(low, {}, {}).error().code);
    EXPECT_EQ(Code::NotFound, test.log->trim_horizon(high).error().code);
    EXPECT_FALSE(test.log->find_stream(stream.id));
    EXPECT_TRUE(test.log->streams().empty());
}

// If it fails, one rotten segment keeps the log growing for ever, or its shards pretend that
// nothing was lost.
TEST_F(LogRetention, TrimsADamagedSegmentToo) {
    seal_one();
    test.must_maintain();
    test.log.reset();
    ASSERT_TRUE(test.files.flip_bit(test.path() / test.names(".seg").at(0), 9000, 1));
    ASSERT_TRUE(test.files.flip_bit(test.path() / test.names(".idx").at(0), 100, 1));
    test.must_open();
    release_all();
    test.clock.advance(48 * kHour);
    test.must_maintain();
    EXPECT_EQ(1u, test.log->stats().segments);
    EXPECT_EQ(Code::Trimmed, test.log->read(low, {}, {}).error().code);
    EXPECT_EQ(Code::Trimmed, test.log->read(high, {}, {}).error().code);
}

// If it fails, a power cut in the middle of a trim makes the log refuse to start.
TEST_F(LogRetention, FinishesATrimThatWasCutShort) {
    seal_one();
    test.fill_segment(to_low("f"));
    test.must_maintain();
    release_all();
    test.clock.advance(48 * kHour);
    test.files.inject({.call = base::FileCall::Remove, .name_part = ".idx"});
    EXPECT_FALSE(test.log->maintain());
    ASSERT_EQ(3u, test.names(".seg").size());
    test.must_open();
    EXPECT_EQ(1u, test.names(".seg").size());
    EXPECT_TRUE(test.names(".idx").empty());
    EXPECT_EQ(Code::Trimmed, test.log->read(low, {}, {}).error().code);
}

// If it fails, `/metrics` and operators are told nothing, or something else.
TEST_F(LogRetention, CountsWhatItTrims) {
    seal_one();
    release_all();
    test.clock.advance(48 * kHour);
    test.must_maintain();
    EXPECT_EQ(static_cast<double>(first() - 1),
              test.metrics->counter("millbeck_shardlog_trimmed_records_total", "").value());
    EXPECT_EQ(1, test.metrics->gauge("millbeck_shardlog_segments", "").value());
}

// If it fails, a stream that was promised a week loses its changes after a day, or a stream of one
// table fills the disk for all the others.
TEST_F(LogRetention, AStreamWithALongerRetentionHoldsItsSegments) {
    test.options.table_retention = {{stream.table_name, 48 * kHour}};
    test.must_open();
    EXPECT_EQ(test.log->find_stream(stream.id)->retention, 48 * kHour);
    const Stream films = test.stream(1, "films");
    EXPECT_FALSE(films.retention);
    const auto film = [&](const char* value) { return draft(films.id, 1, value); };
    test.fill_segment(film("first"));
    const std::uint64_t second = first_of_growing();
    test.commit({to_low("kept")});
    test.fill_segment(film("beside it"));
    test.fill_segment(film("behind it"));
    release_all();
    test.clock.advance(24 * kHour);
    test.must_maintain();
    EXPECT_EQ(second, first()) << "nobody keeps the first segment longer";
    EXPECT_EQ(std::vector<std::string>{"kept"}, test.values(low));
    test.clock.advance(24 * kHour - Milliseconds{1});
    test.must_maintain();
    EXPECT_EQ(second, first());
    test.clock.advance(Milliseconds{1});
    test.must_maintain();
    EXPECT_EQ(test.log->sealed_through().next(), test.log->stats().first);
    EXPECT_EQ(0,
              test.metrics->counter("millbeck_shardlog_early_trimmed_records_total", "").value());
}

// If it fails, a table that was dropped takes the changes with it that were to be kept longer.
TEST_F(LogRetention, ADisabledStreamIsRememberedForItsOwnRetention) {
    test.options.table_retention = {{stream.table_name, 48 * kHour}};
    test.must_open();
    test.commit({to_low("a")});
    ASSERT_TRUE(test.log->disable_stream(stream.id));
    test.fill_segment(draft(kNoStream, 1, "f"));
    release_all();
    test.clock.advance(47 * kHour);
    test.must_maintain();
    EXPECT_EQ(std::vector<std::string>{"a"}, test.values(low));
    EXPECT_EQ(2u, test.log->shards(stream.id).size()) << "the shard that stayed empty too";
    test.clock.advance(kHour);
    test.must_maintain();
    EXPECT_FALSE(test.log->find_stream(stream.id));
}

// If it fails, a retention that the disk cannot hold is broken in silence, or fills the disk.
TEST_F(LogRetention, TheBytesAreStrongerThanAnyRetentionAndItIsSaid) {
    test.options.table_retention = {{stream.table_name, 48 * kHour}};
    test.options.retention_bytes = test.options.segment_bytes;
    test.must_open();
    testing::internal::CaptureStderr();
    for (int i = 0; i < 3; ++i) {
        test.fill_segment(to_low("f"));
        test.fill_segment(to_low("f"));
        release_all();
        test.must_maintain();
        EXPECT_EQ(2u, test.log->stats().segments) << "one sealed one and the growing one";
    }
    const std::string said = testing::internal::GetCapturedStderr();
    EXPECT_EQ(1, std::count(said.begin(), said.end(), '\n')) << said;
    EXPECT_NE(std::string::npos, said.find("before their retention is over")) << said;
    EXPECT_EQ(static_cast<double>(first() - 1),
              test.metrics->counter("millbeck_shardlog_early_trimmed_records_total", "").value());
}

// If it fails, a stream is promised less than every stream gets.
TEST_F(LogRetention, RefusesAShorterRetentionForATable) {
    test.options.table_retention = {{stream.table_name, 23 * kHour}};
    const base::Status opened = test.open();
    ASSERT_FALSE(opened);
    EXPECT_EQ(Code::Invalid, opened.error().code);
    EXPECT_NE(std::string::npos, opened.error().message.find("retention (ms) of table music is"));
}

}  // namespace
}  // namespace millbeck::tests
