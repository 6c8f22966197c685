// Workers of a sink that keeps a copy: rows first, then the changes that no row holds.
#include <algorithm>
#include <map>
#include <utility>

#include "tests/triggers/worker_harness.hpp"
#include "triggers/pace.hpp"
#include "triggers/shard_plan.hpp"

namespace millbeck::triggers {
namespace {

using shardlog::ImagePage;
using shardlog::ImageRange;
using shardlog::SequenceNumber;

std::string row_key_of(const std::string& key) {
    return tests::FakeShardLog::row_key_of(key);
}

// Keys in the order of their row keys.
std::vector<std::string> ordered_keys() {
    std::vector<std::string> keys{"a", "b", "c", "d"};
    std::sort(keys.begin(), keys.end(), [](const auto& one, const auto& other) {
        return row_key_of(one) < row_key_of(other);
    });
    return keys;
}

// By row key: key and value.
using Rows = std::map<std::string, std::pair<std::string, std::string>>;

// Rows in memory, as they were when it was made.
class MapImage final : public shardlog::TableImage {
  public:
    MapImage(Rows rows, SequenceNumber as_of) : rows_(std::move(rows)), as_of_(as_of) {}

    [[nodiscard]] SequenceNumber as_of() const override { return as_of_; }

    [[nodiscard]] base::Result<ImagePage> read(const ImageRange& range) const override {
        struct Texts {
            std::string row_key, keys, item;
        };
        auto memory = std::make_shared<std::vector<Texts>>();
        ImagePage page;
        page.is_last = true;
        for (const auto& [row_key, row] : rows_) {
            const auto& [key, value] = row;
            if (row_key <= range.from) {
                continue;
            }
            if (memory->size() == range.rows_max) {
                page.is_last = false;
                break;
            }
            memory->push_back({row_key, R"({"id":{"S":")" + key + R"("}})",
                               R"({"id":{"S":")" + key + R"("},"v":{"S":")" + value + R"("}})"});
        }
        for (const Texts& each : *memory) {
            page.rows.push_back({each.row_key, {each.keys, 4}, {each.item, 8}});
        }
        page.memory = memory;
        return page;
    }

  private:
    const Rows rows_;
    const SequenceNumber as_of_;
};

class RowCopyTest : public WorkerTest {
  protected:
    RowCopyTest() {
        spec.function = "";
        spec.sink = "memory";
        spec.copy.emplace();
        spec.batch_size = 2;
        images = [this]() -> base::Result<std::shared_ptr<const shardlog::TableImage>> {
            if (image_error) {
                return tl::unexpected<base::Error>(*image_error);
            }
            ++images_made;
            return std::make_shared<const MapImage>(table, newest);
        };
    }

    // As the table and its log do it.
    void write(const std::string& key, const std::string& value) {
        table[row_key_of(key)] = {key, value};
        newest = put(key, value);
    }

    // Delivers a batch and says what it was: `rows a b` or `changes a`.
    std::string deliver() {
        const auto batch = expect_batch();
        position = batch->position;
        EXPECT_EQ(batch->generation, "life-1");
        EXPECT_EQ(batch->table, "orders");
        answer(Kind::Delivered);
        return (batch->content == sinks::Content::Rows ? "rows " : "changes ") + keys(*batch);
    }

