// Replays of random histories, on a clock of their own, with targets that fail and crashes between
// any two moves: what is delivered is exactly what was chosen, in order per key, and what comes
// twice comes from behind a checkpoint. One seed, one life; MB_SEED=<it> lives it again.
#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <gtest/gtest.h>

#include "base/log.hpp"
#include "base/random.hpp"
#include "runtime/replay/replay_source.hpp"
#include "runtime/replay/replay_worker.hpp"
#include "tests/support/log_harness.hpp"
#include "tests/support/memory_checkpoints.hpp"
#include "tests/support/seed.hpp"
#include "triggers/filter/filter_criteria.hpp"

namespace millbeck::runtime {
namespace {

using base::Milliseconds;
using shardlog::SequenceNumber;
using shardlog::TableId;
using triggers::Deliver;
using triggers::Finished;
using triggers::Wait;

constexpr int kLives = 60;
constexpr int kMovesMax = 20'000;

struct Written {
    SequenceNumber sequence;
    TableId table;
    std::string row_key;
    bool matches = false;  // the filter that some replays have
};

class Life {
  public:
    explicit Life(std::uint64_t seed) : random_(base::seeded_random(seed)) {}

    void live() {
        harness_.must_open();
        write_history();
        choose();
        replay();
        check();
    }

  private:
    using Lane = std::unique_ptr<triggers::ShardWorker>;

    std::uint64_t below(std::uint64_t limit) { return random_->next_u64() % limit; }

