#include "base/file_system.hpp"

#include <array>
#include <csignal>

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/support/lowered_limit.hpp"
#include "tests/support/temp_folder.hpp"

namespace millbeck::base {
namespace {

using tests::TempFolder;

class FileSystemTest : public testing::Test {
  protected:
    unsigned mode_of(const Path& path) {
        struct stat status {};
        EXPECT_EQ(::stat(path.c_str(), &status), 0);
        return status.st_mode & 0777u;
    }

    TempFolder folder_;
    std::unique_ptr<FileSystem> files_ = system_files();
    Path path_ = folder_.path() / "file";
};

TEST_F(FileSystemTest, ReadsWhatWasWrittenAndStopsAtTheEnd) {
    auto file = files_->open(path_, OpenMode::Create).value();
    ASSERT_TRUE(file->write_at(3, "abc"));
    std::array<char, 10> bytes{};
    EXPECT_EQ(file->read_at(2, bytes).value(), 4u);
    EXPECT_EQ(std::string_view(bytes.data(), 4), std::string_view("\0abc", 4));
    EXPECT_EQ(file->read_at(6, bytes).value(), 0u);
    EXPECT_TRUE(file->sync_data());
}

// If it fails, a limit on file sizes is taken for a broken disk, which ends the process, and not
// for a full one, which refuses writes until there is room.
TEST_F(FileSystemTest, AFileSizeLimitIsAFullDisk) {
    auto file = files_->open(path_, OpenMode::Create).value();
    const auto before = std::signal(SIGXFSZ, SIG_IGN);  // as main() does
    {
        const tests::LoweredLimit limit(RLIMIT_FSIZE, 1000);
        EXPECT_EQ(file->write_at(1000, "x").error().code, Code::NoSpace);
        EXPECT_EQ(file->reserve(2000).error().code, Code::NoSpace);
        EXPECT_TRUE(file->write_at(0, "x"));
    }
    std::signal(SIGXFSZ, before);
    EXPECT_TRUE(file->write_at(1000, "x"));
}

// If it fails, other users of the machine read the tables.
TEST_F(FileSystemTest, NewFilesAndFoldersAreTheOwnersOnly) {
    const mode_t old_mask = ::umask(0);
    ASSERT_TRUE(files_->create_folders(folder_.path() / "a" / "b"));
    ASSERT_TRUE(files_->open(folder_.path() / "a" / "b" / "c", OpenMode::CreateOrExtend));
    ::umask(old_mask);
    EXPECT_EQ(mode_of(folder_.path() / "a"), 0700u);
    EXPECT_EQ(mode_of(folder_.path() / "a" / "b"), 0700u);
    EXPECT_EQ(mode_of(folder_.path() / "a" / "b" / "c"), 0600u);
    EXPECT_TRUE(files_->create_folders(folder_.path() / "a" / "b"));
}

TEST_F(FileSystemTest, EachModeSaysWhatItExpects) {
    EXPECT_EQ(files_->open(path_, OpenMode::Read).error().code, Code::NotFound);
    EXPECT_EQ(files_->open(path_, OpenMode::ReadWrite).error().code, Code::NotFound);
    EXPECT_TRUE(files_->open(path_, OpenMode::Create));
    EXPECT_EQ(files_->open(path_, OpenMode::Create).error().code, Code::InUse);
    EXPECT_TRUE(files_->open(path_, OpenMode::CreateOrExtend));
    EXPECT_EQ(files_->open(path_, OpenMode::Read).value()->write_at(0, "x").error().code, Code::Io);
}

TEST_F(FileSystemTest, ReserveGrowsAndNeverShrinks) {
    auto file = files_->open(path_, OpenMode::Create).value();
    ASSERT_TRUE(file->reserve(8192));
    EXPECT_EQ(file->size().value(), 8192u);
    ASSERT_TRUE(file->reserve(100));
    ASSERT_TRUE(file->reserve(0));
    EXPECT_EQ(file->size().value(), 8192u);
    ASSERT_TRUE(file->truncate(10));
    EXPECT_EQ(file->size().value(), 10u);
}

// If it fails, readers of the log miss what the writer appended, or crash after retention.
TEST_F(FileSystemTest, AMappingSeesLaterWritesAndOutlivesItsFile) {
    auto file = files_->open(path_, OpenMode::Create).value();
    ASSERT_TRUE(file->reserve(4096));
    const auto mapping = file->map(4096).value();
    ASSERT_TRUE(file->write_at(5, "later"));
    file.reset();
    ASSERT_TRUE(files_->remove(path_));
    EXPECT_EQ(mapping->bytes().size(), 4096u);
    EXPECT_EQ(mapping->bytes().substr(5, 5), "later");
}

TEST_F(FileSystemTest, AMappingLongerThanTheFileIsRefused) {
    auto file = files_->open(path_, OpenMode::Create).value();
    EXPECT_EQ(file->map(1).error().code, Code::Corrupt);
    EXPECT_EQ(file->map(0).value()->bytes(), "");
}

TEST_F(FileSystemTest, ListsRenamesAndRemoves) {
    for (const char* name : {"b", "a", "c"}) {
        ASSERT_TRUE(write_atomically(*files_, folder_.path() / name, name));
    }
    ASSERT_TRUE(files_->rename(folder_.path() / "a", folder_.path() / "c"));
    EXPECT_EQ(files_->list(folder_.path()).value(), (std::vector<std::string>{"b", "c"}));
    EXPECT_EQ(read_all(*files_, folder_.path() / "c", 10).value(), "a");
    ASSERT_TRUE(files_->remove(folder_.path() / "b"));
    EXPECT_TRUE(files_->remove(folder_.path() / "b")) << "missing is not an error";
    EXPECT_FALSE(files_->exists(folder_.path() / "b").value());
    EXPECT_TRUE(files_->exists(folder_.path() / "c").value());
    EXPECT_EQ(files_->list(folder_.path() / "none").error().code, Code::NotFound);
    EXPECT_GT(files_->free_bytes(folder_.path()).value(), 0u);
}

TEST_F(FileSystemTest, AFileInTheWayIsNotAFolder) {
    ASSERT_TRUE(write_atomically(*files_, path_, ""));
    EXPECT_EQ(files_->create_folders(path_).error().code, Code::Io);
    EXPECT_EQ(files_->create_folders(path_ / "below").error().code, Code::Io);
}

// If it fails, two servers write one log.
TEST_F(FileSystemTest, OneLockPerFolderAndTheOtherIsNamed) {
    auto held = files_->lock_folder(folder_.path()).value();
    const auto second = files_->lock_folder(folder_.path());
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, Code::InUse);
    EXPECT_NE(second.error().message.find("process " + std::to_string(::getpid())),
              std::string::npos)
        << second.error().message;
    held.reset();
    EXPECT_TRUE(files_->lock_folder(folder_.path()));
}

TEST_F(FileSystemTest, WritesWholeFilesAndReadsThemUpToALimit) {
    ASSERT_TRUE(write_atomically(*files_, path_, "first, and longer"));
    ASSERT_TRUE(write_atomically(*files_, path_, "second"));
    EXPECT_EQ(read_all(*files_, path_, 6).value(), "second");
    EXPECT_EQ(read_all(*files_, path_, 5).error().code, Code::LimitExceeded);
    EXPECT_EQ(mode_of(path_), 0600u);
    EXPECT_EQ(files_->list(folder_.path()).value().size(), 1u);
}

}  // namespace
}  // namespace millbeck::base
