// What comes back after a crash, and what is refused in words.
#include <algorithm>
#include <filesystem>

#include <gtest/gtest.h>

#include "tests/support/log_harness.hpp"

namespace millbeck::tests {
namespace {

using namespace shardlog;
using base::Code;

constexpr const char* kFirstSegment = "00000000000000000001.seg";

// Where two versions of a file begin to differ.
std::size_t first_difference(const std::string& a, const std::string& b) {
    return static_cast<std::size_t>(std::mismatch(a.begin(), a.end(), b.begin()).first - a.begin());
}

// Just behind the last byte that is not zero.
std::size_t used_end(const std::string& bytes) {
    return bytes.find_last_not_of('\0') + 1;
}

class LogRecovery : public ::testing::Test {
  protected:
    void SetUp() override { test.must_open(); }

    // The bytes of the first segment, with the log closed.
    std::string close_and_read() {
        test.log.reset();
        return test.bytes_of(kFirstSegment);
    }

    void put_back(const std::string& bytes) {
        test.log.reset();
        test.overwrite(kFirstSegment, 0, bytes);
    }

    // `words` also say what the operator reads.
    void expect_corrupt(const std::string& words) {
        const base::Status opened = test.open();
        ASSERT_FALSE(opened);
        EXPECT_EQ(Code::Corrupt, opened.error().code);
        EXPECT_NE(std::string::npos, opened.error().message.find(words)) << opened.error().message;
    }

    // A sealed segment and a growing one, both with records. Returns the only shard.
    ShardNumber two_segments() {
        const Stream stream = test.stream();
        test.commit({draft(stream.id, 1, "first")});
        test.fill_segment(draft(stream.id, 1, "full"));
        test.commit({draft(stream.id, 1, "last")});
        return test.log->shards(stream.id).front().id.number();
    }

    std::string second_segment() { return test.names(".seg").at(1); }

