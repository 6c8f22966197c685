// getrecords_http: a reader that catches up with a stream, pages of 1000, one connection.
// Usage: getrecords_bench ENDPOINT TABLE RECORDS

#include <chrono>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/dynamo_client.hpp"

namespace millbeck::tests {
namespace {

// The texts of all members `name`: enough for answers whose form is known.
std::vector<std::string> texts_of(std::string_view json, const std::string& name) {
    const std::string mark = "\"" + name + "\":\"";
    std::vector<std::string> found;
    for (std::size_t at = 0; (at = json.find(mark, at)) != std::string_view::npos;) {
        at += mark.size();
        found.emplace_back(json.substr(at, json.find('"', at) - at));
    }
    return found;
}

std::string answer(const base::Result<base::HttpClientResponse>& reply) {
    if (!reply || reply->status != 200) {
        throw std::runtime_error(reply ? reply->body : reply.error().message);
    }
    return reply->body;
}

// Clients look for the iterator in a parsed page; here its text is found from whichever end it is
// at.
std::string next_iterator(std::string_view page) {
    static constexpr std::string_view kMark = "\"NextShardIterator\":\"";
    std::size_t at = page.substr(0, 4096).find(kMark);
    if (at == std::string_view::npos) {
        at = page.rfind(kMark);
    }
    if (at == std::string_view::npos) {
        return "";
    }
    at += kMark.size();
    return std::string(page.substr(at, page.find('"', at) - at));
}

std::size_t count_records(std::string_view page) {
    std::size_t count = 0;
    for (std::size_t at = 0; (at = page.find("\"eventID\"", at)) != std::string_view::npos; ++at) {
        ++count;
    }
    return count;
}

int run(const std::vector<std::string>& words) {
    if (words.size() != 3) {
        throw std::runtime_error("usage: getrecords_bench ENDPOINT TABLE RECORDS");
    }
    DynamoClient client(words[0]);
    const std::size_t wanted = std::stoull(words[2]);
    const std::string table =
        answer(client.table("DescribeTable", R"({"TableName":")" + words[1] + "\"}"));
    const std::string stream = R"({"StreamArn":")" + texts_of(table, "LatestStreamArn").at(0);
    const auto shards =
        texts_of(answer(client.stream("DescribeStream", stream + "\"}")), "ShardId");
    std::size_t records = 0;
    std::chrono::duration<double> reading{};
    for (const std::string& shard : shards) {
        std::string iterator =
            texts_of(answer(client.stream("GetShardIterator",
                                          stream + R"(","ShardId":")" + shard +
                                              R"(","ShardIteratorType":"TRIM_HORIZON"})")),
                     "ShardIterator")
                .at(0);
        while (!iterator.empty() && records < wanted) {
            const auto begin = std::chrono::steady_clock::now();
            const auto page =
                client.stream("GetRecords", R"({"ShardIterator":")" + iterator + "\"}");
            reading += std::chrono::steady_clock::now() - begin;
            const std::string body = answer(page);
            const std::size_t count = count_records(body);
            records += count;
            iterator = count == 0 ? "" : next_iterator(body);
        }
    }
    if (records == 0) {
        throw std::runtime_error("the stream is empty");
    }
    std::printf("{\"bench\": \"getrecords_http\", \"value\": %.0f, \"unit\": \"records/s\"}\n",
                static_cast<double>(records) / reading.count());
    return 0;
}

}  // namespace
}  // namespace millbeck::tests

int main(int count, char** arguments) {
    try {
        return millbeck::tests::run({arguments + 1, arguments + count});
    } catch (const std::exception& error) {
        std::fprintf(stderr, "getrecords_bench: %s\n", error.what());
        return 1;
    }
}
