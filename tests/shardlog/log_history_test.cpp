// The past of a log: versions of an item, positions of moments, stretches of commits; in growing
// and sealed segments, and in the archive.
#include <algorithm>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "shardlog/past_index.hpp"
#include "tests/support/log_harness.hpp"

namespace millbeck::tests {
namespace {

using namespace shardlog;
using base::Code;
using base::FileCall;
using base::Milliseconds;

constexpr Milliseconds kHour{3'600'000};
constexpr Milliseconds kDay{24 * 3'600'000};

class LogHistoryTest : public ::testing::Test {
  protected:
    void open() {
        test.must_open();
        if (test.log->streams().empty()) {
            stream = test.stream(2).id;
        }
    }
    [[nodiscard]] const LogHistory& history() const { return test.log->history(); }

    // `commits` of three records each, of 50 items in turn; a segment takes about 250.
    void write(int commits) {
        for (int i = 0; i < commits; ++i) {
            std::vector<OwnDraft> drafts;
            for (int j = 0; j < 3; ++j) {
                OwnDraft one = draft(stream, written % 50 + 1, fmt::format("value {}", written));
                one.old_value = fmt::format(
                    R"({{"customer":{{"S":"c{}"}},"state":{{"S":"paid"}}}})", written % 7);
                drafts.push_back(std::move(one));
                ++written;
            }
            const auto appended = test.append(drafts);
            ASSERT_TRUE(appended) << appended.error().message;
            test.clock.advance(Milliseconds{10});
            // Several commits to a sync: what is read has to be right, not slow to write.
            if (i % 20 == 19 || i == commits - 1) {
                ASSERT_TRUE(test.log->sync());
                test.log->publish();
            }
        }
    }

    // Everything that is past retention goes, two segments a call.
    void maintain_all() {
        test.log->release(SequenceNumber{test.log->latest().position() - 1});
        for (int i = 0; i < 20; ++i) {
            test.must_maintain();
        }
    }

    std::vector<std::string> scanned(LogRange range) {
        std::vector<std::string> values;
        const auto done = history().scan(range, [&](const CommitView& commit) -> base::Status {
            for (const RecordView& record : commit.records) {
                values.push_back(
                    fmt::format("{} {}", record.sequence.position(), record.new_image.text));
            }
            return {};
        });
        EXPECT_TRUE(done) << done.error().message;
        return values;
    }

    std::vector<std::string> versions(std::uint64_t hash, LogRange range, ReadOrder order) {
        std::vector<std::string> values;
        const std::string key = row_key_of(hash);
        const auto done =
            history().versions({TableId{1}, key}, range, order,
                               [&](const RecordView& record) -> base::Result<NextRecord> {
                                   values.emplace_back(record.new_image.text);
                                   return NextRecord::Wanted;
                               });
        EXPECT_TRUE(done) << done.error().message;
        return values;
    }

    // Versions of an item among the first `written` records.
    [[nodiscard]] std::vector<std::string> wanted(std::uint64_t hash) const {
        std::vector<std::string> values;
        for (std::uint64_t i = hash - 1; i < written; i += 50) {
            values.push_back(fmt::format("value {}", i));
        }
        return values;
    }

    [[nodiscard]] LogRange everything() const { return {SequenceNumber{1}, history().newest()}; }

    void check_everything() {
        const auto values = scanned(everything());
        ASSERT_EQ(written, values.size());
        for (std::uint64_t i = 0; i < written; ++i) {
            ASSERT_EQ(fmt::format("{} value {}", i + 1, i), values[i]);
        }
        for (const std::uint64_t hash : {1u, 17u, 50u}) {
            auto all = wanted(hash);
            EXPECT_EQ(all, versions(hash, everything(), ReadOrder::OldestFirst));
            std::reverse(all.begin(), all.end());
            EXPECT_EQ(all, versions(hash, everything(), ReadOrder::NewestFirst));
        }
        EXPECT_TRUE(versions(51, everything(), ReadOrder::OldestFirst).empty());
    }

    // A log whose older segments are in the archive.
    void fill_archive() {
        test.options.archive_retention = 30 * kDay;
        open();
        begun = test.clock.wall();
        write(500);
        test.clock.advance(25 * kHour);
        write(100);
        maintain_all();
        ASSERT_GT(test.log->stats().first.position(), 1u);
    }

