// scan_1, scan_4: a table read once from end to end, each segment by a connection of its own.
// Usage: scan_bench BENCH ENDPOINT TABLE SEGMENTS

#include <atomic>
#include <chrono>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "tests/support/dynamo_client.hpp"

namespace millbeck::tests {
namespace {

// What stands behind the last `"name":` of an answer, up to `end`; both members are near its end.
std::string_view behind(std::string_view answer, std::string_view name, char end) {
    const std::string mark = "\"" + std::string(name) + "\":";
    const std::size_t at = answer.rfind(mark);
    if (at == std::string_view::npos) {
        return {};
    }
    const std::string_view rest = answer.substr(at + mark.size());
    return rest.substr(0, rest.find(end));
}

struct Scan {
    std::string endpoint;
    std::string table;
    unsigned segments = 1;
};

std::uint64_t read_segment(const Scan& scan, unsigned segment) {
    DynamoClient client(scan.endpoint);
    const std::string request = R"({"TableName":")" + scan.table + R"(","Segment":)" +
                                std::to_string(segment) + R"(,"TotalSegments":)" +
                                std::to_string(scan.segments);
    std::string start;
    std::uint64_t items = 0;
    while (true) {
        const auto reply = client.table("Scan", request + start + "}");
        if (!reply || reply->status != 200) {
            throw std::runtime_error(reply ? reply->body : reply.error().message);
        }
        const std::string_view page = reply->body;
        items += std::stoull(std::string(behind(page, "ScannedCount", ',')));
        // The key is `{"id":{"S":".."}}`: two closing braces behind its text.
        const std::string_view key = behind(page, "LastEvaluatedKey", '}');
        if (key.empty()) {
            return items;
        }
        start = R"(,"ExclusiveStartKey":)" + std::string(key) + "}}";
    }
}

int run(const std::vector<std::string>& words) {
    if (words.size() != 4) {
        throw std::runtime_error("usage: scan_bench BENCH ENDPOINT TABLE SEGMENTS");
    }
    const Scan scan{words[1], words[2], static_cast<unsigned>(std::stoul(words[3]))};
    std::atomic<std::uint64_t> items{0};
    std::atomic<bool> failed{false};
    const auto begin = std::chrono::steady_clock::now();
    {
        std::vector<std::jthread> threads;
        for (unsigned segment = 0; segment < scan.segments; ++segment) {
            threads.emplace_back([&, segment] {
                try {
                    items += read_segment(scan, segment);
                } catch (const std::exception& error) {
                    failed = true;
                    std::fprintf(stderr, "scan_bench: %s\n", error.what());
                }
            });
        }
    }
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - begin;
    std::printf("{\"bench\": \"%s\", \"value\": %.0f, \"unit\": \"items/s\"}\n", words[0].c_str(),
                static_cast<double>(items) / taken.count());
    return failed ? 1 : 0;
}

}  // namespace
}  // namespace millbeck::tests

int main(int count, char** arguments) {
    try {
        return millbeck::tests::run({arguments + 1, arguments + count});
    } catch (const std::exception& error) {
        std::fprintf(stderr, "scan_bench: %s\n", error.what());
        return 1;
    }
}
