// How fast the language of the wall is spoken: items parsed and made canonical, records spliced.
// One JSON line per figure. `--quick` runs a tenth.
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "shardlog/item.hpp"
#include "shardlog/record_json.hpp"

namespace millbeck::shardlog {
namespace {

std::string padded_number(int value) {
    std::string text = std::to_string(value);
    return std::string(6 - text.size(), '0') + text;
}

// About `bytes` of text: strings of 40 bytes, numbers and a nested map, in or out of order.
std::string sample_item(std::size_t bytes, bool sorted) {
    std::vector<std::string> members{R"("aa_id":{"S":"customer-0000001234"})"};
    std::size_t size = members[0].size();
    for (int i = 0; size < bytes; ++i) {
        std::string member = "\"attribute_" + padded_number(i) + "\":";
        if (i % 4 == 1) {
            member += "{\"N\":\"" + std::to_string(100'000 + i) + "\"}";
        } else if (i % 4 == 3) {
            member += R"({"M":{"city":{"S":"Sankt Märgen"},"zip":{"N":"79274"}}})";
        } else {
            member += R"({"S":"the quick brown fox jumps over the lazy"})";
        }
        size += member.size() + 1;
        members.push_back(std::move(member));
    }
    std::string text = "{";
    for (std::size_t i = 0; i < members.size(); ++i) {
        text += (i > 0 ? "," : "") + members[sorted ? i : members.size() - 1 - i];
    }
    return text + "}";
}

void report(std::string_view name, double value, std::string_view unit) {
    std::printf("{\"bench\": \"%.*s\", \"value\": %.3f, \"unit\": \"%.*s\"}\n",
                static_cast<int>(name.size()), name.data(), value, static_cast<int>(unit.size()),
                unit.data());
}

// Seconds per call, the best of five rounds: what the code costs, not what the neighbours do.
double seconds_per_call(int calls, const std::function<void()>& call) {
    double best = 1e9;
    for (int round = 0; round < 5; ++round) {
        const auto begin = std::chrono::steady_clock::now();
        for (int i = 0; i < calls; ++i) {
            call();
        }
        const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
        best = std::min(best, took.count() / calls);
    }
    return best;
}

void bench_parse(std::string_view name, const std::string& json, int calls) {
    std::size_t seen = 0;
    const double seconds =
        seconds_per_call(calls, [&] { seen += parse_item(json).value().text().size(); });
    report(name, seen > 0 ? seconds * 1e6 : 0, "us");
}

void bench_records(int calls) {
    const Item item = parse_item(sample_item(300, true)).value();
    const std::string keys = R"({"aa_id":{"S":"customer-0000001234"}})";
    RecordView record;
    record.time = base::WallTime{base::Milliseconds{1'700'000'000'000}};
    record.event = EventName::Modify;
    record.keys = {keys, 24};
    record.new_image = item.view();
    record.old_image = item.view();
    const RecordContext context{.region = "us-east-1",
                                .stream_arn =
                                    "arn:aws:dynamodb:us-east-1:000000000000:table/orders/stream/"
                                    "2026-01-01T00:00:00.000",
                                .flavour = RecordFlavour::Lambda};
    std::string page;
    constexpr int kPage = 1000;
    page.reserve(kPage * record_json_size_max(record, context));
    const double seconds = seconds_per_call(calls, [&] {
        page.clear();
        for (int i = 0; i < kPage; ++i) {
            record.sequence = record.sequence.next();
            append_record_json(page, record, context);
        }
    });
    report("record_json_splice", kPage / seconds, "records/s");
}

}  // namespace
}  // namespace millbeck::shardlog

int main(int argc, char** argv) {
    using namespace millbeck::shardlog;
    const bool quick = argc > 1 && std::string_view(argv[1]) == "--quick";
    const int calls = quick ? 5'000 : 50'000;
    bench_parse("item_parse_300b", sample_item(300, true), calls);
    bench_parse("item_parse_1kb", sample_item(1024, true), calls);
    bench_parse("item_parse_1kb_unsorted", sample_item(1024, false), calls);
    bench_parse("item_parse_100kb", sample_item(100'000, true), calls / 100);
    bench_records(calls / 200);
    return 0;
}