    LogHarness test;
    StreamId stream;
    base::WallTime begun{};
    std::uint64_t written = 0;
};

// If it fails, the history of an item has holes, or another item's changes.
TEST_F(LogHistoryTest, TellsEveryVersionWhileSegmentsGrowAndAfter) {
    open();
    for (int i = 0; i < 12; ++i) {
        write(40);
        check_everything();
        if (i % 3 == 0) {
            test.must_maintain();
        }
        if (i % 5 == 4) {
            open();
        }
    }
    EXPECT_FALSE(test.names(".past").empty());
    for (const std::string& name : test.names(".past")) {
        test.overwrite(name, 200, "rot");
    }
    open();
    check_everything();
}

// More records than an index keeps unsorted.
TEST_F(LogHistoryTest, IndexesALongSegment) {
    test.options.segment_bytes = 4u << 20;
    open();
    write(1'000);
    check_everything();
    write(1'500);
    check_everything();
    write(10);
    check_everything();
}

TEST_F(LogHistoryTest, LimitsARangeOnBothSides) {
    open();
    write(200);
    EXPECT_EQ((std::vector<std::string>{"value 150", "value 200"}),
              versions(1, {SequenceNumber{102}, SequenceNumber{201}}, ReadOrder::OldestFirst));
    // Commits with a record in the range come whole.
    EXPECT_EQ((std::vector<std::string>{"4 value 3", "5 value 4", "6 value 5"}),
              scanned({SequenceNumber{5}, SequenceNumber{5}}));
    EXPECT_TRUE(scanned({SequenceNumber{9}, SequenceNumber{8}}).empty());
    int seen = 0;
    const std::string key = row_key_of(1);
    ASSERT_TRUE(history().versions({TableId{1}, key}, everything(), ReadOrder::NewestFirst,
                                   [&](const RecordView&) -> base::Result<NextRecord> {
                                       ++seen;
                                       return NextRecord::Unwanted;
                                   }));
    EXPECT_EQ(1, seen);
}

// If it fails, "two hours ago" is another moment than the one asked for.
TEST_F(LogHistoryTest, FindsThePositionOfAMoment) {
    open();
    const base::WallTime first = test.clock.wall();
    write(400);
    EXPECT_EQ(SequenceNumber{0}, history().position_at(first - Milliseconds{1}).value());
    for (const int commit : {0, 1, 83, 84, 250, 399}) {
        const base::WallTime at = first + Milliseconds{10 * commit};
        const SequenceNumber last{static_cast<std::uint64_t>(3 * commit + 3)};
        EXPECT_EQ(last, history().position_at(at).value()) << commit;
        EXPECT_EQ(last, history().position_at(at + Milliseconds{9}).value()) << commit;
        EXPECT_EQ(at, history().time_of(last).value());
        EXPECT_EQ(at, history().time_of(SequenceNumber{last.position() - 2}).value());
    }
    EXPECT_EQ(Code::NotFound, history().time_of(SequenceNumber{1201}).error().code);
}

TEST_F(LogHistoryTest, AnEmptyLogHasNoPast) {
    open();
    EXPECT_EQ(history().newest().next(), history().oldest());
    EXPECT_EQ(SequenceNumber{0}, history().position_at(test.clock.wall()).value());
    EXPECT_TRUE(scanned(everything()).empty());
}

TEST_F(LogHistoryTest, WhatRetentionTookIsTrimmed) {
    open();
    write(300);
    test.clock.advance(25 * kHour);
    write(10);
    maintain_all();
    ASSERT_GT(history().oldest(), SequenceNumber{1});
    const auto scan =
        history().scan(everything(), [](const CommitView&) { return base::Status{}; });
    EXPECT_EQ(Code::Trimmed, scan.error().code);
    EXPECT_EQ(Code::Trimmed, history().time_of(SequenceNumber{1}).error().code);
    // What was there before the first commit that is left was overwritten by ones that are gone.
    const base::WallTime oldest = history().time_of(history().oldest()).value();
    EXPECT_EQ(Code::Trimmed, history().position_at(oldest - Milliseconds{1}).error().code);
    EXPECT_LE(history().oldest(), history().position_at(oldest).value());
    EXPECT_EQ(test.names(".seg").size(), test.names(".past").size() + 1);
}

// If it fails, a replay or an image of the past loses the log it reads, where there is no archive.
TEST_F(LogHistoryTest, APinForHistoryHoldsTheLogWithoutAnArchive) {
    open();
    write(300);
    test.clock.advance(25 * kHour);
    write(10);
    auto pin = test.log->pin(SequenceNumber{2}, "a replay", PinFor::History);
    maintain_all();
    check_everything();
    pin.reset();
    maintain_all();
    EXPECT_GT(history().oldest(), SequenceNumber{1});
}

// If it fails, a trim that was cut short leaves files for ever.
TEST_F(LogHistoryTest, AnIndexWithoutItsSegmentIsRemoved) {
    open();
    write(5);
    test.log.reset();
    for (const std::string name : {"00000000000000000900.past", "00000000000000000001.past.tmp"}) {
        ASSERT_TRUE(test.files.open(test.path() / name, base::OpenMode::Create));
    }
    open();
    EXPECT_TRUE(test.names(".past").empty());
    EXPECT_TRUE(test.names(".past.tmp").empty());
    check_everything();
}

// If it fails, what is older than the retention is lost although an archive was asked for.
TEST_F(LogHistoryTest, ReadsArchiveAndLogAsOne) {
    fill_archive();
    EXPECT_EQ(SequenceNumber{1}, history().oldest());
    check_everything();
    const LogStats stats = test.log->stats();
    EXPECT_GT(stats.archived_segments, 2u);
    EXPECT_LT(stats.archived_bytes, stats.archived_raw_bytes / 2);
    EXPECT_EQ(SequenceNumber{303},
              history().position_at(begun + Milliseconds{10 * 100 + 5}).value());
    open();
    check_everything();
    // The archive is no part of the stream.
    const auto shards = test.log->shards(stream);
    EXPECT_EQ(Code::Trimmed,
              test.log->read(shards[0].id.number(), SequenceNumber{1}, {}).error().code);
}

TEST_F(LogHistoryTest, TheArchiveHasItsOwnRetention) {
    fill_archive();
    test.clock.advance(28 * kDay);
    maintain_all();
    EXPECT_EQ(SequenceNumber{1}, history().oldest());
    auto pin = test.log->pin(SequenceNumber{2}, "a replay", PinFor::History);
    test.clock.advance(2 * kDay);
    maintain_all();
    EXPECT_EQ(SequenceNumber{1}, history().oldest());
    pin.reset();
    maintain_all();
    EXPECT_GT(history().oldest(), SequenceNumber{1300});
}

TEST_F(LogHistoryTest, TheArchiveHasALimitInBytes) {
    test.options.archive_bytes = 12'000;
    fill_archive();
    const LogStats stats = test.log->stats();
    EXPECT_LE(stats.archived_bytes, 12'000u);
    EXPECT_GE(stats.archived_segments, 1u);
    EXPECT_GT(history().oldest(), SequenceNumber{1});
}

TEST_F(LogHistoryTest, ADamagedArchiveIsNamed) {
    fill_archive();
    const std::string name = "archive/00000000000000000001.arc";
    const std::string bytes = test.bytes_of(name);
    ASSERT_GT(bytes.size(), 1000u);
    test.overwrite(name, bytes.size() / 3, "rotten bytes, rotten bytes");
    open();
    const auto scan =
        history().scan(everything(), [](const CommitView&) { return base::Status{}; });
    ASSERT_FALSE(scan);
    EXPECT_EQ(Code::Corrupt, scan.error().code);
    EXPECT_NE(std::string::npos, scan.error().message.find("00000000000000000001.arc"));
    // Without its header it is not there; what is behind it is.
    test.overwrite(name, 0, "rot");
    open();
    EXPECT_GT(history().oldest(), SequenceNumber{1});
    EXPECT_FALSE(scanned({history().oldest(), history().newest()}).empty());
}

TEST_F(LogHistoryTest, CompactsTheArchive) {
    fill_archive();
    const LogStats before = test.log->stats();
    test.log->compact();
    EXPECT_EQ(before.archived_segments, test.log->stats().to_compact);
    for (std::uint64_t i = 0; i <= before.archived_segments; ++i) {
        test.must_maintain();
        check_everything();
    }
    const LogStats after = test.log->stats();
    EXPECT_EQ(0u, after.to_compact);
    EXPECT_EQ(before.archived_segments, after.archived_segments);
    open();
    check_everything();
    test.log->compact();
    EXPECT_EQ(0u, test.log->stats().to_compact) << "what is small is known after a start too";
}

// If it fails, one rotten segment keeps the log from being trimmed until the disk is full.
TEST_F(LogHistoryTest, ADamagedSegmentIsNotArchivedAndHoldsNothing) {
    test.options.archive_retention = 30 * kDay;
    open();
    write(300);
    test.clock.advance(25 * kHour);
    write(100);
    ASSERT_GT(test.names(".seg").size(), 2u);
    test.overwrite(test.names(".seg")[1], 5'000, "rotten bytes, rotten bytes");
    maintain_all();
    const SequenceNumber first = test.log->stats().first;
    EXPECT_GT(first, SequenceNumber{600});
    EXPECT_GT(history().oldest(), SequenceNumber{1});
    EXPECT_LE(history().oldest(), first);
    EXPECT_FALSE(scanned({history().oldest(), history().newest()}).empty());
}

// If it fails, a full disk loses what was to be archived.
TEST_F(LogHistoryTest, ASegmentStaysUntilTheArchiveHasIt) {
    test.options.archive_retention = 30 * kDay;
    open();
    write(300);
    test.clock.advance(25 * kHour);
    write(100);
    test.log->release(SequenceNumber{test.log->latest().position() - 1});
    test.files.inject({.call = FileCall::Write,
                       .code = Code::NoSpace,
                       .times = base::Fault::kForever,
                       .name_part = ".arc"});
    for (int i = 0; i < 4; ++i) {
        EXPECT_EQ(Code::NoSpace, test.log->maintain().error().code);
    }
    EXPECT_EQ(SequenceNumber{1}, test.log->stats().first);
    test.files.clear_faults();
    maintain_all();
    EXPECT_LT(SequenceNumber{1}, test.log->stats().first);
    check_everything();
}

}  // namespace
}  // namespace millbeck::tests
