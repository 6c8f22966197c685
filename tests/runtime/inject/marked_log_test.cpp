#include "runtime/inject/marked_log.hpp"

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/fake_shard_log.hpp"
#include "tests/support/seed.hpp"

namespace millbeck::runtime {
namespace {

using base::Milliseconds;
using shardlog::SequenceNumber;
using shardlog::Shard;
using shardlog::Stream;

// If it fails, an old iterator still reads, or a new one does not.
TEST(StreamMarks, ExpireWhatWasIssuedBeforeAlsoWithinAMillisecond) {
    StreamMarks marks;
    const shardlog::StreamId stream{1};
    base::WallTime now{Milliseconds{1'000}};
    EXPECT_EQ(marks.issue_time(stream, now), now);
    for (int i = 0; i < 3; ++i) {
        const base::WallTime old = marks.issue_time(stream, now);
        marks.expire_iterators(stream, now);
        EXPECT_TRUE(marks.is_expired(stream, old));
        EXPECT_FALSE(marks.is_expired(stream, marks.issue_time(stream, now)));
        EXPECT_FALSE(marks.is_expired(shardlog::StreamId{2}, old)) << "another stream";
    }
    now += Milliseconds{100};
    EXPECT_EQ(marks.issue_time(stream, now), now);
    EXPECT_FALSE(marks.is_expired(stream, now));
}

TEST(StreamMarks, OnlyMoveForward) {
    StreamMarks marks;
    const shardlog::StreamId stream{1};
    EXPECT_FALSE(marks.trimmed_to(stream));
    EXPECT_EQ(marks.trim(stream, SequenceNumber{7}), SequenceNumber{7});
    EXPECT_EQ(marks.trim(stream, SequenceNumber{5}), SequenceNumber{7});
    EXPECT_EQ(marks.trimmed_to(stream), SequenceNumber{7});
    EXPECT_EQ(marks.all().size(), 1u);
}

// What a reader of the marked log must see, from what is really there.
void expect_hidden(const tests::FakeShardLog& log, const MarkedLog& marked, const Shard& shard,
                   SequenceNumber mark) {
    const auto number = shard.id.number();
    const auto horizon = marked.trim_horizon(number);
    ASSERT_TRUE(horizon);
    EXPECT_TRUE(marked.read(number, *horizon, {})) << "the horizon can be read";
    for (SequenceNumber from{0}; from <= log.latest(); from = from.next()) {
        const auto real = log.read(number, from, {});
        ASSERT_TRUE(real);
        const bool hidden = !real->records.empty() && real->records[0].sequence < mark;
        const auto seen = marked.read(number, from, {});
        ASSERT_EQ(seen.has_value(), !hidden) << shard.id.to_string() << from.to_string();
        if (hidden) {
            EXPECT_EQ(seen.error().code, base::Code::Trimmed);
            EXPECT_LT(from, *horizon) << "who resumes at the horizon gets on";
        } else {
            EXPECT_EQ(seen->records.size(), real->records.size());
            EXPECT_EQ(seen->next, real->next);
            EXPECT_EQ(seen->end_of_shard, real->end_of_shard);
        }
    }
}

// If it fails, readers see what was trimmed, or miss what was not; or another stream is touched.
TEST(MarkedLog, HidesExactlyWhatIsBeforeTheMark) {
    std::mt19937_64 chance(tests::test_seed(11));
    for (int life = 0; life < 20; ++life) {
        const base::VirtualClock clock;
        tests::FakeShardLog log(clock);
        StreamMarks marks;
        const MarkedLog marked(log, marks);
        const Stream music = log.add_stream("music", 2);
        const Stream films = log.add_stream("films", 1);
        for (int i = 0; i < 40; ++i) {
            auto shards = log.shards(chance() % 4 == 0 ? films.id : music.id);
            std::erase_if(shards, [](const Shard& shard) { return shard.ending.has_value(); });
            const auto number = shards[chance() % shards.size()].id.number();
            if (chance() % 8 == 0) {
                ASSERT_TRUE(log.roll_shard(number));
            } else {
                log.put(number, "k");
            }
        }
        const SequenceNumber mark{chance() % (log.latest().position() + 1)};
        marks.trim(music.id, mark);
        for (const Shard& shard : log.shards(music.id)) {
            expect_hidden(log, marked, shard, mark);
        }
        for (const Shard& shard : log.shards(films.id)) {
            expect_hidden(log, marked, shard, SequenceNumber{0});
            EXPECT_EQ(*marked.trim_horizon(shard.id.number()),
                      *log.trim_horizon(shard.id.number()));
        }
    }
}

}  // namespace
}  // namespace millbeck::runtime
