// Random lives of a log against a map that knows what must be in it: groups that are committed,
// discarded, refused or cut by the power, shards that roll, split and merge, retention, restarts.
#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/log.hpp"
#include "base/random.hpp"
#include "tests/support/log_harness.hpp"
#include "tests/support/seed.hpp"

namespace millbeck::tests {
namespace {

using namespace shardlog;
using base::Code;
using base::FileCall;
using base::Milliseconds;

constexpr int kLives = 10;
constexpr int kSteps = 150;
constexpr std::size_t kValueBytesMax = 6000;

struct Known {
    ShardNumber shard;
    std::string value;
};
using Records = std::map<SequenceNumber, Known>;

class Life {
  public:
    explicit Life(std::uint64_t seed) : random_(base::seeded_random(seed)) {
        test_.options.retention = Milliseconds{60'000};
        test_.must_open();
        streams_.push_back(test_.stream(2).id);
    }

    void live() {
        for (int step = 0; step < kSteps && !::testing::Test::HasFailure(); ++step) {
            one_step();
        }
        commit();
        test_.must_open();
        check_all();
    }

  private:
    std::uint64_t below(std::uint64_t limit) { return random_->next_u64() % limit; }
    ShardLog& log() { return *test_.log; }

    void one_step() {
        const std::uint64_t dice = below(100);
        if (dice < 45) {
            append();
        } else if (dice < 60) {
            commit();
        } else if (dice < 64) {
            refuse();
        } else if (dice < 67) {
            log().discard();
            pending_.clear();
        } else if (dice < 71) {
            cut_power();
        } else if (dice < 74) {
            test_.must_open();  // what was only appended is gone with the process
            pending_.clear();
            check_all();
        } else if (dice < 82) {
            change_shards();
        } else if (dice < 90) {
            maintain();
        } else {
            check_some();
        }
    }

    std::optional<ShardNumber> shard_for(StreamId stream, std::uint64_t hash) {
        for (const Shard& shard : log().shards(stream)) {
            if (!shard.ending && shard.hashes.first <= hash && hash <= shard.hashes.last) {
                return shard.id.number();
            }
        }
        return std::nullopt;
    }

    void append() {
        std::vector<OwnDraft> drafts;
        Records commit;
        for (std::uint64_t left = 1 + below(4); left > 0; --left) {
            const bool is_hidden = below(5) == 0;
            const std::uint64_t hash = random_->next_u64();
            const StreamId stream = is_hidden ? kNoStream : streams_[below(streams_.size())];
            OwnDraft one = draft(stream, hash, "v" + std::to_string(random_->next_u64()));
            one.old_value = std::string(below(kValueBytesMax), 'x');
            const SequenceNumber position{log().next_sequence().position() + drafts.size()};
            commit[position] = {is_hidden ? ShardNumber{} : shard_for(stream, hash).value(),
                                one.value};
            drafts.push_back(std::move(one));
        }
        const auto first = test_.append(drafts);
        ASSERT_TRUE(first) << first.error().message;
        ASSERT_EQ(commit.begin()->first, *first);
        pending_.push_back(std::move(commit));
    }

    void commit() {
        const base::Status synced = log().sync();
        ASSERT_TRUE(synced) << synced.error().message;
        log().publish();
        for (const Records& commit : pending_) {
            records_.insert(commit.begin(), commit.end());
        }
        pending_.clear();
        ASSERT_EQ(next_position(), log().latest());
    }

    // The disk is full in the middle of a group, and has room again afterwards.
    void refuse() {
        append();
        test_.files.inject({.call = FileCall::Write,
                            .code = Code::NoSpace,
                            .times = 1,
                            .torn_bytes = below(20'000)});
        EXPECT_EQ(Code::NoSpace, log().sync().error().code);
        log().discard();
        pending_.clear();
        test_.files.clear_faults();
        ASSERT_EQ(next_position(), log().next_sequence());
    }

    // Of what was appended and perhaps written, a first part may have reached the disk; whole
    // commits only, and everything that was committed is there.
    void cut_power() {
        if (below(2) == 0) {
            test_.files.inject({.call = below(2) == 0 ? FileCall::Sync : FileCall::Write,
                                .torn_bytes = below(10'000)});
            static_cast<void>(log().sync());
            test_.files.clear_faults();
        }
        test_.log.reset();
        ASSERT_TRUE(below(3) == 0 ? test_.files.crash() : test_.files.crash_keeping_some(*random_));
        test_.must_open();
        for (const Records& commit : pending_) {
            if (commit.begin()->first >= log().latest()) {
                break;
            }
            records_.insert(commit.begin(), commit.end());
        }
        pending_.clear();
        check_all();
    }

    void change_shards() {
        commit();
        const std::size_t at = below(streams_.size());
        std::vector<Shard> open;
        for (const Shard& shard : log().shards(streams_[at])) {
            if (!shard.ending) {
                open.push_back(shard);
            }
        }
        const ShardNumber one = open[below(open.size())].id.number();
        switch (below(5)) {
            case 0:
                ASSERT_TRUE(log().roll_shard(one));
                break;
            case 1:
                ASSERT_TRUE(open.size() > 8 || log().split_shard(one, std::nullopt));
                break;
            case 2: {
                const ShardNumber other = open[below(open.size())].id.number();
                const auto merged = log().merge_shards(one, other);
                ASSERT_TRUE(merged || merged.error().code == Code::Invalid);
                break;
            }
            case 3:
                ASSERT_TRUE(log().roll_due_shards());
                break;
            default:
                ASSERT_TRUE(log().disable_stream(streams_[at]));
                streams_[at] = test_.stream(1 + static_cast<std::uint32_t>(below(4))).id;
        }
    }

    void maintain() {
        test_.clock.advance(Milliseconds{below(20'000)});
        if (below(2) == 0) {
            log().release(SequenceNumber{log().latest().position() - 1});
        }
        test_.must_maintain();
    }

    SequenceNumber next_position() const {
        return records_.empty() ? SequenceNumber{1} : records_.rbegin()->first.next();
    }

    void check_shard(ShardNumber shard, SequenceNumber from) {
        const SequenceNumber first = log().stats().first;
        std::vector<std::string> wanted;
        bool is_trimmed = false;
        for (auto at = records_.lower_bound(from); at != records_.end(); ++at) {
            if (at->second.shard == shard) {
                is_trimmed = is_trimmed || at->first < first;
                wanted.push_back(at->second.value);
            }
        }
        if (is_trimmed) {
            const auto page = log().read(shard, from, {});
            ASSERT_FALSE(page);
            ASSERT_EQ(Code::Trimmed, page.error().code) << page.error().message;
        } else {
            ASSERT_EQ(wanted, test_.values(shard, from, {.records_max = 1 + below(20)}));
        }
    }

    void check_some() {
        for (const Stream& stream : log().streams()) {
            for (const Shard& shard : log().shards(stream.id)) {
                check_shard(shard.id.number(),
                            SequenceNumber{below(log().latest().position() + 2)});
            }
        }
    }

    void check_all() {
        ASSERT_EQ(next_position(), log().latest());
        const SequenceNumber first = log().stats().first;
        std::vector<std::string> wanted;
        for (auto at = records_.lower_bound(first); at != records_.end(); ++at) {
            wanted.push_back(at->second.value);
        }
        ASSERT_EQ(wanted, test_.all_values(first));
        for (const Stream& stream : log().streams()) {
            for (const Shard& shard : log().shards(stream.id)) {
                check_shard(shard.id.number(), SequenceNumber{});
                check_shard(shard.id.number(), first);
            }
        }
        // A shard that is forgotten has nothing left to read.
        for (auto at = records_.lower_bound(first); at != records_.end(); ++at) {
            ASSERT_TRUE(at->second.shard == ShardNumber{} || log().find_shard(at->second.shard));
        }
    }

    std::unique_ptr<base::Random> random_;
    LogHarness test_{base::PowerCuts::Recorded};
    std::vector<StreamId> streams_;
    Records records_;               // committed
    std::vector<Records> pending_;  // appended, commit by commit
};

// If it fails, some order of ordinary events loses, repeats, moves or invents a record.
TEST(LogProperty, EveryLifeKeepsExactlyWhatWasCommitted) {
    base::set_log_level(base::LogLevel::Error);
    const std::uint64_t first = test_seed(1);
    for (std::uint64_t seed = first; seed < first + kLives; ++seed) {
        SCOPED_TRACE("MB_SEED=" + std::to_string(seed));
        Life(seed).live();
        if (HasFailure()) {
            break;
        }
    }
}

}  // namespace
}  // namespace millbeck::tests
