// A copy in files: batches of 1000 records of 300 bytes, each batch synced, as NDJSON.
// Usage: files_bench [--quick] [--folder=FOLDER] [NAME...]
// One JSON line per figure: stream records, the same compressed, mapped rows; with one thread and
// with four. The yardstick: the same bytes by bare write() and fdatasync(), a batch at a time.
#include <atomic>
#include <chrono>
#include <filesystem>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "base/clock.hpp"
#include "base/metrics.hpp"
#include "base/random.hpp"
#include "sinks/files/files_sink.hpp"

namespace millbeck::sinks {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::size_t kRecordBytes = 300;
constexpr std::size_t kBatchRecords = 1'000;

Batch make_batch(unsigned shard) {
    struct Memory {
        std::vector<std::string> ids, keys, images, records;
    };
    auto memory = std::make_shared<Memory>();
    for (std::size_t i = 0; i < kBatchRecords; ++i) {
        memory->ids.push_back(fmt::format("{}", 1'000'000 + i));
        memory->keys.push_back(fmt::format(R"({{"id":{{"S":"{:08}"}}}})", i));
        std::string image =
            fmt::format(R"({{"id":{{"S":"{:08}"}},"n":{{"N":"{}"}},"text":{{"S":")", i, i);
        while (image.size() < kRecordBytes - 3) {
            image += static_cast<char>('a' + (i + image.size() * 7) % 26);
        }
        memory->images.push_back(image + "\"}}");
        memory->records.push_back(memory->images.back());
    }
    Batch batch;
    batch.request_id = "request";
    batch.trigger = "bench";
    batch.shard_id = fmt::format("shard-{}", shard);
    for (std::size_t i = 0; i < kBatchRecords; ++i) {
        batch.messages.push_back({.id = memory->ids[i],
                                  .key = memory->keys[i],
                                  .record = memory->records[i],
                                  .new_image = memory->images[i]});
        batch.payload_bytes += memory->records[i].size();
    }
    batch.memory = std::move(memory);
    batch.position = "a position of about as many characters as a position has: 1234567890";
    return batch;
}

double measure_bare(const std::filesystem::path& folder, std::size_t batches) {
    const std::string text(kBatchRecords * (kRecordBytes + 1), 'x');
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-vararg): the system call's signature.
    const int file = ::open((folder / "bare").c_str(), O_CREAT | O_TRUNC | O_WRONLY, 0600);
    const auto begin = SteadyClock::now();
    bool good = file >= 0;
    for (std::size_t i = 0; i < batches && good; ++i) {
        good = ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
               ::fdatasync(file) == 0;
    }
    const std::chrono::duration<double> took = SteadyClock::now() - begin;
    ::close(file);
    std::filesystem::remove(folder / "bare");
    return good ? static_cast<double>(batches * kBatchRecords) / took.count() : 0;
}

double measure(const FilesOptions& options, unsigned threads, std::size_t batches) {
    const base::SystemClock clock;
    const auto random = base::system_random();
    base::Metrics metrics;
    const auto files = base::system_files();
    const auto sink = open_files(options, {.name = "bench",
                                           .table = "orders",
                                           .clock = clock,
                                           .random = *random,
                                           .metrics = metrics,
                                           .files = *files});
    std::atomic<bool> good = sink.has_value();
    const auto begin = SteadyClock::now();
    std::vector<std::jthread> running;
    for (unsigned thread = 0; thread < threads && good; ++thread) {
        running.emplace_back([&, thread] {
            const Batch batch = make_batch(thread);
            for (std::size_t i = 0; i < batches / threads && good; ++i) {
                const Outcome outcome =
                    (*sink)->deliver(batch, clock.instant() + std::chrono::seconds{60});
                if (outcome.kind != Outcome::Kind::Delivered) {
                    fmt::print(stderr, "files_bench: {}\n", outcome.error.message);
                    good = false;
                }
            }
        });
    }
    running.clear();
    const std::chrono::duration<double> took = SteadyClock::now() - begin;
    std::filesystem::remove_all(options.folder);
    return good ? static_cast<double>(batches / threads * threads * kBatchRecords) / took.count()
                : 0;
}

bool run(const std::filesystem::path& folder, std::size_t batches,
         const std::set<std::string>& names) {
    const struct {
        const char* name;
        MessageForm form;
        bool is_zstd;
        unsigned threads;
    } rows[] = {{"files", MessageForm::Records, false, 1},
                {"files_4_shards", MessageForm::Records, false, 4},
                {"files_zstd", MessageForm::Records, true, 1},
                {"files_rows_4_shards", MessageForm::Rows, false, 4}};
    bool good = true;
    for (const auto& row : rows) {
        if (!names.empty() && !names.contains(row.name)) {
            continue;
        }
        FilesOptions options;
        options.folder = folder / "copy";
        options.lines = row.form;
        options.zstd = row.is_zstd;
        const double bare = measure_bare(folder, batches);
        const double ours = measure(options, row.threads, batches);
        good = good && ours > 0;
        fmt::print(
            "{{\"bench\": \"{}\", \"value\": {:.0f}, \"unit\": \"records/s\", \"bare\": {:.0f}, "
            "\"ratio\": {:.2f}}}\n",
            row.name, ours, bare, ours / bare);
    }
    return good;
}

}  // namespace
}  // namespace millbeck::sinks

int main(int argc, char** argv) {
    std::size_t batches = 4'000;
    std::string folder = std::filesystem::temp_directory_path() / "millbeck-bench-XXXXXX";
    bool is_given = false;
    std::set<std::string> names;
    for (int i = 1; i < argc; ++i) {
        const std::string argument = argv[i];
        constexpr std::string_view kFolder = "--folder=";
        if (argument == "--quick") {
            batches = 400;
        } else if (argument.starts_with(kFolder)) {
            folder = argument.substr(kFolder.size());
            is_given = true;
        } else {
            names.insert(argument);
        }
    }
    if (!is_given && ::mkdtemp(folder.data()) == nullptr) {
        return 1;
    }
    const bool good = millbeck::sinks::run(folder, batches, names);
    if (!is_given) {
        std::filesystem::remove_all(folder);
    }
    return good ? 0 : 1;
}
