// Copies under random lives: whatever is written, split, lost, set back, refused or restarted, the
// target ends with the table's rows, gets every key's versions in order, and is never told twice
// what it keeps.
#include <random>
#include <string>
#include <tuple>
#include <utility>

#include <gtest/gtest.h>

#include "tests/runtime/copy_harness.hpp"
#include "tests/support/seed.hpp"

namespace millbeck::runtime {
namespace {

enum class Keeps { Place, Nothing };

class CopyLives : public testing::TestWithParam<std::tuple<Keeps, std::uint64_t>> {
  protected:
    static bool keeps() { return std::get<0>(GetParam()) == Keeps::Place; }

    void write(int keys) {
        const std::string key = "k" + std::to_string(chance() % static_cast<unsigned>(keys));
        if (chance() % 4 == 0) {
            copy.remove(key);
        } else {
            copy.put(key);
        }
    }

    void change_shards() {
        const auto open = copy.open_shards();
        auto& log = copy.store.log();
        const std::size_t at = chance() % open.size();
        if (chance() % 2 == 0 && open.size() < 5) {
            static_cast<void>(log.split_shard(open[at].id.number(), std::nullopt).has_value());
        } else if (at + 1 < open.size()) {
            static_cast<void>(
                log.merge_shards(open[at].id.number(), open[at + 1].id.number()).has_value());
        } else {
            static_cast<void>(log.roll_shard(open[at].id.number()).has_value());
        }
    }

    void happen() {
        switch (chance() % 50) {
            case 0:
                change_shards();
                break;
            case 1:
                copy.stop_manager();
                copy.start_manager();
                break;
            case 2:
                if (keeps()) {  // the target is flushed
                    copy.target->restore({});
                }
                break;
            case 3:
                EXPECT_TRUE(copy.drained());
                break;
            case 4:
                backup = copy.target->snapshot();
                break;
            case 5:
                if (keeps()) {  // the target comes back as it was
                    copy.stop_manager();
                    copy.target->restore(backup);
                    copy.start_manager();
                }
                break;
            default:
                break;
        }
    }

    CopyFixture copy{keeps()};
    TargetState backup;
    std::mt19937_64 chance;
};

// If it fails, a cache, a topic or a table somewhere else is not what the table is.
TEST_P(CopyLives, TheTargetEndsWithTheTablesRows) {
    const std::uint64_t seed = tests::test_seed(std::get<1>(GetParam()));
    SCOPED_TRACE("seed " + std::to_string(seed));
    chance.seed(seed);
    {
        const base::MutexLock lock(copy.target->mutex);
        copy.target->chance.seed(seed);
        copy.target->trouble = 20;
    }
    const int keys = 5 + static_cast<int>(chance() % 60);
    for (int i = 0; i < 100; ++i) {
        write(keys);
    }
    copy.start_manager();
    for (int i = 0; i < 400; ++i) {
        write(keys);
        happen();
    }
    ASSERT_TRUE(copy.drained());
    // A loss that nothing was delivered after is seen with the next change.
    write(keys);
    ASSERT_TRUE(copy.drained());
    copy.stop_manager();
    copy.start_manager();
    ASSERT_TRUE(copy.drained());
    copy.expect_equal();
}

INSTANTIATE_TEST_SUITE_P(Seeds, CopyLives,
                         testing::Combine(testing::Values(Keeps::Place, Keeps::Nothing),
                                          testing::Range<std::uint64_t>(1, 9)));

}  // namespace
}  // namespace millbeck::runtime
