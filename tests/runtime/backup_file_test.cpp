// The bytes of a backup: what is written is read, and nothing else is ever taken for it.
#include "runtime/restore/backup_file.hpp"

#include <limits>
#include <random>

#include <gtest/gtest.h>

#include "base/faulty_file_system.hpp"
#include "runtime/restore/patched_image.hpp"
#include "tests/support/row_image.hpp"
#include "tests/support/seed.hpp"
#include "tests/support/temp_folder.hpp"

namespace millbeck::runtime {
namespace {

using base::Code;
using base::FileCall;
using shardlog::ImageRange;
using tests::ImageItems;
using tests::row_key_of;
using tests::RowImage;
using tests::rows_of;

constexpr std::uint64_t kEveryHash = std::numeric_limits<std::uint64_t>::max();

class BackupFile : public testing::Test {
  protected:
    // Rows that make several blocks.
    static ImageItems many_rows(std::size_t count, std::size_t bytes) {
        std::mt19937_64 random(tests::test_seed(5));
        ImageItems rows;
        for (std::size_t i = 0; i < count; ++i) {
            std::string item(bytes, 'x');
            for (char& c : item) {
                c = static_cast<char>('a' + random() % 26);
            }
            rows[row_key_of("row" + std::to_string(1'000 + i),
                            static_cast<unsigned char>(i * 256 / count))] = {"keys", item};
        }
        return rows;
    }
    base::Status write(const shardlog::TableImage& image, base::FileSystem& files) {
        MB_TRY_STATUS(write_backup_file(files, path_, image, {}));
        return {};
    }
    std::shared_ptr<const shardlog::TableImage> open() {
        auto opened = open_backup_file(files_, path_);
        EXPECT_TRUE(opened) << opened.error().message;
        return opened ? *opened : nullptr;
    }

    tests::TempFolder folder_;
    std::unique_ptr<base::FileSystem> system_ = base::system_files();
    base::FaultyFileSystem files_{*system_, base::PowerCuts::Recorded};
    const base::Path path_ = folder_.path() / "one.rows";
};

// If it fails, a restored table lacks rows or has others.
TEST_F(BackupFile, GivesBackWhatTheImageHad) {
    for (const std::size_t count : {0U, 1U, 7U, 900U}) {
        const ImageItems rows = many_rows(count, 4'000);
        ASSERT_TRUE(write(RowImage(rows), files_));
        const auto image = open();
        ASSERT_NE(image, nullptr);
        EXPECT_EQ(image->as_of(), shardlog::SequenceNumber{7});
        EXPECT_EQ(rows_of(*image, {.last_hash = kEveryHash, .from = {}}), rows);
        EXPECT_EQ(rows_of(*image, {.last_hash = kEveryHash, .from = {}, .rows_max = 3}), rows);
        EXPECT_EQ(rows_of(*image, {.last_hash = kEveryHash, .from = {}, .bytes_max = 1}), rows);
    }
}

// If it fails, readers of parts of a backup see rows twice, or not at all.
TEST_F(BackupFile, PartsAreThoseOfTheImage) {
    const RowImage rows(many_rows(900, 4'000));
    ASSERT_TRUE(write(rows, files_));
    const auto image = open();
    ASSERT_NE(image, nullptr);
    constexpr std::uint64_t kStep = std::uint64_t{1} << 56U;
    const std::string middle = row_key_of("row1450", 128);
    for (const auto& [first, last] : {std::pair{0 * kStep, 10 * kStep},
                                      {10 * kStep, 200 * kStep},
                                      {255 * kStep, kEveryHash},
                                      {77 * kStep, 77 * kStep}}) {
        for (const std::string& from : {std::string(), middle}) {
            for (const auto begin : {ImageRange::Begin::Behind, ImageRange::Begin::At}) {
                const ImageRange range{
                    .first_hash = first, .last_hash = last, .from = from, .begin = begin};
                EXPECT_EQ(rows_of(*image, range), rows_of(rows, range));
            }
        }
    }
}

// If it fails, rotten bytes on a disk become a table.
TEST_F(BackupFile, ADamagedByteIsFound) {
    ASSERT_TRUE(write(RowImage(many_rows(40, 60'000)), files_));
    const std::uint64_t size = std::filesystem::file_size(path_);
    for (std::uint64_t at = 0; at < size; at += at < 200 || size - at < 400 ? 1 : size / 97) {
        ASSERT_TRUE(files_.flip_bit(path_, at, 3));
        const auto opened = open_backup_file(files_, path_);
        bool found = !opened;
        if (opened) {
            std::string from;
            for (bool last = false; !last && !found;) {
                const auto page = (*opened)->read({.last_hash = kEveryHash, .from = from});
                found = !page;
                if (page) {
                    last = page->is_last;
                    from = page->rows.empty() ? "" : page->rows.back().row_key;
                } else {
                    EXPECT_EQ(page.error().code, Code::Corrupt);
                    EXPECT_NE(page.error().message.find("one.rows"), std::string::npos);
                }
            }
        } else {
            EXPECT_EQ(opened.error().code, Code::Corrupt) << opened.error().message;
        }
        EXPECT_TRUE(found) << "at " << at << " of " << size;
        ASSERT_TRUE(files_.flip_bit(path_, at, 3));
    }
    std::filesystem::resize_file(path_, size - 1);
    EXPECT_EQ(open_backup_file(*system_, path_).error().code, Code::Corrupt);
    std::filesystem::remove(path_);
    EXPECT_EQ(open_backup_file(*system_, path_).error().code, Code::Corrupt);
}

// If it fails, half a file has the name of a whole one.
TEST_F(BackupFile, AFaultLeavesNoFile) {
    const RowImage rows(many_rows(60, 60'000));
    for (const FileCall call :
         {FileCall::Open, FileCall::Write, FileCall::Sync, FileCall::Rename}) {
        for (const std::uint32_t skip : {0U, 2U}) {
            files_.inject({.call = call, .code = Code::NoSpace, .skip = skip});
            const base::Status done = write(rows, files_);
            files_.clear_faults();
            if (!done) {
                EXPECT_EQ(done.error().code, Code::NoSpace);
                EXPECT_TRUE(files_.list(folder_.path())->empty()) << static_cast<int>(call);
            }
            ASSERT_TRUE(files_.remove(path_));
        }
    }
    files_.set_free_bytes(100'000);
    EXPECT_EQ(write(rows, files_).error().code, Code::NoSpace);
    EXPECT_TRUE(files_.list(folder_.path())->empty());
}

// If it fails, a power cut makes a backup that is believed to be whole and is not.
TEST_F(BackupFile, APowerCutLeavesAWholeFileOrNone) {
    const ImageItems rows = many_rows(60, 60'000);
    const auto random = base::seeded_random(tests::test_seed(9));
    for (std::uint32_t skip = 0; skip < 12; ++skip) {
        base::FaultyFileSystem files(*system_, base::PowerCuts::Recorded);
        ASSERT_TRUE(system_->remove(path_));
        const FileCall call = skip < 8 ? FileCall::Write : FileCall::SyncFolder;
        files.inject({.call = call, .skip = skip % 8, .times = base::Fault::kForever});
        files.inject({.call = FileCall::Remove, .skip = 1, .times = base::Fault::kForever});
        const base::Status done = write(RowImage(rows), files);
        ASSERT_TRUE(files.crash_keeping_some(*random));
        const auto opened = open_backup_file(*system_, path_);
        if (opened) {
            EXPECT_EQ(rows_of(**opened, {.last_hash = kEveryHash, .from = {}}), rows);
        }
        EXPECT_TRUE(opened || !done);
        base::Path part = path_;
        part += ".part";
        ASSERT_TRUE(system_->remove(part));
    }
}

TEST_F(BackupFile, StopsWhenItIsToldTo) {
    std::stop_source stop;
    stop.request_stop();
    EXPECT_EQ(
        write_backup_file(files_, path_, RowImage(many_rows(3, 10)), stop.get_token()).error().code,
        Code::Cancelled);
    EXPECT_TRUE(files_.list(folder_.path())->empty());
}

}  // namespace
}  // namespace millbeck::runtime
