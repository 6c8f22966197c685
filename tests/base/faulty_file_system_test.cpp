#include "base/faulty_file_system.hpp"

#include <array>

#include <gtest/gtest.h>

#include "tests/support/temp_folder.hpp"

namespace millbeck::base {
namespace {

using tests::TempFolder;

class FaultyFileSystemTest : public testing::Test {
  protected:
    std::string contents(const Path& path) { return read_all(*system_, path, 1 << 20).value(); }

    // A file whose name and contents are on disk.
    std::unique_ptr<File> durable_file(FaultyFileSystem& files, const Path& path,
                                       std::string_view bytes) {
        auto file = files.open(path, OpenMode::CreateOrExtend).value();
        EXPECT_TRUE(file->write_at(0, bytes));
        EXPECT_TRUE(file->sync_data());
        EXPECT_TRUE(files.sync_folder(path.parent_path()));
        return file;
    }

    TempFolder folder_;
    std::unique_ptr<FileSystem> system_ = system_files();
    FaultyFileSystem files_{*system_, PowerCuts::Recorded};
    Path a_ = folder_.path() / "a.log";
    Path b_ = folder_.path() / "b.index";
};

TEST_F(FaultyFileSystemTest, FailsTheCallsAskedForAndNoOther) {
    auto a = files_.open(a_, OpenMode::Create).value();
    auto b = files_.open(b_, OpenMode::Create).value();
    files_.inject({.call = FileCall::Write, .code = Code::NoSpace, .skip = 1, .name_part = ".log"});
    EXPECT_TRUE(a->write_at(0, "1"));
    EXPECT_TRUE(b->write_at(0, "1"));
    EXPECT_TRUE(b->write_at(0, "2"));
    EXPECT_EQ(a->write_at(1, "2").error().code, Code::NoSpace);
    EXPECT_TRUE(a->write_at(1, "3"));
    EXPECT_EQ(contents(a_), "13");
    EXPECT_EQ(files_.calls(FileCall::Write), 5u);
}

TEST_F(FaultyFileSystemTest, EveryKindOfCallCanFail) {
    auto a = durable_file(files_, a_, "abc");
    for (int call = 0; call <= static_cast<int>(FileCall::LockFolder); ++call) {
        files_.inject({.call = static_cast<FileCall>(call), .times = Fault::kForever});
    }
    std::array<char, 1> byte{};
    EXPECT_FALSE(files_.open(a_, OpenMode::Read));
    EXPECT_FALSE(a->read_at(0, byte));
    EXPECT_FALSE(a->write_at(0, "x"));
    EXPECT_FALSE(a->sync_data());
    EXPECT_FALSE(a->reserve(100));
    EXPECT_FALSE(a->truncate(0));
    EXPECT_FALSE(a->map(1));
    EXPECT_FALSE(files_.rename(a_, b_));
    EXPECT_FALSE(files_.remove(a_));
    EXPECT_FALSE(files_.list(folder_.path()));
    EXPECT_FALSE(files_.sync_folder(folder_.path()));
    EXPECT_FALSE(files_.create_folders(b_));
    EXPECT_FALSE(files_.lock_folder(folder_.path()));
    EXPECT_EQ(contents(a_), "abc");
    files_.clear_faults();
    EXPECT_TRUE(a->write_at(0, "x"));
}

TEST_F(FaultyFileSystemTest, ATornWriteLeavesItsFirstBytes) {
    auto a = files_.open(a_, OpenMode::Create).value();
    files_.inject({.call = FileCall::Write, .torn_bytes = 2});
    EXPECT_FALSE(a->write_at(0, "abcd"));
    EXPECT_EQ(contents(a_), "ab");
}

TEST_F(FaultyFileSystemTest, AFullDiskTakesWhatFitsAndMoreOnceSomethingGoes) {
    auto a = files_.open(a_, OpenMode::Create).value();
    auto b = files_.open(b_, OpenMode::Create).value();
    files_.set_free_bytes(6);
    ASSERT_TRUE(a->write_at(0, "1234"));
    EXPECT_TRUE(a->write_at(0, "ABCD")) << "overwriting needs no room";
    EXPECT_EQ(b->write_at(0, "xyz").error().code, Code::NoSpace);
    EXPECT_EQ(contents(b_), "xy");
    EXPECT_EQ(files_.free_bytes(folder_.path()).value(), 0u);
    EXPECT_EQ(a->reserve(10).error().code, Code::NoSpace);
    ASSERT_TRUE(a->truncate(0));
    EXPECT_TRUE(b->write_at(2, "z"));
    ASSERT_TRUE(files_.remove(b_));
    EXPECT_TRUE(a->reserve(6));
    EXPECT_EQ(a->reserve(7).error().code, Code::NoSpace);
    files_.set_free_bytes_unlimited();
    EXPECT_TRUE(a->reserve(7));
}

TEST_F(FaultyFileSystemTest, ShortensOneRead) {
    auto a = durable_file(files_, a_, "abcdef");
    files_.shorten_next_read(2);
    std::array<char, 6> bytes{};
    EXPECT_EQ(a->read_at(0, bytes).value(), 2u);
    EXPECT_EQ(a->read_at(0, bytes).value(), 6u);
}

TEST_F(FaultyFileSystemTest, ARottenBitShowsInReadsAndMappings) {
    auto a = durable_file(files_, a_, "abc");
    const auto mapping = a->map(3).value();
    ASSERT_TRUE(files_.flip_bit(a_, 1, 0));
    EXPECT_EQ(mapping->bytes(), "acc");
    EXPECT_EQ(contents(a_), "acc");
    ASSERT_TRUE(files_.flip_bit(a_, 1, 0));
    EXPECT_EQ(contents(a_), "abc");
    EXPECT_EQ(files_.flip_bit(a_, 3, 0).error().code, Code::Invalid);
}

// If it fails, the crash tests of the log prove nothing.
TEST_F(FaultyFileSystemTest, APowerCutForgetsWhatWasNotSynced) {
    auto a = durable_file(files_, a_, "0123456789");
    ASSERT_TRUE(a->write_at(2, "ab"));
    ASSERT_TRUE(a->write_at(3, "cdefghijkl"));
    ASSERT_TRUE(a->truncate(1));
    ASSERT_TRUE(a->reserve(100));
    ASSERT_TRUE(files_.crash());
    EXPECT_EQ(contents(a_), "0123456789");
    EXPECT_EQ(a->write_at(0, "x").error().code, Code::Io) << "opened before the power cut";
    EXPECT_TRUE(files_.open(a_, OpenMode::ReadWrite).value()->write_at(0, "x"));
}

TEST_F(FaultyFileSystemTest, ASyncedFileWithoutItsFolderIsGone) {
    auto a = files_.open(a_, OpenMode::Create).value();
    ASSERT_TRUE(a->write_at(0, "x"));
    ASSERT_TRUE(a->sync_data());
    ASSERT_TRUE(files_.crash());
    EXPECT_FALSE(files_.exists(a_).value());
}

TEST_F(FaultyFileSystemTest, NamesComeBackAsTheyWereSynced) {
    durable_file(files_, a_, "old a");
    auto b = durable_file(files_, b_, "old b");
    ASSERT_TRUE(b->write_at(0, "new b"));
    ASSERT_TRUE(files_.rename(a_, b_));
    ASSERT_TRUE(files_.rename(b_, folder_.path() / "c"));
    ASSERT_TRUE(files_.remove(folder_.path() / "c"));
    ASSERT_TRUE(files_.crash());
    EXPECT_EQ(contents(a_), "old a");
    EXPECT_EQ(contents(b_), "old b");
    EXPECT_EQ(files_.list(folder_.path()).value().size(), 2u);
}

TEST_F(FaultyFileSystemTest, AnAtomicWriteIsOldOrNewAtEveryStep) {
    durable_file(files_, a_, "old");
    ASSERT_TRUE(write_atomically(files_, a_, "new"));
    ASSERT_TRUE(files_.crash());
    EXPECT_EQ(contents(a_), "new");
    for (const FileCall call : {FileCall::Open, FileCall::Write, FileCall::Sync, FileCall::Rename,
                                FileCall::SyncFolder}) {
        files_.inject({.call = call});
        EXPECT_FALSE(write_atomically(files_, a_, "newer"));
        ASSERT_TRUE(files_.crash());
        EXPECT_EQ(contents(a_), "new");
        EXPECT_EQ(files_.list(folder_.path()).value().size(), 1u);
    }
}

// Linux drops dirty pages after a failed fsync; a program that syncs again believes in them.
TEST_F(FaultyFileSystemTest, ASecondSyncDoesNotSaveWhatTheFirstLost) {
    auto a = durable_file(files_, a_, "old");
    ASSERT_TRUE(a->write_at(0, "new"));
    files_.inject({.call = FileCall::Sync});
    EXPECT_FALSE(a->sync_data());
    EXPECT_TRUE(a->sync_data());
    ASSERT_TRUE(files_.crash());
    EXPECT_EQ(contents(a_), "old");
}

// Only what waited for the failed sync is lost: a program that writes it again and syncs, as the
// log's recovery does, is safe. If it fails, tests cannot tell a right recovery from a wrong one.
TEST_F(FaultyFileSystemTest, WhatIsWrittenAndSyncedAfterAFailedSyncIsOnDisk) {
    auto a = durable_file(files_, a_, "0123456789");
    ASSERT_TRUE(a->write_at(0, "abcd"));
    ASSERT_TRUE(a->write_at(10, "lost"));
    files_.inject({.call = FileCall::Sync});
    EXPECT_FALSE(a->sync_data());
    ASSERT_TRUE(a->write_at(2, "C"));
    ASSERT_TRUE(a->write_at(12, "end"));
    ASSERT_TRUE(a->sync_data());
    ASSERT_TRUE(a->write_at(5, "unsynced"));
    EXPECT_EQ(contents(a_), "abCd4unsyncednd") << "a running program reads what it wrote";
    ASSERT_TRUE(files_.crash());
    EXPECT_EQ(contents(a_), std::string("01C3456789") + std::string(2, '\0') + "end");
}

// The same for a file that is replaced: its name may come back, with what its contents were.
TEST_F(FaultyFileSystemTest, AReplacedFileComesBackWithoutWhatAFailedSyncLost) {
    auto a = durable_file(files_, a_, "0123456789");
    ASSERT_TRUE(a->truncate(2));
    ASSERT_TRUE(a->write_at(0, "ab"));
    files_.inject({.call = FileCall::Sync});
    EXPECT_FALSE(a->sync_data());
    ASSERT_TRUE(a->write_at(1, "B"));
    ASSERT_TRUE(a->sync_data());
    ASSERT_TRUE(files_.remove(a_));
    ASSERT_TRUE(files_.crash());
    EXPECT_EQ(contents(a_), "0B23456789");
}

TEST_F(FaultyFileSystemTest, ARealDiskKeepsSomeSectorsOfTheUnsynced) {
    constexpr std::size_t kSectors = 64;
    std::size_t kept = 0;
    const auto random = seeded_random(7);
    auto a = durable_file(files_, a_, std::string(kSectors * 512, 'o'));
    ASSERT_TRUE(a->write_at(0, std::string(kSectors * 512, 'n')));
    ASSERT_TRUE(files_.crash_keeping_some(*random));
    const std::string bytes = contents(a_);
    ASSERT_EQ(bytes.size(), kSectors * 512);
    for (std::size_t i = 0; i < kSectors; ++i) {
        const std::string sector = bytes.substr(i * 512, 512);
        EXPECT_TRUE(sector == std::string(512, 'o') || sector == std::string(512, 'n')) << i;
        kept += sector[0] == 'n' ? 1u : 0u;
    }
    EXPECT_GT(kept, 0u);
    EXPECT_LT(kept, kSectors);
}

}  // namespace
}  // namespace millbeck::base
