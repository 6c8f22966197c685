// From moments to positions.
#include "runtime/past_position.hpp"

#include <gtest/gtest.h>

#include "tests/support/fake_shard_log.hpp"

namespace millbeck::runtime {
namespace {

using base::Code;
using base::Milliseconds;
using shardlog::SequenceNumber;

// Ten records, a second apart; the last was written a second ago.
class PastPosition : public testing::Test {
  protected:
    PastPosition() {
        const auto stream = log.add_stream("orders");
        for (int i = 0; i < 10; ++i) {
            log.put(log.shards(stream.id)[0].id.number(), "k" + std::to_string(i));
            clock.advance(Milliseconds{1'000});
        }
    }
    base::Result<std::uint64_t> through(std::string_view moment) {
        MB_TRY(const auto found, position_through(moment, log.history(), clock.wall()));
        return found.position();
    }
    base::Result<std::uint64_t> from(std::string_view moment) {
        MB_TRY(const auto found, position_from(moment, log.history(), clock.wall()));
        return found.position();
    }

    base::VirtualClock clock;
    tests::FakeShardLog log{clock};
};

TEST_F(PastPosition, KnowsEveryKindOfMoment) {
    const struct {
        std::string moment;
        std::uint64_t through, from;
    } rows[] = {{"now", 10, 11},
                {"start", 0, 1},
                {SequenceNumber{4}.to_string(), 4, 4},
                {"1s", 10, 10},  // written at that very millisecond
                {"1500ms", 9, 10},
                {"3s", 8, 8},
                {"1h", 0, 1},
                {base::to_iso8601(clock.wall() - Milliseconds{2'500}) + "Z", 8, 9}};
    for (const auto& row : rows) {
        EXPECT_EQ(row.through, through(row.moment).value()) << row.moment;
        EXPECT_EQ(row.from, from(row.moment).value()) << row.moment;
    }
}

TEST_F(PastPosition, RefusesWhatIsNone) {
    for (const std::string moment : {"", "soon", "7", "-1h", "2026-13-01T00:00:00Z"}) {
        EXPECT_EQ(Code::Invalid, through(moment).error().code) << moment;
        EXPECT_EQ(Code::Invalid, from(moment).error().code) << moment;
    }
    const std::string later = SequenceNumber{11}.to_string();
    EXPECT_EQ("nothing is written at " + later + " yet; the newest change is " +
                  SequenceNumber{10}.to_string(),
              through(later).error().message);
}

}  // namespace
}  // namespace millbeck::runtime