    const std::vector<std::string> k = ordered_keys();
    Rows table;
    SequenceNumber newest;
    std::optional<base::Error> image_error;
    int images_made = 0;
    std::string position;
};

// If it fails, a copy lacks rows, or gets a change before the row that holds it.
TEST_F(RowCopyTest, RowsComeFirstThenTheChangesSince) {
    write(k[0], "1");
    write(k[1], "1");
    write(k[2], "1");
    start();
    EXPECT_EQ(deliver(), "rows " + k[0] + " " + k[1]);
    write(k[0], "2");
    EXPECT_EQ(deliver(), "rows " + k[2]);
    EXPECT_EQ(images_made, 1);
    EXPECT_EQ(deliver(), "changes " + k[0]);
    EXPECT_EQ(expect_wait(), std::nullopt);
    EXPECT_EQ(worker->status().rows_copied, 3u);
    EXPECT_EQ(worker->status().rows_progress, std::nullopt);
    EXPECT_EQ(stored_checkpoint()->told, position);
    EXPECT_EQ(stored_checkpoint()->copy, std::nullopt);
}

// If it fails, a restart begins the copy again, or delivers an older change behind a newer row.
TEST_F(RowCopyTest, ARestartGoesOnBehindTheLastRowAndLeavesOutWhatNewerRowsHold) {
    for (const std::string& key : k) {
        write(key, "1");
    }
    start();
    EXPECT_EQ(deliver(), "rows " + k[0] + " " + k[1]);
    const auto stored = stored_checkpoint();
    ASSERT_TRUE(stored->copy);
    EXPECT_EQ(position_text(*stored), position);
    write(k[0], "2");  // behind the rows that were copied: a change
    write(k[2], "2");  // before its row is read again: the row holds it
    start();
    EXPECT_EQ(deliver(), "rows " + k[2] + " " + k[3]);
    EXPECT_EQ(images_made, 2);
    write(k[2], "3");
    EXPECT_EQ(deliver(), "changes " + k[0] + " " + k[2]);
    EXPECT_EQ(expect_wait(), std::nullopt);
}

// If it fails, the first changes of a child go out behind newer rows, which its parent copied.
TEST_F(RowCopyTest, WhatRowsHoldIsKnownToTheChildrenOfAShardThatEndedBefore) {
    write(k[0], "1");
    start();
    const auto child = log.roll_shard(shard.id.number());
    ASSERT_TRUE(child);
    table[row_key_of(k[0])] = {k[0], "2"};
    newest = log.put(child->id.number(), k[0], "2");
    EXPECT_EQ(deliver(), "rows " + k[0]);
    expect_finished();
    const auto stored = stored_checkpoint();
    ASSERT_TRUE(stored->copy);
    const auto starts = plan_shards(log.shards(stream.id), {*stored});
    ASSERT_EQ(starts.size(), 1u);
    ASSERT_TRUE(starts[0].copy);
    EXPECT_TRUE(starts[0].copy->holds(row_key_of(k[0]), newest));
    EXPECT_FALSE(starts[0].copy->holds(row_key_of(k[0]), newest.next()));
}

TEST_F(RowCopyTest, AnEmptyTableIsCopiedAtOnce) {
    start();
    EXPECT_EQ(expect_wait(), std::nullopt);
    EXPECT_TRUE(stored_checkpoint()->copy == std::nullopt ||
                stored_checkpoint()->copy->rows_done());
    write(k[0], "1");
    EXPECT_EQ(deliver(), "changes " + k[0]);
}

// If it fails, a target that is down for a while gets a copy with holes.
TEST_F(RowCopyTest, RowsAreTriedUntilTheyAreTaken) {
    write(k[0], "1");
    spec.maximum_retry_attempts = 1;
    start();
    for (int i = 0; i < 5; ++i) {
        expect_batch();
        answer(Kind::Failed);
        EXPECT_EQ(worker->status().state, WorkerState::BackingOff);
        const auto wait = expect_wait();
        ASSERT_TRUE(wait);
        clock.advance(*wait);
    }
    EXPECT_EQ(deliver(), "rows " + k[0]);
    EXPECT_TRUE(on_failure.taken.empty());
}

// If it fails, a target that is overloaded is asked again and again.
TEST_F(RowCopyTest, ATargetIsLeftAloneForAsLongAsItAsks) {
    write(k[0], "1");
    start();
    sinks::Outcome busy;
    busy.kind = Kind::NotInvoked;
    busy.error = {base::Code::Unavailable, "too many requests"};
    busy.retry_after = base::Milliseconds{7'000};
    expect_batch();
    worker->delivered(busy);
    EXPECT_EQ(expect_wait(), base::Milliseconds{7'000});
    clock.advance(base::Milliseconds{7'000});
    EXPECT_EQ(deliver(), "rows " + k[0]);
    write(k[0], "2");
    busy.retry_after = base::Milliseconds{24 * 3'600'000};
    expect_batch();
    worker->delivered(busy);
    EXPECT_EQ(expect_wait(), base::Milliseconds{15 * 60'000});
}

TEST_F(RowCopyTest, RowsThatCannotBeReadAreTriedAgain) {
    write(k[0], "1");
    image_error = base::Error{base::Code::Io, "disk says no"};
    start();
    const auto wait = expect_wait();
    ASSERT_TRUE(wait);
    EXPECT_EQ(worker->status().state, WorkerState::Broken);
    EXPECT_EQ(worker->status().last_error, "rows: disk says no");
    image_error.reset();
    clock.advance(*wait);
    EXPECT_EQ(deliver(), "rows " + k[0]);
}

// If it fails, a lost copy is taken for a whole one.
TEST_F(RowCopyTest, ALostPositionEndsTheWorker) {
    write(k[0], "1");
    start();
    expect_batch();
    answer(Kind::PositionLost);
    EXPECT_TRUE(worker->status().copy_lost);
    EXPECT_EQ(expect_wait(), std::nullopt);
}

// If it fails, a copy that was away for too long has a gap that nobody sees.
TEST_F(RowCopyTest, ATrimmedLogEndsTheWorkerInsteadOfLeavingAGap) {
    write(k[0], "1");
    start();
    EXPECT_EQ(deliver(), "rows " + k[0]);
    EXPECT_EQ(expect_wait(), std::nullopt);
    write(k[0], "2");
    write(k[0], "3");
    log.trim(shard.id.number(), newest);
    EXPECT_EQ(expect_wait(), std::nullopt);
    EXPECT_TRUE(worker->status().copy_lost);
    EXPECT_TRUE(checkpoints->gaps(spec.id)->empty());
}

TEST_F(RowCopyTest, KeepsToItsPace) {
    for (const std::string& key : {k[0], k[1], k[2]}) {
        write(key, "1");
    }
    spec.copy->rows_per_second = 4;
    start();
    EXPECT_EQ(deliver(), "rows " + k[0] + " " + k[1]);
    EXPECT_EQ(expect_wait(), base::Milliseconds{500});
    clock.advance(base::Milliseconds{500});
    EXPECT_EQ(deliver(), "rows " + k[2]);
}

// If it fails, a copy that is made takes half of a machine from those who write.
TEST_F(RowCopyTest, LeavesWritersMostOfTheTime) {
    for (const std::string& key : {k[0], k[1], k[2]}) {
        write(key, "1");
    }
    start();
    expect_batch();
    clock.advance(base::Milliseconds{100});
    for (int i = 0; i < 100; ++i) {
        write(k[3], std::to_string(i));
    }
    answer(Kind::Delivered);
    EXPECT_EQ(expect_wait(), base::Milliseconds{100});
}

TEST(Pace, IsSharedByAllShards) {
    constexpr base::Instant kNow{std::chrono::hours{1}};
    Pace pace(0);
    EXPECT_EQ(pace.after({.rows = 9, .took = base::Milliseconds{5}, .changes = 0}, kNow),
              base::Milliseconds{0});
    EXPECT_EQ(pace.after({.rows = 9, .took = base::Milliseconds{5}, .changes = 10}, kNow),
              base::Milliseconds{10})
        << "few changes: little";
    EXPECT_EQ(pace.after({.rows = 9, .took = base::Milliseconds{5}, .changes = 500}, kNow),
              base::Milliseconds{130})
        << "many: 24 times what the rows took, behind those of the other shard";
    Pace limited(1'000);
    EXPECT_EQ(limited.after({.rows = 80, .took = base::Milliseconds{2}, .changes = 500}, kNow),
              base::Milliseconds{80})
        << "the limit leaves more time";
    Pace beside(0);
    EXPECT_EQ(
        beside.after({.rows = 9, .took = base::Milliseconds{5}, .changes = 0, .beside_live = true},
                     kNow),
        base::Milliseconds{20})
        << "triggers that deliver get four fifths";
}

TEST_F(RowCopyTest, AFilterChoosesRowsAsItChoosesChanges) {
    write(k[0], "1");
    write(k[1], "2");
    write(k[2], "1");
    const auto criteria =
        filter::FilterCriteria::parse({R"({"dynamodb":{"NewImage":{"v":{"S":["1"]}}}})"});
    ASSERT_TRUE(criteria) << criteria.error().message;
    spec.filter = std::make_shared<const filter::FilterCriteria>(*criteria);
    start();
    EXPECT_EQ(deliver(), "rows " + k[0]);
    EXPECT_EQ(deliver(), "rows " + k[2]);
    write(k[1], "3");
    write(k[1], "1");
    EXPECT_EQ(deliver(), "changes " + k[1]);
}

}  // namespace
}  // namespace millbeck::triggers
