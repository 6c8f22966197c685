// Backups as jobs: what they hold, what they leave after a stop, a full disk, an end of their
// table.
#include <filesystem>
#include <future>
#include <thread>

#include <gtest/gtest.h>

#include "base/faulty_file_system.hpp"
#include "runtime/restore/job_lane.hpp"
#include "runtime/restore/room_on_disk.hpp"
#include "runtime/restore/table_backups.hpp"
#include "runtime/restore/table_restores.hpp"
#include "tests/support/api_node.hpp"
#include "tests/support/temp_folder.hpp"

namespace millbeck::runtime {
namespace {

using base::Code;
using shardlog::TableName;

// If it fails, work runs twice, in another order, or without end.
TEST(JobLane, RunsInOrderWithinItsLimit) {
    JobLane lane("test");
    std::promise<void> gate;
    std::promise<void> begun;
    ASSERT_TRUE(lane.post([&](const std::stop_token&) {
        begun.set_value();
        gate.get_future().wait();
    }));
    begun.get_future().wait();
    std::vector<std::size_t> order;
    std::promise<void> last;
    for (std::size_t i = 1; i < JobLane::kJobsMax; ++i) {
        ASSERT_TRUE(lane.post([&, i](const std::stop_token&) {
            order.push_back(i);
            if (i + 1 == JobLane::kJobsMax) {
                last.set_value();
            }
        }));
    }
    EXPECT_EQ(lane.post([](const std::stop_token&) {}).error().code, Code::LimitExceeded);
    gate.set_value();
    last.get_future().wait();
    ASSERT_EQ(order.size(), JobLane::kJobsMax - 1);
    EXPECT_TRUE(std::ranges::is_sorted(order));
}

TEST(JobLane, AStopEndsWhatIsAtWorkAndDropsTheRest) {
    bool stopped = false;
    bool other = false;
    {
        JobLane lane("test");
        std::promise<void> begun;
        ASSERT_TRUE(lane.post([&](const std::stop_token& stop) {
            begun.set_value();
            while (!stop.stop_requested()) {
                std::this_thread::yield();
            }
            stopped = true;
        }));
        ASSERT_TRUE(lane.post([&](const std::stop_token&) { other = true; }));
        begun.get_future().wait();
        lane.request_stop();
        EXPECT_EQ(lane.post([](const std::stop_token&) {}).error().code, Code::Unavailable);
    }
    EXPECT_TRUE(stopped);
    EXPECT_FALSE(other);
}

class Backups : public testing::Test {
  protected:
    Backups() {
        make("source");
        for (int i = 0; i < kItems; ++i) {
            put("source", i);
        }
    }
    void make(const std::string& table) {
        node_.ok("CreateTable", R"({"TableName":")" + table +
                                    R"(","BillingMode":"PAY_PER_REQUEST",)"
                                    R"("AttributeDefinitions":[{"AttributeName":"id",)"
                                    R"("AttributeType":"S"}],"KeySchema":[{"AttributeName":"id",)"
                                    R"("KeyType":"HASH"}]})");
    }
    void put(const std::string& table, int key) {
        node_.ok("PutItem", R"({"TableName":")" + table + R"(","Item":{"id":{"S":")" +
                                std::to_string(key) + R"("}}})");
    }
    std::unique_ptr<TableBackups> open() {
        auto opened =
            TableBackups::open({files_, node_.store(), node_.clock(), *random_}, folder_.path());
        EXPECT_TRUE(opened) << opened.error().message;
        return std::move(*opened);
    }
    // Until it is there or gone.
    static std::optional<Backup> wait(const TableBackups& backups, const std::string& id) {
        while (true) {
            auto backup = backups.find(id);
            if (!backup || backup->state == BackupState::Available) {
                return backup;
            }
            std::this_thread::yield();
        }
    }
    std::vector<std::string> rows_on_disk() { return *files_.list(folder_.path() / "rows"); }

    static constexpr int kItems = 40;
    tests::ApiNode node_;
    tests::TempFolder folder_;
    std::unique_ptr<base::FileSystem> system_ = base::system_files();
    base::FaultyFileSystem files_{*system_};
    std::unique_ptr<base::Random> random_ = base::seeded_random(3);
};

