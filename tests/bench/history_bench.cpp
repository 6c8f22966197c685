// How fast the past is told: one item as of any position, everything in order, from the log and
// from the archive; and what the archive saves.
// Usage: history_bench [--quick] [--records N] [--folder DIR]. One JSON line per figure.
#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "base/clock.hpp"
#include "base/file_system.hpp"
#include "base/metrics.hpp"
#include "shardlog/shard_log.hpp"

namespace millbeck::shardlog {
namespace {

using Seconds = std::chrono::duration<double>;
using SteadyClock = std::chrono::steady_clock;

constexpr std::size_t kGroup = 1'024;
constexpr std::uint64_t kKeys = 200'000;
constexpr int kLookups = 2'000;

[[noreturn]] void stop(const base::Error& error) {
    fmt::print(stderr, "history_bench: {}\n", error.message);
    std::exit(1);
}
template <typename T>
T must(base::Result<T> result) {
    if (!result) {
        stop(result.error());
    }
    return *std::move(result);
}
void must(const base::Status& status) {
    if (!status) {
        stop(status.error());
    }
}

// Orders as a shop has them: ids and times that do not repeat, words that do.
class Orders {
  public:
    std::string make(std::uint64_t key) {
        static constexpr std::array<std::string_view, 5> kStates = {"new", "paid", "packed",
                                                                    "shipped", "delivered"};
        static constexpr std::array<std::string_view, 8> kNames = {
            "Ada Lovelace",   "Alan Turing", "Grace Hopper", "Edsger Dijkstra",
            "Barbara Liskov", "Tony Hoare",  "Donald Knuth", "Margaret Hamilton"};
        static constexpr std::array<std::string_view, 8> kTowns = {
            "London", "Berlin", "Oslo", "Madrid", "Lisbon", "Vienna", "Prague", "Dublin"};
        return fmt::format(
            R"({{"customer":{{"M":{{"id":{{"S":"{:016x}"}},"name":{{"S":"{}"}},"town":{{"S":"{}"}}}}}},)"
            R"("id":{{"S":"order-{:07}"}},"lines":{{"L":[{{"M":{{"price":{{"N":"{}.{:02}"}},"sku":)"
            R"({{"S":"SKU-{:05}"}},"units":{{"N":"{}"}}}}}},{{"M":{{"price":{{"N":"{}.{:02}"}},"sku":)"
            R"({{"S":"SKU-{:05}"}},"units":{{"N":"{}"}}}}}}]}},"placed":{{"S":"2026-11-{:02}T{:02}:{:02}:)"
            R"({:02}.{:03}Z"}},"state":{{"S":"{}"}},"total":{{"N":"{}.{:02}"}}}})",
            random_(), kNames[below(8)], kTowns[below(8)], key, below(300), below(100),
            below(100'000), below(9) + 1, below(300), below(100), below(100'000), below(9) + 1,
            below(28) + 1, below(24), below(60), below(60), below(1'000), kStates[below(5)],
            below(1'000), below(100));
    }
    std::uint64_t below(std::uint64_t limit) { return random_() % limit; }

  private:
    std::mt19937_64 random_{7};
};

std::string row_key(std::uint64_t key) {
    std::string bytes;
    const std::uint64_t hash = key * 0x9E3779B97F4A7C15ull;
    for (int shift = 56; shift >= 0; shift -= 8) {
        bytes.push_back(static_cast<char>(hash >> static_cast<unsigned>(shift)));
    }
    return bytes + fmt::format("order-{:07}", key);
}

class Bench {
  public:
    Bench(const std::filesystem::path& folder, std::uint64_t records) : records_(records) {
        log_ = must(ShardLog::open(*files_, folder, clock_, metrics_,
                                   {.archive_retention = base::Milliseconds{30ll * 86'400'000}}));
    }

    void run() {
        write();
        look_up("as_of");
        scan("history_scan");
        archive();
        look_up("as_of_archive");
        scan("archive_scan");
        log_->compact();
        settle();
        print_size("archive_size_compact");
    }

