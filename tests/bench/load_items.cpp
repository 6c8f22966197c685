// Fills a table for the benchmarks: keys 0 .. ITEMS - 1, by BatchWriteItem over several
// connections. Usage: load_items ENDPOINT TABLE ITEMS [PARTITION_ITEMS | grouped]
// With PARTITION_ITEMS the table has a sort key, and partitions of so many items; `grouped` items
// have an attribute `group` more.

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "tests/bench/bench_item.hpp"
#include "tests/support/dynamo_client.hpp"

namespace millbeck::tests {
namespace {

constexpr unsigned kConnections = 8;
constexpr std::uint64_t kBatch = 25;  // BatchWriteItem's own limit

struct Load {
    std::string endpoint;
    std::string table;
    std::uint64_t items = 0;
    std::uint64_t partition_items = 0;  // 0: no sort key
    bool grouped = false;
};

std::string item(const Load& load, std::uint64_t key) {
    if (load.grouped) {
        return grouped_bench_item(key);
    }
    return load.partition_items == 0 ? bench_item(key, key)
                                     : sorted_bench_item(key, load.partition_items);
}

std::string batch(const Load& load, std::uint64_t first, std::uint64_t end) {
    std::string body = R"({"RequestItems":{")" + load.table + R"(":[)";
    for (std::uint64_t key = first; key < end; ++key) {
        body += (key == first ? "" : ",");
        body += R"({"PutRequest":{"Item":)" + item(load, key) + "}}";
    }
    return body + "]}}";
}

void put_batches(const Load& load, std::atomic<std::uint64_t>& next) {
    DynamoClient client(load.endpoint);
    for (std::uint64_t first = 0; (first = next.fetch_add(kBatch)) < load.items;) {
        const auto reply = client.table("BatchWriteItem",
                                        batch(load, first, std::min(load.items, first + kBatch)));
        if (!reply || reply->status != 200 ||
            reply->body.find(R"("UnprocessedItems":{})") == std::string::npos) {
            throw std::runtime_error(reply ? reply->body : reply.error().message);
        }
    }
}

int run(const std::vector<std::string>& words) {
    if (words.size() != 3 && words.size() != 4) {
        throw std::runtime_error(
            "usage: load_items ENDPOINT TABLE ITEMS [PARTITION_ITEMS | grouped]");
    }
    Load load{.endpoint = words[0], .table = words[1], .items = std::stoull(words[2])};
    load.grouped = words.size() == 4 && words[3] == "grouped";
    load.partition_items = words.size() == 4 && !load.grouped ? std::stoull(words[3]) : 0;
    std::atomic<std::uint64_t> next{0};
    std::atomic<bool> failed{false};
    {
        std::vector<std::jthread> threads;
        for (unsigned i = 0; i < kConnections; ++i) {
            threads.emplace_back([&] {
                try {
                    put_batches(load, next);
                } catch (const std::exception& error) {
                    failed = true;
                    std::fprintf(stderr, "load_items: %s\n", error.what());
                }
            });
        }
    }
    return failed ? 1 : 0;
}

}  // namespace
}  // namespace millbeck::tests

int main(int count, char** arguments) {
    try {
        return millbeck::tests::run({arguments + 1, arguments + count});
    } catch (const std::exception& error) {
        std::fprintf(stderr, "load_items: %s\n", error.what());
        return 1;
    }
}