    LogHarness test;
};

// If it fails, a write that was cut short is shown, or takes whole commits with it.
TEST_F(LogRecovery, CutsATailTornAtAnyByte) {
    test.commit({draft(kNoStream, 1, "a")});
    const std::string before = close_and_read();
    test.must_open();
    test.commit({draft(kNoStream, 1, "b")});
    const std::string whole = close_and_read();
    for (std::size_t cut = first_difference(before, whole); cut < used_end(whole); ++cut) {
        std::string torn = before;
        torn.replace(0, cut, whole, 0, cut);
        put_back(torn);
        test.must_open();
        ASSERT_EQ(std::vector<std::string>{"a"}, test.all_values()) << cut;
        ASSERT_EQ(SequenceNumber{2}, test.log->next_sequence());
    }
    put_back(whole);
    test.must_open();
    EXPECT_EQ((std::vector<std::string>{"a", "b"}), test.all_values());
}

// If it fails, a torn tail is cut without anybody knowing.
TEST_F(LogRecovery, CountsTheBytesItCuts) {
    const auto torn = [&] {
        return test.metrics->counter("millbeck_shardlog_torn_bytes_total", "").value();
    };
    test.commit({draft(kNoStream, 1, "a")});
    const std::string before = close_and_read();
    test.must_open();
    EXPECT_EQ(0, torn());
    test.commit({draft(kNoStream, 1, "b")});
    std::string bytes = close_and_read();
    const std::size_t end = used_end(bytes);
    bytes[end - 1] = '\0';
    put_back(bytes);
    test.must_open();
    const std::size_t begin = (used_end(before) + 7) / 8 * 8;  // frames are padded with zeros
    EXPECT_EQ(static_cast<double>(used_end(bytes) - begin), torn());
}

// If it fails, frames that were never acknowledged come back behind newer ones: a written over a
// torn frame of the same length connects the log to what lay behind it.
TEST_F(LogRecovery, FramesBehindATornOneNeverComeBack) {
    test.commit({draft(kNoStream, 1, "A")});
    const std::string after_a = close_and_read();
    test.must_open();
    test.commit({draft(kNoStream, 1, "B")});
    const std::string after_b = close_and_read();
    test.must_open();
    ASSERT_TRUE(test.append({draft(kNoStream, 1, "C")}));
    ASSERT_TRUE(test.log->sync());
    std::string bytes = close_and_read();
    const std::size_t begin_b = first_difference(after_a, after_b);
    bytes[begin_b + 20] = static_cast<char>(bytes[begin_b + 20] ^ 1);  // B torn, C intact
    put_back(bytes);
    // B was durable when C was written; the log's database is put back to before it knew that.
    test.forget_durable_position(1);
    test.must_open();
    ASSERT_EQ(std::vector<std::string>{"A"}, test.all_values());
    test.commit({draft(kNoStream, 1, "X")});
    test.must_open();
    EXPECT_EQ((std::vector<std::string>{"A", "X"}), test.all_values());
    EXPECT_EQ(SequenceNumber{3}, test.log->next_sequence());
}

// If it fails, a log that lost records that were durable starts as if nothing had happened.
TEST_F(LogRecovery, RefusesToStartBelowADurablePosition) {
    test.commit({draft(kNoStream, 1, "a"), draft(kNoStream, 1, "b")});
    test.must_open();  // knows now that position 2 is durable
    std::string bytes = close_and_read();
    bytes[used_end(bytes) - 1] = '\0';
    put_back(bytes);
    expect_corrupt("it was durable through 100000000000000000002");
}

// If it fails, rotten data is delivered, or hidden.
TEST_F(LogRecovery, AFlippedBitInASealedSegmentIsAnErrorWhereItIsRead) {
    const ShardNumber shard = two_segments();
    test.must_maintain();
    test.log.reset();
    ASSERT_TRUE(test.files.flip_bit(test.path() / kFirstSegment, 9000, 3));
    test.must_open();  // a sealed segment with its index is not read at the start
    const auto read = test.log->read(shard, {}, {});
    ASSERT_FALSE(read);
    EXPECT_EQ(Code::Corrupt, read.error().code);
    EXPECT_NE(std::string::npos, read.error().message.find(kFirstSegment));
    EXPECT_NE(std::string::npos, read.error().message.find("offset"));
    const auto scanned = test.log->scan({}, [](const CommitView&) { return base::Status{}; });
    ASSERT_FALSE(scanned);
    EXPECT_EQ(Code::Corrupt, scanned.error().code);
    // What lies behind the damage can still be read from where it starts.
    EXPECT_EQ(std::vector<std::string>{"last"},
              test.values(shard, SequenceNumber{test.log->latest().position() - 1}));
}

// If it fails, a damaged header leads the search for a position astray, and records are skipped.
TEST_F(LogRecovery, ASearchIsNotMisledByDamage) {
    const Stream stream = test.stream();
    test.fill_segment(draft(stream.id, 1, "full"), 100);
    test.commit({draft(stream.id, 1, "last")});
    const ShardNumber shard = test.log->shards(stream.id).front().id.number();
    test.must_maintain();
    const std::uint64_t last = test.log->latest().position();
    const auto first_from = [&](std::uint64_t position) {
        const auto page = test.log->read(shard, SequenceNumber{position}, {.records_max = 1});
        return page ? page->records.at(0).sequence.position() : 0;
    };
    // Around the records that a search looks at first.
    const std::uint64_t bytes = test.bytes_of(kFirstSegment).size();
    constexpr std::uint64_t kAround = 500;
    for (std::uint64_t nearby = 0; nearby < 2 * kAround; ++nearby) {
        for (const std::uint64_t place : {bytes / 2, bytes / 4, bytes / 4 * 3}) {
            const std::uint64_t offset = place - kAround + nearby;
            ASSERT_TRUE(test.files.flip_bit(test.path() / kFirstSegment, offset, 6));
            for (std::uint64_t position = 2; position < last; position += last / 7) {
                const std::uint64_t found = first_from(position);
                EXPECT_TRUE(found == 0 || found == position) << offset << ": " << found;
            }
            ASSERT_TRUE(test.files.flip_bit(test.path() / kFirstSegment, offset, 6));
        }
    }
    for (std::uint64_t position = 2; position < last; ++position) {
        ASSERT_EQ(first_from(position), position);
    }
}

// If it fails, a node that has to read a sealed segment at its start takes half of it for all.
TEST_F(LogRecovery, RefusesADamagedSealedSegmentWithoutIndex) {
    two_segments();
    test.log.reset();
    ASSERT_TRUE(test.files.flip_bit(test.path() / kFirstSegment, 9000, 3));
    ASSERT_TRUE(test.names(".idx").empty());
    expect_corrupt("segment 00000000000000000001.seg is damaged at offset");
}

// If it fails, a lost file is a silent gap.
TEST_F(LogRecovery, RefusesToStartWithASegmentMissing) {
    const Stream stream = test.stream();
    for (int i = 0; i < 3; ++i) {
        test.fill_segment(draft(stream.id, 1, "x"));
    }
    test.must_maintain();
    test.log.reset();
    const std::vector<std::string> names = test.names(".seg");
    ASSERT_EQ(4u, names.size());
    for (const std::string& name : names) {
        const base::Path away = test.path() / "away";
        std::filesystem::rename(test.path() / name, away);
        expect_corrupt("missing");
        std::filesystem::rename(away, test.path() / name);
    }
    test.must_open();
}

// If it fails, a log without its database numbers its shards anew and mixes old with new.
TEST_F(LogRecovery, RefusesToStartWithoutItsDatabase) {
    test.commit({draft(kNoStream, 1, "a")});
    test.log.reset();
    for (const char* name : {"shards.db", "shards.db-wal", "shards.db-shm"}) {
        std::filesystem::remove(test.path() / name);
    }
    expect_corrupt("shards.db is missing or empty");
}

// If it fails, a log whose segments are all gone starts again at position 1.
TEST_F(LogRecovery, RefusesToStartWithoutAnySegment) {
    test.commit({draft(kNoStream, 1, "a")});
    test.must_open();
    test.log.reset();
    std::filesystem::remove(test.path() / kFirstSegment);
    expect_corrupt("all segments are missing");
}

// If it fails, an index that is lost or rotten makes a shard unreadable, or reads differently.
TEST_F(LogRecovery, BuildsALostOrDamagedIndexAgain) {
    const ShardNumber shard = two_segments();
    test.must_maintain();
    const std::vector<std::string> wanted = test.values(shard);
    const std::string name = test.names(".idx").at(0);
    const std::string index = test.bytes_of(name);
    for (const std::string damage : {"", "header", "body", "all"}) {
        test.log.reset();
        if (damage.empty()) {
            std::filesystem::remove(test.path() / name);
        } else {
            const std::uint64_t at = damage == "header" ? 20 : damage == "body" ? 110 : 0;
            test.overwrite(name, at, damage == "all" ? std::string(index.size(), 'x') : "?");
        }
        test.must_open();
        EXPECT_EQ(wanted, test.values(shard)) << damage;
        test.must_maintain();
        EXPECT_EQ(index, test.bytes_of(name)) << damage;
    }
}

// If it fails, a write that the disk had not taken yet is lost with the power, after it was shown.
TEST_F(LogRecovery, MakesTheTailDurableBeforeItIsShown) {
    LogHarness power(base::PowerCuts::Recorded);
    power.must_open();
    power.commit({draft(kNoStream, 1, "a")});
    ASSERT_TRUE(power.append({draft(kNoStream, 1, "b")}));
    power.files.inject({.call = base::FileCall::Write, .torn_bytes = 4096});
    ASSERT_FALSE(power.log->sync());  // written, not synced; and the process dies of it
    power.must_open();
    EXPECT_EQ((std::vector<std::string>{"a", "b"}), power.all_values());
    power.log.reset();
    ASSERT_TRUE(power.files.crash());
    power.must_open();
    EXPECT_EQ((std::vector<std::string>{"a", "b"}), power.all_values());
}

// If it fails, frames whose sync failed stay in the page cache, marked clean: shown after a
// restart, and gone with the power although a sync succeeded.
TEST_F(LogRecovery, WritesTheTailAgainUnlessItIsKnownToBeDurable) {
    test.commit({draft(kNoStream, 1, "a")});
    test.log.reset();
    const auto writes = [&] { return test.files.calls(base::FileCall::Write); };
    const std::uint64_t before = writes();
    test.must_open();
    EXPECT_EQ(before + 1, writes());
    test.must_open();
    EXPECT_EQ(before + 1, writes()) << "the first of the two made it durable";
}

// If it fails, a disk that gives fewer bytes than it holds makes the log throw the rest away.
TEST_F(LogRecovery, AShortReadRefusesTheStartAndLosesNothing) {
    const ShardNumber shard = two_segments();
    test.must_maintain();
    const std::vector<std::string> wanted = test.values(shard);
    test.log.reset();
    // The first reads of a start: the summary of the index, the headers of the segments.
    for (std::uint32_t skip = 0; skip < 3; ++skip) {
        test.files.inject({.call = base::FileCall::Read, .skip = skip});
        static_cast<void>(test.open());
        test.log.reset();
        test.files.clear_faults();
    }
    test.files.shorten_next_read(10);
    static_cast<void>(test.open());
    test.must_open();
    EXPECT_EQ(wanted, test.values(shard));
}

// If it fails, a group over two segments of which only the second begun blocks every later start.
TEST_F(LogRecovery, TakesBackSegmentsOfAGroupThatNeverBecameDurable) {
    LogHarness power(base::PowerCuts::Recorded);
    power.must_open();
    power.commit({draft(kNoStream, 1, "kept")});
    OwnDraft large = draft(kNoStream, 1, "lost");
    large.old_value = std::string(30'000, 'x');
    for (int i = 0; i < 5; ++i) {
        ASSERT_TRUE(power.append({large}));
    }
    power.log.reset();
    ASSERT_TRUE(power.files.crash());
    ASSERT_LT(1u, power.names(".seg").size());
    power.must_open();
    EXPECT_EQ(1u, power.names(".seg").size());
    EXPECT_EQ(std::vector<std::string>{"kept"}, power.all_values());
    EXPECT_EQ(SequenceNumber{2}, power.commit({draft(kNoStream, 1, "next")}));
    power.must_open();
    EXPECT_EQ((std::vector<std::string>{"kept", "next"}), power.all_values());
}

// If it fails, what an interrupted run left behind fills the disk or is taken for a segment.
TEST_F(LogRecovery, ClearsWhatAnEarlierRunLeftBehind) {
    test.log.reset();
    for (const char* name : {"00000000000000000007.new", "00000000000000000003.spare",
                             "00000000000000000009.idx", "00000000000000000009.idx.tmp"}) {
        auto file = test.files.open(test.path() / name, base::OpenMode::Create);
        ASSERT_TRUE(file);
        ASSERT_TRUE((*file)->write_at(0, "left over"));
    }
    test.must_open();
    EXPECT_TRUE(test.names(".new").empty());
    EXPECT_TRUE(test.names(".spare").empty());
    EXPECT_TRUE(test.names(".idx").empty());
    EXPECT_TRUE(test.names(".tmp").empty());
}

}  // namespace
}  // namespace millbeck::tests