// If it fails, a backup is not the table as of the call, or is gone after a restart.
TEST_F(Backups, HoldTheTableAsOfTheCall) {
    std::string id;
    {
        const auto backups = open();
        const auto begun = backups->begin(TableName{"source"}, "mine");
        ASSERT_TRUE(begun) << begun.error().message;
        EXPECT_EQ(begun->state, BackupState::Creating);
        put("source", kItems);
        id = begun->id;
        const auto whole = wait(*backups, id);
        ASSERT_TRUE(whole);
        EXPECT_EQ(whole->table.item_count, kItems);
        EXPECT_EQ(whole->name, "mine");
    }
    node_.ok("DeleteTable", R"({"TableName":"source"})");
    ASSERT_TRUE(node_.store().maintain());
    const auto backups = open();
    const auto kept = backups->find(id);
    ASSERT_TRUE(kept);
    EXPECT_EQ(kept->state, BackupState::Available);
    EXPECT_EQ(kept->table.spec.name, TableName{"source"});
    EXPECT_EQ(kept->table.spec.billing, capture::BillingMode::PayPerRequest);
    auto restores = TableRestores::open(node_.store(), *random_, folder_.path() / "r.db");
    ASSERT_TRUE(restores);
    RestoreOrder order{.target = kept->table.spec,
                       .note = {"table arn", "backup arn", kept->created},
                       .open = [&] { return backups->image(id); }};
    order.target.name = TableName{"again"};
    ASSERT_TRUE((*restores)->begin(std::move(order)));
    while ((*restores)->progress(TableName{"again"})->state == RestoreProgress::State::Running) {
        std::this_thread::yield();
    }
    EXPECT_EQ(node_.store().describe_table(TableName{"again"})->item_count, kItems);
}

// If it fails, a damaged backup becomes a table, or nobody is told which file it was.
TEST_F(Backups, ADamagedFileIsNoTable) {
    const auto backups = open();
    const auto begun = backups->begin(TableName{"source"}, "mine");
    ASSERT_TRUE(begun);
    const auto whole = wait(*backups, begun->id);
    ASSERT_TRUE(whole);
    constexpr std::uint64_t kInFirstBlock = 60;
    ASSERT_TRUE(files_.flip_bit(folder_.path() / "rows" / (begun->id + ".rows"), kInFirstBlock, 0));
    auto restores = TableRestores::open(node_.store(), *random_, folder_.path() / "r.db");
    ASSERT_TRUE(restores);
    RestoreOrder order{.target = whole->table.spec,
                       .note = {"", "arn", whole->created},
                       .open = [&] { return backups->image(begun->id); }};
    order.target.name = TableName{"again"};
    ASSERT_TRUE((*restores)->begin(std::move(order)));
    auto progress = (*restores)->progress(TableName{"again"});
    while (progress->state == RestoreProgress::State::Running) {
        progress = (*restores)->progress(TableName{"again"});
    }
    EXPECT_EQ(progress->state, RestoreProgress::State::Failed);
    EXPECT_NE(progress->error.find("the checksum of the block"), std::string::npos)
        << progress->error;
    EXPECT_FALSE((*restores)->reads("arn"));
    EXPECT_FALSE(node_.store().describe_table(TableName{"again"}));
}

// If it fails, a full disk leaves something that looks like a backup, or fills up with halves.
TEST_F(Backups, AFullDiskLeavesNone) {
    const auto backups = open();
    files_.set_free_bytes(RoomOnDisk::kLeftBytes);
    const auto begun = backups->begin(TableName{"source"}, "mine");
    ASSERT_TRUE(begun);
    EXPECT_FALSE(wait(*backups, begun->id));
    EXPECT_TRUE(rows_on_disk().empty());
    files_.set_free_bytes_unlimited();
    const auto next = backups->begin(TableName{"source"}, "mine");
    ASSERT_TRUE(next);
    EXPECT_TRUE(wait(*backups, next->id));
}

