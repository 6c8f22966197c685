// How fast a trigger's filter looks at records, on one thread. One JSON line.
// Usage: filter_bench [NAME...] [--quick]
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "triggers/filter/event_filter.hpp"

namespace millbeck::triggers::filter {
namespace {

// Three operators, none of which is decided before the item is read; the last attribute counts.
constexpr const char* kPattern =
    R"({"eventName":["INSERT","MODIFY"],"dynamodb":{"NewImage":{"phase":{"S":[{"prefix":"op"}]},)"
    R"("version":{"N":[{"anything-but":["0","1"]}]}}}})";

// 600 bytes, of which every other matches.
std::string sample_item(int number) {
    std::string item = R"({"id":{"S":"customer-)" + std::to_string(1'000'000'000 + number) +
                       R"("},"n":{"N":"41"})";
    for (int i = 0; i < 6; ++i) {
        item += ",\"note_" + std::to_string(i) +
                R"(":{"S":"the quick brown fox jumps over the lazy dog and runs away again"})";
    }
    item += R"(,"phase":{"S":"open"},"tags":{"SS":["a","b","c"]},"version":{"N":")";
    return item + std::to_string(number % 4) + R"("}})";
}

void run(int rounds) {
    constexpr int kRecords = 10'000;
    const auto criteria =
        std::make_shared<const FilterCriteria>(FilterCriteria::parse({kPattern}).value());
    RecordFilter filter(criteria, {});
    std::vector<std::string> items;
    std::vector<shardlog::RecordView> records(kRecords);
    for (int i = 0; i < kRecords; ++i) {
        items.push_back(sample_item(i));
    }
    for (int i = 0; i < kRecords; ++i) {
        auto& record = records[static_cast<std::size_t>(i)];
        record.keys.text = R"({"id":{"S":"customer"}})";
        record.new_image.text = items[static_cast<std::size_t>(i)];
    }
    double best = 0;  // of many short rounds: what the code costs, not what the neighbours do
    for (int round = 0; round < rounds; ++round) {
        const auto begin = std::chrono::steady_clock::now();
        const auto matched = std::count_if(records.begin(), records.end(), [&](const auto& record) {
            return filter.matches(record);
        });
        const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
        best = std::max(best, matched == kRecords / 2 ? kRecords / took.count() : 0);
    }
    std::printf("{\"bench\": \"filter\", \"value\": %.0f, \"unit\": \"records/s\"}\n", best);
}

}  // namespace
}  // namespace millbeck::triggers::filter

int main(int argc, char** argv) {
    const std::vector<std::string> words(argv + 1, argv + argc);
    const bool quick = std::find(words.begin(), words.end(), "--quick") != words.end();
    millbeck::triggers::filter::run(quick ? 50 : 500);
    return 0;
}
