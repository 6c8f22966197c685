#include "sinks/files/files_sink.hpp"

#include <condition_variable>
#include <fstream>
#include <mutex>
#include <thread>

#include "base/faulty_file_system.hpp"
#include "tests/sinks/copy_contract.hpp"
#include "tests/sinks/files/folder_reader.hpp"
#include "tests/sinks/position_contract.hpp"
#include "tests/sinks/sink_contract.hpp"

namespace millbeck::sinks {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

// A file system whose locks are granted when somebody says so.
class HangingFiles final : public base::FileSystem {
  public:
    explicit HangingFiles(base::FileSystem& inner) : inner_(inner) {}

    void release() {
        const std::lock_guard lock(mutex_);
        is_released_ = true;
        changed_.notify_all();
    }
    void wait_until_asked() {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return is_asked_; });
    }

    base::Result<std::unique_ptr<base::FolderLock>> lock_folder(const base::Path&) override {
        std::unique_lock lock(mutex_);
        is_asked_ = true;
        changed_.notify_all();
        changed_.wait(lock, [&] { return is_released_; });
        return base::fail(base::Code::Io, "the disk has gone");
    }
    base::Result<std::unique_ptr<base::File>> open(const base::Path& path,
                                                   base::OpenMode mode) override {
        return inner_.open(path, mode);
    }
    base::Result<bool> exists(const base::Path& path) override { return inner_.exists(path); }
    base::Status remove(const base::Path& path) override { return inner_.remove(path); }
    base::Status rename(const base::Path& from, const base::Path& to) override {
        return inner_.rename(from, to);
    }
    base::Status create_folders(const base::Path& path) override {
        return inner_.create_folders(path);
    }
    base::Result<std::vector<std::string>> list(const base::Path& path) override {
        return inner_.list(path);
    }
    base::Status sync_folder(const base::Path& path) override { return inner_.sync_folder(path); }
    base::Result<std::uint64_t> free_bytes(const base::Path& path) override {
        return inner_.free_bytes(path);
    }

  private:
    base::FileSystem& inner_;
    std::mutex mutex_;
    std::condition_variable changed_;
    bool is_asked_ = false;
    bool is_released_ = false;
};

