// What full disks, failed syncs and power cuts leave of a copy in files: each record once.
#include <cstdlib>
#include <set>

#include "base/faulty_file_system.hpp"
#include "sinks/files/files_sink.hpp"
#include "sinks/position_keeper.hpp"
#include "tests/sinks/batches.hpp"
#include "tests/sinks/files/folder_reader.hpp"
#include "tests/support/seed.hpp"

namespace millbeck::sinks {
namespace {

using namespace std::chrono_literals;
using base::FileCall;

unsigned rounds() {
    // NOLINTNEXTLINE(concurrency-mt-unsafe): tests read the environment, nobody writes it.
    const char* wanted = std::getenv("MILLBECK_KILL_ROUNDS");
    return wanted != nullptr ? static_cast<unsigned>(std::stoul(wanted)) : 5;
}

class FilesFaults : public testing::Test {
  protected:
    [[nodiscard]] base::Instant soon() const { return clock.instant() + 60s; }

    void open() {
        FilesOptions options;
        options.folder = path();
        options.file_bytes = 64 << 10;
        options.zstd = is_zstd;
        auto opened = open_files(options, {.name = "files",
                                           .table = "orders",
                                           .clock = clock,
                                           .random = *random,
                                           .metrics = metrics,
                                           .files = *faulty});
        ASSERT_TRUE(opened) << opened.error().message;
        sink = std::move(*opened);
    }
    [[nodiscard]] std::filesystem::path path() const { return folder.path() / "copy"; }

    Outcome deliver(std::size_t first, std::size_t count, std::size_t pad = 100) {
        Batch batch = make_batch(first, count, pad);
        batch.generation = "g-1";
        batch.position = std::to_string(first + count);
        return sink->deliver(batch, soon());
    }

    // The first number that the target does not hold.
    std::size_t position() {
        const auto found = sink->position_keeper()->positions("g-1", soon());
        EXPECT_TRUE(found && found->has_value());
        const auto shard = (*found)->find("shard");
        return shard == (*found)->end() ? 1 : std::stoul(shard->second);
    }

    // After a stop: every record below `end` once, in order, and nothing else.
    void expect_all(std::size_t end) {
        sink->stop(soon());
        const auto ids = ids_of(complete_texts(path()));
        ASSERT_EQ(ids.size(), end - 1);
        for (std::size_t i = 0; i < ids.size(); ++i) {
            ASSERT_EQ(ids[i], std::to_string(i + 1));
        }
    }

    bool is_zstd = false;
    tests::TempFolder folder;
    base::VirtualClock clock;
    std::unique_ptr<base::Random> random = base::seeded_random(1);
    base::Metrics metrics;
    std::unique_ptr<base::FileSystem> system = base::system_files();
    std::unique_ptr<base::FaultyFileSystem> faulty =
        std::make_unique<base::FaultyFileSystem>(*system);
    std::unique_ptr<Sink> sink;
};

// If it fails, a full disk or one bad sync repeats records, or stops the copy for ever.
TEST_F(FilesFaults, EachFailingCallIsSurvivedWithoutALossOrADuplicate) {
    open();
    ASSERT_TRUE(sink->position_keeper()->begin("g-1", soon()));
    std::size_t next = 1;
    for (const FileCall call : {FileCall::Open, FileCall::Write, FileCall::Sync, FileCall::Rename,
                                FileCall::SyncFolder, FileCall::Truncate}) {
        for (std::uint32_t skip = 0; skip < 8; ++skip) {
            faulty->inject({.call = call,
                            .code = base::Code::NoSpace,
                            .skip = skip,
                            .times = 1,
                            .torn_bytes = 17});
            for (int batch = 0; batch < 6; ++batch) {
                Outcome outcome = deliver(next, 100, 300);
                for (int attempt = 0; outcome.kind != Outcome::Kind::Delivered; ++attempt) {
                    ASSERT_LT(attempt, 5) << outcome.error.message;
                    ASSERT_EQ(outcome.kind, Outcome::Kind::Failed);
                    ASSERT_EQ(outcome.error.code, base::Code::NoSpace) << outcome.error.message;
                    outcome = deliver(next, 100, 300);
                }
                next += 100;
            }
            faulty->clear_faults();
        }
    }
    EXPECT_EQ(position(), next);
    expect_all(next);
}

// If it fails, a power cut loses what was acknowledged, or shows it twice.
TEST_F(FilesFaults, APowerCutLosesNothingAndRepeatsNothing) {
    const std::uint64_t seed = tests::test_seed(20'260);
    RecordProperty("seed", std::to_string(seed));
    auto choices = base::seeded_random(seed);
    for (const bool zstd : {false, true}) {
        is_zstd = zstd;
        std::filesystem::remove_all(path());
        faulty = std::make_unique<base::FaultyFileSystem>(*system, base::PowerCuts::Recorded);
        open();
        ASSERT_TRUE(sink->position_keeper()->begin("g-1", soon()));
        std::size_t next = 1;
        for (unsigned round = 0; round < 4 * rounds(); ++round) {
            const auto calls = {FileCall::Write, FileCall::Sync, FileCall::Rename,
                                FileCall::SyncFolder, FileCall::Open};
            faulty->inject({.call = *(calls.begin() + choices->next_u64() % calls.size()),
                            .skip = static_cast<std::uint32_t>(choices->next_u64() % 40),
                            .times = base::Fault::kForever,
                            .torn_bytes = choices->next_u64() % 2'000});
            std::size_t tried = next;
            std::size_t count = 1;
            while (deliver(tried, count, 300).kind == Outcome::Kind::Delivered) {
                tried += count;
                count = 1 + choices->next_u64() % 50;
            }
            ASSERT_TRUE(faulty->crash_keeping_some(*choices)) << "seed " << seed;
            faulty->clear_faults();
            open();
            next = position();
            ASSERT_GE(next, tried) << "seed " << seed << " round " << round;
        }
        expect_all(next);
    }
}

}  // namespace
}  // namespace millbeck::sinks