// If it fails, a crash in the middle leaves a backup that never ends, or its bytes for ever.
TEST_F(Backups, WhatACrashLeftIsRemoved) {
    std::string whole;
    {
        const auto backups = open();
        whole = backups->begin(TableName{"source"}, "whole")->id;
        ASSERT_TRUE(wait(*backups, whole));
        backups->request_stop();
        EXPECT_EQ(backups->begin(TableName{"source"}, "late").error().code, Code::Unavailable);
    }
    {
        // As a crash between the two leaves it: noted, and half a file.
        auto notes = BackupStore::open(folder_.path() / "backups.db");
        ASSERT_TRUE(notes);
        Backup half;
        half.id = "01700000000000-0000000a";
        half.table = *node_.store().describe_table(TableName{"source"});
        ASSERT_TRUE((*notes)->add(half));
        for (const char* name : {"01700000000000-0000000a.rows", "01700000000000-0000000b.rows",
                                 "01700000000000-0000000c.rows.part"}) {
            ASSERT_TRUE(base::write_atomically(files_, folder_.path() / "rows" / name, "half"));
        }
    }
    const auto backups = open();
    EXPECT_FALSE(backups->find("01700000000000-0000000a"));
    EXPECT_TRUE(backups->find(whole));
    EXPECT_EQ(rows_on_disk(), std::vector<std::string>{whole + ".rows"});
    EXPECT_EQ(backups->list({.after = ""}).backups.size(), 1U);
    EXPECT_TRUE(open()->find(whole));
}

// If it fails, pages of a list overlap, or miss what lies between.
TEST_F(Backups, AListChoosesAndPages) {
    make("other");
    const auto backups = open();
    std::vector<std::string> made;
    for (int i = 0; i < 5; ++i) {
        node_.clock().advance(base::Milliseconds{10});
        made.push_back(backups->begin(TableName{i == 2 ? "other" : "source"}, "any")->id);
        ASSERT_TRUE(wait(*backups, made.back()));
    }
    const auto ids = [&](const BackupChoice& choice) {
        std::vector<std::string> found;
        for (const Backup& one : backups->list(choice).backups) {
            found.push_back(one.id);
        }
        return found;
    };
    EXPECT_EQ(ids({.after = ""}), made);
    EXPECT_EQ(ids({.table = TableName{"other"}, .after = ""}), std::vector{made[2]});
    EXPECT_EQ(ids({.type = BackupType::System, .after = ""}), std::vector<std::string>{});
    EXPECT_EQ(ids({.after = made[1], .limit = 2}), (std::vector{made[2], made[3]}));
    EXPECT_FALSE(backups->list({.after = made[1], .limit = 2}).is_last);
    EXPECT_TRUE(backups->list({.after = made[1], .limit = 3}).is_last);
    const auto at = [&](std::size_t i) { return backups->find(made[i])->created; };
    EXPECT_EQ(ids({.from = at(1), .until = at(3), .after = ""}), (std::vector{made[1], made[2]}));
    ASSERT_TRUE(backups->remove(made[1]));
    EXPECT_EQ(backups->remove(made[1]).error().code, Code::NotFound);
    EXPECT_EQ(ids({.after = made[1], .limit = 1}), std::vector{made[2]});
    EXPECT_EQ(rows_on_disk().size(), 4U);
}

// If it fails, system backups stay for ever.
TEST_F(Backups, ASystemBackupExpires) {
    auto backups = open();
    const auto table = node_.store().describe_table(TableName{"source"});
    const auto open_image = [this] { return node_.store().image(TableName{"source"}); };
    ASSERT_TRUE(backups->begin_system(*table, open_image));
    ASSERT_TRUE(backups->begin_system(*table, open_image));  // in the same millisecond
    auto page = backups->list({.type = BackupType::System, .after = ""});
    ASSERT_EQ(page.backups.size(), 2U);
    EXPECT_EQ(page.backups[0].name, "source$DeletedTableBackup");
    EXPECT_TRUE(page.backups[0].id.ends_with("-00000000"));
    for (const Backup& one : page.backups) {
        ASSERT_TRUE(wait(*backups, one.id));
    }
    node_.clock().advance(TableBackups::kSystemKept);
    EXPECT_FALSE(backups->find(page.backups[0].id));
    node_.clock().advance(base::Milliseconds{1});
    EXPECT_TRUE(backups->list({.after = ""}).backups.empty());
    ASSERT_TRUE(wait(*backups, backups->begin(TableName{"source"}, "mine")->id));
    EXPECT_EQ(rows_on_disk().size(), 1U);
}

}  // namespace
}  // namespace millbeck::runtime