// A sink one of whose deliveries hangs in the disk already; the disk lets go when it ends.
class StuckSink final : public Sink {
  public:
    StuckSink(std::unique_ptr<Sink> sink, HangingFiles& files)
        : sink_(std::move(sink)), files_(files) {
        stuck_ = std::jthread([this] {
            const base::SystemClock clock;
            static_cast<void>(sink_->deliver(make_batch(1'000, 1), clock.instant() + 60s));
        });
        files_.wait_until_asked();
    }
    ~StuckSink() override {
        files_.release();
        stuck_.join();
    }
    StuckSink(const StuckSink&) = delete;
    StuckSink& operator=(const StuckSink&) = delete;

    Outcome deliver(const Batch& batch, base::Instant deadline) override {
        return sink_->deliver(batch, deadline);
    }
    [[nodiscard]] unsigned concurrency() const override { return sink_->concurrency(); }
    void stop(base::Instant deadline) override { sink_->stop(deadline); }

  private:
    std::unique_ptr<Sink> sink_;
    HangingFiles& files_;
    std::jthread stuck_;
};

class Folder {
  public:
    std::unique_ptr<Sink> open_on(base::FileSystem& files, FilesOptions options = {}) {
        options.folder = path();
        auto sink = open_files(std::move(options), {.name = "files",
                                                    .table = "orders",
                                                    .clock = clock,
                                                    .random = *random,
                                                    .metrics = metrics,
                                                    .files = files});
        EXPECT_TRUE(sink) << sink.error().message;
        return std::move(*sink);
    }
    [[nodiscard]] fs::path path() const { return folder.path() / "copy"; }

    tests::TempFolder folder;
    base::SystemClock clock;
    std::unique_ptr<base::Random> random = base::system_random();
    base::Metrics metrics;
    std::unique_ptr<base::FileSystem> system = base::system_files();
};

class FilesTarget final : public SinkTarget {
  public:
    std::unique_ptr<Sink> open_working() override { return folder_.open_on(*folder_.system); }
    std::unique_ptr<Sink> open_refusing() override {
        refusing_.inject({.call = base::FileCall::Sync, .times = base::Fault::kForever});
        return folder_.open_on(refusing_);
    }
    std::unique_ptr<Sink> open_hanging() override {
        return std::make_unique<StuckSink>(folder_.open_on(hanging_), hanging_);
    }
    std::vector<std::string> durable_ids() override {
        return ids_of(committed_texts(folder_.path()));
    }

  private:
    Folder folder_;
    base::FaultyFileSystem refusing_{*folder_.system};
    HangingFiles hanging_{*folder_.system};
};

class FilesKeeper final : public KeeperTarget {
  public:
    std::unique_ptr<Sink> open() override { return folder_.open_on(*folder_.system); }
    bool lose_everything() override {
        fs::remove_all(folder_.path());
        return true;
    }
    std::size_t visible() override { return ids_of(committed_texts(folder_.path())).size(); }

  private:
    Folder folder_;
};

template <FilesOptions::Format kFormat, FilesOptions::Lines kLines, bool kZstd>
class FilesCopy final : public CopyTarget {
  public:
    std::unique_ptr<Sink> open() override {
        FilesOptions options;
        options.format = kFormat;
        options.lines = kLines;
        options.zstd = kZstd;
        options.columns = {"n"};
        return folder_.open_on(*folder_.system, options);
    }

  private:
    Folder folder_;
};

using Format = FilesOptions::Format;
using Lines = FilesOptions::Lines;

INSTANTIATE_TEST_SUITE_P(Files, SinkContract, testing::Values(&make_target<FilesTarget>));
INSTANTIATE_TEST_SUITE_P(Files, PositionContract, testing::Values(&make_keeper<FilesKeeper>));
INSTANTIATE_TEST_SUITE_P(
    Files, CopyContract,
    testing::Values(&make_copy<FilesCopy<Format::Ndjson, Lines::Records, false>>,
                    &make_copy<FilesCopy<Format::Ndjson, Lines::Rows, true>>,
                    &make_copy<FilesCopy<Format::Csv, Lines::Rows, false>>));

class FilesSinkTest : public testing::Test {
  protected:
    [[nodiscard]] base::Instant soon() const { return clock.instant() + 60s; }

    std::unique_ptr<Sink> open(FilesOptions options) {
        options.folder = path();
        auto sink = open_files(std::move(options), context());
        EXPECT_TRUE(sink) << sink.error().message;
        return std::move(*sink);
    }
    [[nodiscard]] SinkContext context() {
        return {.name = "files",
                .table = "orders",
                .clock = clock,
                .random = *random,
                .metrics = metrics,
                .files = *system};
    }
    [[nodiscard]] fs::path path() const { return folder.path() / "copy"; }

    void deliver(Sink& sink, Batch batch) {
        const Outcome outcome = sink.deliver(batch, soon());
        ASSERT_EQ(outcome.kind, Outcome::Kind::Delivered) << outcome.error.message;
    }
    static Batch at(Batch batch, std::int64_t milliseconds) {
        for (Message& message : batch.messages) {
            message.milliseconds = milliseconds;
        }
        return batch;
    }
    std::vector<std::string> names() {
        std::vector<std::string> found;
        const fs::path root = generation_folder(path());
        const auto manifest = read_manifest(text_of(root / "_manifest.ndjson"));
        for (const auto& [number, file] : manifest->files) {
            found.push_back(file.file);
        }
        return found;
    }

    tests::TempFolder folder;
    base::VirtualClock clock;
    std::unique_ptr<base::Random> random = base::seeded_random(1);
    base::Metrics metrics;
    std::unique_ptr<base::FileSystem> system = base::system_files();
};

// If it fails, readers see half a file, or wait for ever for one.
TEST_F(FilesSinkTest, RollsBySizeByTimeAndAtTheStop) {
    FilesOptions options;
    options.file_bytes = 64 << 10;
    const auto sink = open(options);
    deliver(*sink, make_batch(1, 1));
    EXPECT_TRUE(complete_texts(path()).empty());
    deliver(*sink, make_batch(2, 100, 1'000));
    EXPECT_EQ(complete_texts(path()).size(), 1u);
    deliver(*sink, make_batch(200, 1));
    sink->tend(soon());
    EXPECT_EQ(complete_texts(path()).size(), 1u);
    clock.advance(options.file_age);
    sink->tend(soon());
    EXPECT_EQ(complete_texts(path()).size(), 2u);
    deliver(*sink, make_batch(300, 1));
    sink->stop(soon());
    EXPECT_EQ(complete_texts(path()).size(), 3u);
    EXPECT_EQ(ids_of(complete_texts(path())).size(), 103u);
}

TEST_F(FilesSinkTest, PutsChangesIntoThePartitionOfTheirTime) {
    const auto sink = open({});
    Batch batch = make_batch(1, 4);
    batch.messages[0].milliseconds = 1'763'756'999'999;  // 2025-11-21T20:29:59.999Z
    batch.messages[1].milliseconds = 1'763'758'800'000;  // 21:00
    batch.messages[2].milliseconds = 1'763'757'000'000;  // 20:30
    batch.messages[3].milliseconds = 1'763'769'600'000;  // the next day
    deliver(*sink, batch);
    sink->stop(soon());
    EXPECT_EQ(names(), (std::vector<std::string>{"dt=2025-11-21/hour=20/part-000001.ndjson",
                                                 "dt=2025-11-21/hour=21/part-000002.ndjson",
                                                 "dt=2025-11-22/hour=00/part-000003.ndjson"}));
    EXPECT_EQ(ids_of(complete_texts(path())), (std::vector<std::string>{"1", "3", "2", "4"}));
}

TEST_F(FilesSinkTest, KeepsFewFilesOpen) {
    FilesOptions options;
    options.open_files_max = 2;
    const auto sink = open(options);
    for (std::size_t hour = 0; hour < 5; ++hour) {
        deliver(*sink, at(make_batch(1 + hour, 1), static_cast<std::int64_t>(hour) * 3'600'000));
        clock.advance(1s);
    }
    EXPECT_EQ(ids_of(complete_texts(path())), (std::vector<std::string>{"1", "2", "3"}));
}

TEST_F(FilesSinkTest, TheManifestTellsSequencesOfShards) {
    const auto sink = open({});
    Batch batch = make_batch(10, 3);
    batch.shard_id = "shard-a";
    deliver(*sink, batch);
    batch = make_batch(5, 2);
    batch.shard_id = "shard-b";
    deliver(*sink, batch);
    sink->stop(soon());
    EXPECT_NE(
        text_of(generation_folder(path()) / "_manifest.ndjson").find(R"("records":5,"bytes":)"),
        std::string::npos);
    EXPECT_NE(text_of(generation_folder(path()) / "_manifest.ndjson")
                  .find(R"("shards":{"shard-a":{"first":"10","last":"12"},)"
                        R"("shard-b":{"first":"5","last":"6"}},"sum":")"),
              std::string::npos);
}

// If it fails, a killed node leaves files that nobody can read, or loses what it acknowledged.
TEST_F(FilesSinkTest, WhatAKilledOneLeftIsCompleted) {
    FilesOptions options;
    options.zstd = true;
    const auto killed = open(options);
    deliver(*killed, make_batch(1, 1'000));
    deliver(*killed, make_batch(1'001, 1'000));
    {
        // Bytes of a batch that was never acknowledged.
        std::ofstream(generation_folder(path()) / "_open/part-000001.ndjson.zst",
                      std::ios::app | std::ios::binary)
            << "torn";
        std::ofstream(generation_folder(path()) / "_journal", std::ios::app) << R"({"parts":[{"n)";
    }
    const auto sink = open(options);
    deliver(*sink, make_batch(2'001, 1));
    EXPECT_EQ(ids_of(complete_texts(path())).size(), 2'000u);
    sink->stop(soon());
    EXPECT_EQ(ids_of(complete_texts(path())).size(), 2'001u);
}

TEST_F(FilesSinkTest, CsvHasAHeaderAndQuotesByTheBook) {
    FilesOptions options;
    options.format = Format::Csv;
    options.columns = {"name", "n"};
    const auto sink = open(options);
    Batch batch = batch_of(
        {.messages = {{.id = "7",
                       .key = key_of("a"),
                       .new_image = R"({"id":{"S":"a"},"n":{"N":"1"},)"
                                    R"("name":{"S":"x,\"y\"\nz"}})"},
                      {.id = "8", .key = key_of("b"), .new_image = "", .event = Event::Remove}}});
    deliver(*sink, batch);
    sink->stop(soon());
    ASSERT_EQ(complete_texts(path()).size(), 1u);
    EXPECT_EQ(complete_texts(path())[0],
              "_key,_event,_sequence,_shard,_time,name,n,_rest\r\n"
              "\"{\"\"id\"\":{\"\"S\"\":\"\"a\"\"}}\",INSERT,7,shard,0,\"x,\"\"y\"\"\nz\",1,"
              "\"{\"\"id\"\":\"\"a\"\"}\"\r\n"
              "\"{\"\"id\"\":{\"\"S\"\":\"\"b\"\"}}\",REMOVE,8,shard,0,,,\r\n");
}

TEST_F(FilesSinkTest, AnAttributeWithoutAColumnIsRefusedWhereThatIsTheRule) {
    FilesOptions options;
    options.format = Format::Csv;
    options.columns = {"id"};
    options.new_attributes = FilesOptions::NewAttributes::Refuse;
    const auto sink = open(options);
    const Outcome outcome = sink->deliver(make_batch(1, 1), soon());
    EXPECT_EQ(outcome.kind, Outcome::Kind::Failed);
    EXPECT_EQ(outcome.error.message, "the attribute \"pad\" has no column in the CSV files");
    EXPECT_EQ(outcome.error.code, base::Code::Invalid);
}

TEST_F(FilesSinkTest, WhatSomebodyElseWritesIsNotTouched) {
    const auto sink = open({});
    deliver(*sink, make_batch(1, 1));
    const auto held = system->lock_folder(path());
    ASSERT_TRUE(held);
    const Outcome outcome = sink->deliver(make_batch(2, 1), soon());
    EXPECT_EQ(outcome.kind, Outcome::Kind::NotInvoked);
    EXPECT_EQ(outcome.error.code, base::Code::InUse);
}

TEST_F(FilesSinkTest, BadOptionsAreRefused) {
    const auto refused = [&](auto change) {
        FilesOptions options;
        options.folder = path();
        change(options);
        const auto sink = open_files(options, context());
        return sink ? std::string("taken") : sink.error().message;
    };
    EXPECT_EQ(refused([](FilesOptions&) {}), "taken");
    EXPECT_EQ(refused([](FilesOptions& o) { o.folder.clear(); }), "files need a folder");
    EXPECT_EQ(refused([](FilesOptions& o) { o.file_bytes = 1; }),
              "file_bytes of files is 1: 65536 to 17179869184");
    EXPECT_EQ(refused([](FilesOptions& o) { o.zstd_level = 20; }),
              "zstd_level of files is 20: 1 to 19");
    EXPECT_EQ(refused([](FilesOptions& o) { o.partition = "../x"; }).substr(0, 19),
              "the partition \"../x");
    EXPECT_EQ(refused([](FilesOptions& o) {
                  o.columns = {"a", "a"};
              }),
              "the column \"a\" of files is empty, there twice, or begins with _");
    EXPECT_FALSE(fs::exists(path()));
}

}  // namespace
}  // namespace millbeck::sinks