    // Commits of several tables, with and without streams, over several segments.
    void write_history() {
        const auto stream = harness_.stream(3);
        const std::uint64_t commits = 1 + below(400);
        for (std::uint64_t i = 0; i < commits; ++i) {
            std::vector<tests::OwnDraft> drafts(1 + below(4));
            for (auto& draft : drafts) {
                draft.table = TableId{static_cast<std::uint32_t>(1 + below(2))};
                draft.stream = below(3) == 0 ? shardlog::kNoStream : stream.id;
                if (draft.table != stream.table) {
                    draft.stream = shardlog::kNoStream;
                }
                draft.row_key = tests::row_key_of(below(8) * 0x1fff'ffff'ffff'ffff);
                draft.row_key.back() = static_cast<char>('a' + below(2));
                draft.event =
                    below(4) == 0 ? shardlog::EventName::Remove : shardlog::EventName::Modify;
                draft.value = R"({"v":{"S":")" + std::string(below(600), 'x') + R"("}})";
            }
            const auto first = harness_.append(drafts);
            ASSERT_TRUE(first) << first.error().message;
            SequenceNumber at = *first;
            if (below(16) == 0 || i + 1 == commits) {
                ASSERT_TRUE(harness_.log->sync());
                harness_.log->publish();
            }
            for (const auto& draft : drafts) {
                written_.push_back(
                    {at, draft.table, draft.row_key, draft.event == shardlog::EventName::Remove});
                at = at.next();
            }
        }
    }

    void choose() {
        choice_.table = TableId{1};
        const std::uint64_t newest = written_.back().sequence.position();
        choice_.range.from = SequenceNumber{1 + below(newest)};
        choice_.range.to = SequenceNumber{1 + below(newest)};
        if (below(3) > 0) {
            choice_.range = {SequenceNumber{1}, SequenceNumber{newest}};
        }
        const Written& one = written_[below(written_.size())];
        switch (below(4)) {
            case 0:
                choice_.match = KeyMatch::Item;
                choice_.row_key = one.row_key;
                break;
            case 1:
                choice_.match = KeyMatch::Prefix;
                choice_.row_key = one.row_key.substr(0, 8);
                break;
            default:
                break;
        }
        if (below(4) == 0) {
            for (const Written& each : written_) {
                if (below(10) == 0) {
                    choice_.only.push_back(each.sequence);
                }
            }
        }
        is_filtered_ = below(4) == 0;
        lanes_ = static_cast<std::uint32_t>(1 + below(4));
        spec_.id = triggers::TriggerId{"replay"};
        spec_.name = "replay";
        spec_.batch_size = static_cast<std::uint32_t>(1 + below(20));
        spec_.retry = {.first = Milliseconds{1}, .longest = Milliseconds{5}};
        if (is_filtered_) {
            auto parsed = triggers::filter::FilterCriteria::parse({R"({"eventName":["REMOVE"]})"});
            ASSERT_TRUE(parsed);
            spec_.filter = std::make_shared<const triggers::filter::FilterCriteria>(*parsed);
        }
    }

    [[nodiscard]] std::vector<SequenceNumber> expected() const {
        std::vector<SequenceNumber> wanted;
        for (const Written& each : written_) {
            const bool in_range =
                each.sequence >= choice_.range.from && each.sequence <= choice_.range.to;
            const bool of_key =
                choice_.match == KeyMatch::Any ||
                (choice_.match == KeyMatch::Item ? each.row_key == choice_.row_key
                                                 : each.row_key.starts_with(choice_.row_key));
            const bool listed =
                choice_.only.empty() ||
                std::binary_search(choice_.only.begin(), choice_.only.end(), each.sequence);
            if (each.table == choice_.table && in_range && of_key && listed &&
                (!is_filtered_ || each.matches)) {
                wanted.push_back(each.sequence);
            }
        }
        return wanted;
    }

    Lane make_lane(const triggers::Checkpoint& from) {
        triggers::WorkerContext context{.log = *source_,
                                        .checkpoints = checkpoints_,
                                        .clock = harness_.clock,
                                        .random = *random_,
                                        .metrics = metrics_,
                                        .identity = {},
                                        .retention = Milliseconds{std::int64_t{1} << 50}};
        shardlog::Stream stream;
        stream.table_name = shardlog::TableName{"music"};
        stream.label = "replay";
        return std::make_unique<ReplayWorker>(
            ReplayGround{.history = harness_.log->history(),
                         .clock = harness_.clock,
                         .pace = pace_,
                         .ground = source_},
            triggers::ShardWorker::create(std::move(context), spec_, stream, from.shard,
                                          from.next));
    }

    // As a start of the program: a source without a memory, workers at their checkpoints.
    void begin() {
        source_ = std::make_shared<ReplaySource>(
            harness_.log->history(), choice_,
            ReplaySourceOptions{.lanes = lanes_,
                                .stretch_bytes = std::size_t{1} << (8 + below(8)),
                                .scanned_bytes = std::size_t{1} << (10 + below(8)),
                                .stretches_a_read = static_cast<std::uint32_t>(1 + below(3))});
        pace_ = std::make_shared<triggers::Pace>(below(2) == 0 ? 0 : 100 + below(1'000));
        auto stored = checkpoints_.load(spec_.id).value();
        if (stored.empty()) {
            for (std::uint32_t lane = 0; lane < lanes_; ++lane) {
                stored.push_back(
                    {.shard = ReplaySource::lane_id(lane), .next = choice_.range.from});
            }
            ASSERT_TRUE(checkpoints_.advance_all(spec_.id, stored));
        }
        running_.clear();
        for (const auto& checkpoint : stored) {
            if (!checkpoint.finished) {
                running_[checkpoint.shard] = make_lane(checkpoint);
            }
            acknowledged_[checkpoint.shard] = checkpoint.next;
        }
    }

    void replay() {
        begin();
        for (int move = 0; move < kMovesMax && !running_.empty(); ++move) {
            if (below(60) == 0) {
                begin();
                continue;
            }
            auto lane = running_.begin();
            std::advance(lane, static_cast<std::ptrdiff_t>(below(running_.size())));
            const auto next = lane->second->step();
            if (std::holds_alternative<Finished>(next)) {
                running_.erase(lane);
            } else if (const auto* wait = std::get_if<Wait>(&next)) {
                ASSERT_TRUE(wait->until) << "the past rings no bell";
                harness_.clock.advance(Milliseconds{1 + static_cast<std::int64_t>(below(10))});
            } else {
                deliver(lane->first, *lane->second, *std::get<Deliver>(next).batch);
            }
        }
        EXPECT_TRUE(running_.empty()) << "the replay does not come to its end";
    }

    void deliver(const shardlog::ShardId& lane, triggers::ShardWorker& worker,
                 const sinks::Batch& batch) {
        sinks::Outcome outcome;
        if (below(10) == 0) {
            outcome.kind = sinks::Outcome::Kind::Failed;
            outcome.error = {base::Code::Io, "no"};
        }
        const bool is_lost = below(30) == 0;  // delivered, and the process dies before it knows
        if (outcome.kind == sinks::Outcome::Kind::Delivered) {
            for (const auto& message : batch.messages) {
                const auto sequence = SequenceNumber::parse(message.id).value();
                EXPECT_GE(sequence, acknowledged_[lane]) << "repeated from below the checkpoint";
                seen_.push_back(sequence);
            }
        }
        if (is_lost) {
            begin();
        } else {
            worker.delivered(std::move(outcome));
        }
    }

    // Each chosen record is there; a key's first deliveries are in order, and so is each repeat.
    void check() {
        const auto wanted = expected();
        const std::set<SequenceNumber> all(wanted.begin(), wanted.end());
        EXPECT_EQ(std::set<SequenceNumber>(seen_.begin(), seen_.end()), all);
        std::map<SequenceNumber, std::string> keys;
        for (const Written& each : written_) {
            keys[each.sequence] = each.row_key;
        }
        std::map<std::string, std::vector<SequenceNumber>> of_key;
        for (const SequenceNumber sequence : wanted) {
            of_key[keys[sequence]].push_back(sequence);
        }
        std::map<std::string, std::size_t>
            reached;                              // so many of a key were delivered at least once
        std::map<std::string, std::size_t> next;  // what a repeat goes on with
        for (const SequenceNumber sequence : seen_) {
            const std::string& key = keys[sequence];
            const auto& order = of_key[key];
            const auto place = static_cast<std::size_t>(
                std::lower_bound(order.begin(), order.end(), sequence) - order.begin());
            EXPECT_LE(place, reached[key]) << "a record of a key was passed over";
            EXPECT_TRUE(place == next[key] || place < reached[key]);
            reached[key] = std::max(reached[key], place + 1);
            next[key] = place + 1;
        }
    }

    std::unique_ptr<base::Random> random_;
    tests::LogHarness harness_;
    base::Metrics metrics_;
    tests::MemoryCheckpoints checkpoints_;
    std::vector<Written> written_;
    ReplayChoice choice_;
    bool is_filtered_ = false;
    std::uint32_t lanes_ = 1;
    triggers::TriggerSpec spec_;
    std::shared_ptr<ReplaySource> source_;
    std::shared_ptr<triggers::Pace> pace_;
    std::map<shardlog::ShardId, Lane> running_;
    std::map<shardlog::ShardId, SequenceNumber> acknowledged_;  // at the last begin
    std::vector<SequenceNumber> seen_;
};

// A replay that leaves one out, or mixes up an item's changes, builds a wrong copy.
TEST(ReplayProperty, DeliversExactlyTheChosenRecordsInOrderPerKey) {
    base::set_log_level(base::LogLevel::Error);
    const std::uint64_t first = tests::test_seed(1);
    const int lives = std::getenv("MB_SEED") == nullptr ? kLives : 1;  // NOLINT: one thread
    for (int i = 0; i < lives; ++i) {
        const std::uint64_t seed = first + static_cast<std::uint64_t>(i);
        Life(seed).live();
        ASSERT_FALSE(HasFailure()) << "seed " << seed;
    }
}

}  // namespace
}  // namespace millbeck::runtime
