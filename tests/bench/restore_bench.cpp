// How fast a table of a million items (quick: 100,000) is made of what another one was.
// Usage: restore_bench [restore | restore_changed] [--quick] [--folder DIR]. One JSON line per
// figure. restore: nothing was changed since. restore_changed: every item was, and is undone.
#include <chrono>
#include <deque>
#include <filesystem>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <unistd.h>

#include "runtime/restore/row_pump.hpp"
#include "tests/bench/bench_item.hpp"
#include "tests/bench/bench_node.hpp"

namespace millbeck::runtime {
namespace {

using tests::must;
using Seconds = std::chrono::duration<double>;
using SteadyClock = std::chrono::steady_clock;

capture::TableSpec table(const char* name) {
    capture::TableSpec spec;
    spec.name = shardlog::TableName{name};
    spec.keys.hash = {"id", shardlog::AttributeType::S};
    return spec;
}

// An image of so many rows, without a table behind it.
class Rows final : public shardlog::TableImage {
  public:
    Rows(std::uint64_t count, std::uint64_t value) : count_(count), value_(value) {}

    [[nodiscard]] shardlog::SequenceNumber as_of() const override {
        return shardlog::SequenceNumber{0};
    }
    base::Result<shardlog::ImagePage> read(const shardlog::ImageRange& range) const override {
        shardlog::ImagePage page;
        const auto texts = std::make_shared<std::deque<std::string>>();
        std::uint64_t at = range.from.empty() ? 0 : std::stoull(std::string(range.from)) + 1;
        std::size_t bytes = 0;
        for (; at < count_ && page.rows.size() < range.rows_max && bytes < range.bytes_max; ++at) {
            shardlog::ImageRow row;
            row.row_key = texts->emplace_back(std::to_string(at));
            row.item.text = texts->emplace_back(tests::bench_item(at, value_));
            bytes += row.item.text.size();
            page.rows.push_back(row);
        }
        page.memory = texts;
        page.is_last = at >= count_;
        return page;
    }

  private:
    const std::uint64_t count_;
    const std::uint64_t value_;
};

double fill(capture::TableStore& store, const char* into, const shardlog::TableImage& image) {
    RowPump pump(store, shardlog::TableName{into});
    const auto begin = SteadyClock::now();
    must(pump.run(image, std::stop_token{}));
    return static_cast<double>(pump.rows()) / Seconds(SteadyClock::now() - begin).count();
}

void tell(std::string_view name, double value) {
    fmt::print("{{\"bench\":\"{}\",\"value\":{:.0f},\"unit\":\"items/s\"}}\n", name, value);
    std::fflush(stdout);
}

int run(int argc, char** argv) {
    std::uint64_t items = 1'000'000;
    std::string_view name;
    std::filesystem::path folder;
    for (int i = 1; i < argc; ++i) {
        const std::string_view word = argv[i];
        if (word == "--quick") {
            items = 100'000;
        } else if (word == "restore" || word == "restore_changed") {
            name = word;
        } else if (word == "--folder" && i + 1 < argc) {
            folder = argv[++i];
        } else {
            fmt::print(stderr, "restore_bench: \"{}\" is not known here\n", word);
            return 2;
        }
    }
    if (folder.empty()) {
        folder =
            std::filesystem::temp_directory_path() / fmt::format("millbeck-restore-{}", ::getpid());
    }
    std::filesystem::create_directories(folder);
    {
        tests::BenchNode node(folder);
        auto& store = node.store();
        for (const char* made : {"was", "again", "now"}) {
            must(store.create_table(table(made)));
        }
        const shardlog::TableName was{"was"};
        capture::TableUpdate update;  // as whoever restores has it: old images are kept
        update.name = was;
        update.recovery_days = 35;
        must(store.update_table(update));
        fill(store, "was", Rows(items, 1));
        const auto then = shardlog::SequenceNumber{node.log().latest().position() - 1};
        if (name != "restore_changed") {
            tell("restore", fill(store, "now", *must(store.image_as_of(was, then))));
        }
        if (name != "restore") {
            fill(store, "was", Rows(items, 2));
            tell("restore_changed", fill(store, "again", *must(store.image_as_of(was, then))));
        }
    }
    std::filesystem::remove_all(folder);
    return 0;
}

}  // namespace
}  // namespace millbeck::runtime

int main(int argc, char** argv) {
    return millbeck::runtime::run(argc, argv);
}