  private:
    void write() {
        const Stream stream = must(log_->enable_stream({.table = TableId{1},
                                                        .table_name = TableName{"orders"},
                                                        .key_schema = "[]",
                                                        .shard_count = 4}));
        std::vector<std::string> texts(3 * kGroup);
        std::vector<std::string> last(kKeys);
        std::vector<RecordDraft> drafts(1);
        const auto begin = SteadyClock::now();
        for (std::uint64_t i = 0; i < records_; ++i) {
            const std::uint64_t key = orders_.below(kKeys);
            std::string image = orders_.make(key);
            const std::string row = row_key(key);
            const std::string keys = fmt::format(R"({{"id":{{"S":"order-{:07}"}}}})", key);
            drafts[0] = {.table = TableId{1},
                         .stream = stream.id,
                         .event = last[key].empty() ? EventName::Insert : EventName::Modify,
                         .row_key = row,
                         .keys = {keys, 15},
                         .new_image = {image, 300},
                         .old_image = {last[key], 300}};
            must(log_->append(drafts));
            last[key] = std::move(image);
            if (i % kGroup == kGroup - 1) {
                publish();
            }
        }
        publish();
        settle();
        print("history_write", static_cast<double>(records_) / since(begin), "records/s");
    }
    void publish() {
        must(log_->sync());
        log_->publish();
        if (++groups_ % 100 == 0) {
            must(log_->maintain());
        }
    }
    // Until nothing is left to do.
    void settle() {
        log_->release(log_->sealed_through());
        for (std::uint64_t i = 0; i <= log_->stats().segments + 1; ++i) {
            must(log_->maintain());
        }
    }

    // What TableStore::get_item_as_of costs but for a last look at the table.
    void look_up(std::string_view name) {
        std::vector<double> took;
        for (int i = -kLookups; i < kLookups; ++i) {
            const std::string row = row_key(orders_.below(kKeys));
            const SequenceNumber as_of{orders_.below(records_) + 1};
            const auto begin = SteadyClock::now();
            must(log_->history().versions({TableId{1}, row}, {SequenceNumber{1}, as_of},
                                          ReadOrder::NewestFirst,
                                          [](const RecordView&) -> base::Result<NextRecord> {
                                              return NextRecord::Unwanted;
                                          }));
            if (i >= 0) {
                took.push_back(since(begin) * 1e6);
            }
        }
        std::sort(took.begin(), took.end());
        fmt::print(
            "{{\"bench\": \"{}\", \"value\": {:.0f}, \"unit\": \"us\", \"p50_us\": {:.1f}, "
            "\"p99_us\": {:.1f}}}\n",
            name, took[took.size() / 2], took[took.size() / 2], took[took.size() * 99 / 100]);
    }

    void scan(std::string_view name) {
        std::uint64_t seen = 0;
        const auto begin = SteadyClock::now();
        must(log_->history().scan({SequenceNumber{1}, log_->history().newest()},
                                  [&](const CommitView& commit) -> base::Status {
                                      seen += commit.records.size();
                                      return {};
                                  }));
        if (seen != records_) {
            stop({base::Code::Internal, "records are missing"});
        }
        print(name, static_cast<double>(seen) / since(begin), "records/s");
    }

    void archive() {
        clock_.advance(base::Milliseconds{25ll * 3'600'000});
        const auto begin = SteadyClock::now();
        settle();
        const double took = since(begin);
        print("archive_write", static_cast<double>(log_->stats().archived_raw_bytes) / took / 1e6,
              "MB/s");
        print_size("archive_size");
    }

    void print_size(std::string_view name) {
        const LogStats stats = log_->stats();
        fmt::print("{{\"bench\": \"{}\", \"value\": {:.3f}, \"unit\": \"of raw\"}}\n", name,
                   static_cast<double>(stats.archived_bytes) /
                       static_cast<double>(std::max<std::uint64_t>(stats.archived_raw_bytes, 1)));
    }

    static double since(SteadyClock::time_point begin) {
        return Seconds(SteadyClock::now() - begin).count();
    }
    static void print(std::string_view name, double value, std::string_view unit) {
        fmt::print("{{\"bench\": \"{}\", \"value\": {:.0f}, \"unit\": \"{}\"}}\n", name, value,
                   unit);
    }

    const std::uint64_t records_;
    base::VirtualClock clock_;
    std::unique_ptr<base::FileSystem> files_ = base::system_files();
    base::Metrics metrics_;
    std::unique_ptr<ShardLog> log_;
    Orders orders_;
    std::uint64_t groups_ = 0;
};

}  // namespace
}  // namespace millbeck::shardlog

int main(int count, char** words) {
    std::uint64_t records = 10'000'000;
    std::filesystem::path folder = std::filesystem::temp_directory_path();
    for (int i = 1; i < count; ++i) {
        const std::string_view word = words[i];
        if (word == "history") {
            continue;  // its only name
        }
        if (word == "--quick") {
            records = 300'000;
        } else if (word == "--records" && i + 1 < count) {
            records = std::stoull(words[++i]);
        } else if (word == "--folder" && i + 1 < count) {
            folder = words[++i];
        }
    }
    folder /= "millbeck-history-bench";
    std::filesystem::remove_all(folder);
    millbeck::shardlog::Bench(folder, records).run();
    std::filesystem::remove_all(folder);
}
