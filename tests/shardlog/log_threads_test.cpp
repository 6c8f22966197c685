// One writer, one that maintains, many readers: what ThreadSanitizer has to see.
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <stop_token>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/log_harness.hpp"

namespace millbeck::tests {
namespace {

using namespace shardlog;

// Waits on a bell until the log's end is reached; a ring that was missed costs a millisecond.
class WaitingBell final : public Doorbell {
  public:
    explicit WaitingBell(ShardLog& log) : log_(log) { log_.attach_all(*this); }
    ~WaitingBell() override { log_.detach_all(*this); }
    WaitingBell(const WaitingBell&) = delete;
    WaitingBell& operator=(const WaitingBell&) = delete;

    void ring() noexcept override { rung_.notify_all(); }

    void wait() {
        std::unique_lock lock(mutex_);
        rung_.wait_for(lock, std::chrono::milliseconds(1));
    }

  private:
    ShardLog& log_;
    std::mutex mutex_;
    std::condition_variable rung_;
};

constexpr int kCommits = 800;

// If it fails, a reader sees a record twice, not at all, out of order, or before it is whole, while
// segments are sealed, indexed, recycled and shards roll under it.
TEST(LogThreads, ReadersSeeEveryRecordOnceAndInOrder) {
    LogHarness test;
    test.must_open();
    const Stream stream = test.stream();
    const ShardNumber root = test.log->shards(stream.id).front().id.number();
    std::atomic<bool> is_written{false};

    const auto read_family = [&] {
        WaitingBell bell(*test.log);
        ShardNumber shard = root;
        SequenceNumber from;
        int expected = 0;
        while (expected < kCommits) {
            const auto page = test.log->read(shard, from, {.records_max = 50});
            ASSERT_TRUE(page) << page.error().message;
            for (const RecordView& record : page->records) {
                ASSERT_EQ(std::to_string(expected), record.new_image.text);
                ++expected;
            }
            from = page->next;
            if (page->end_of_shard) {
                for (const Shard& child : test.log->shards(stream.id)) {
                    if (!child.parents.empty() && child.parents.front().number() == shard) {
                        shard = child.id.number();
                        break;
                    }
                }
            } else if (page->records.empty()) {
                ASSERT_FALSE(is_written && test.log->latest() <= from &&
                             test.log->find_shard(shard)->ending == std::nullopt);
                bell.wait();
            }
        }
    };
    const auto scan_all = [&] {
        std::size_t seen = 0;
        while (seen < kCommits) {
            seen = 0;
            const auto scanned = test.log->scan(SequenceNumber{1}, [&](const CommitView& commit) {
                EXPECT_EQ(std::to_string(seen), commit.records.front().new_image.text);
                ++seen;
                return base::Status{};
            });
            ASSERT_TRUE(scanned) << scanned.error().message;
            static_cast<void>(test.log->stats());
            static_cast<void>(test.log->streams());
        }
    };
    {
        std::jthread first(read_family);
        std::jthread second(read_family);
        std::jthread scanner(scan_all);
        std::jthread maintainer([&](const std::stop_token& stop) {
            while (!stop.stop_requested()) {
                ASSERT_TRUE(test.log->maintain());
            }
        });
        ShardNumber open = root;
        for (int i = 0; i < kCommits; ++i) {
            OwnDraft one = draft(stream.id, 1, std::to_string(i));
            one.old_value = std::string(500, 'x');
            test.commit({one});
            if (i % 2 == 1) {  // often: the moment in which a shard closes is short
                open = test.log->roll_shard(open)->id.number();
            }
        }
        is_written = true;
    }
    EXPECT_LT(5u, test.log->stats().segments);
}

// If it fails, a segment goes, or is written over, under somebody who reads it.
TEST(LogThreads, TrimmingUnderReadersIsATrimmedErrorOrWholeRecords) {
    LogHarness test;
    test.options.retention_bytes = 2 * test.options.segment_bytes;
    test.must_open();
    const Stream stream = test.stream();
    const ShardNumber shard = test.log->shards(stream.id).front().id.number();
    const auto read_on = [&](const std::stop_token& stop) {
        while (!stop.stop_requested()) {
            const auto from = test.log->trim_horizon(shard);
            ASSERT_TRUE(from);
            const auto page = test.log->read(shard, *from, {.records_max = 100});
            if (!page) {
                ASSERT_EQ(base::Code::Trimmed, page.error().code) << page.error().message;
                continue;
            }
            SequenceNumber expected = *from;
            for (const RecordView& record : page->records) {
                ASSERT_EQ(expected, record.sequence);
                ASSERT_EQ(std::to_string(record.sequence.position()), record.new_image.text);
                expected = expected.next();
            }
        }
    };
    std::jthread maintainer([&](const std::stop_token& stop) {
        while (!stop.stop_requested()) {
            test.log->release(SequenceNumber{test.log->latest().position() - 1});
            ASSERT_TRUE(test.log->maintain());
        }
    });
    std::jthread first(read_on);
    std::jthread second(read_on);
    for (int i = 0; i < kCommits; ++i) {
        OwnDraft one = draft(stream.id, 1, std::to_string(test.log->next_sequence().position()));
        one.old_value = std::string(1000, 'x');
        test.commit({one});
    }
    while (test.log->stats().first == SequenceNumber{1} && !HasFailure()) {
        std::this_thread::yield();
    }
}

}  // namespace
}  // namespace millbeck::tests
