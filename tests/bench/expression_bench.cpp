// How fast expressions are read and used, on one thread. One JSON line per figure.
// Usage: expression_bench [NAME...] [--quick]      without a NAME: all
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "capture/expression/condition.hpp"
#include "capture/expression/parser.hpp"
#include "capture/expression/update.hpp"

namespace millbeck::capture::expression {
namespace {

// 100 bytes.
constexpr std::string_view kCondition =
    "attribute_exists(#id) AND (version = :expected OR phase IN (:open, :held)) AND size(tags) < "
    ":most_01";
static_assert(kCondition.size() == 100);
constexpr std::string_view kConditionValues =
    R"({":expected":{"N":"7"},":held":{"S":"held"},":most_01":{"N":"10"},":open":{"S":"open"}})";

// 300 bytes and a few.
std::string sample_item() {
    std::string item = R"({"id":{"S":"customer-0000001234"},"n":{"N":"41"})";
    for (int i = 0; i < 4; ++i) {
        item +=
            ",\"note_" + std::to_string(i) + R"(":{"S":"the quick brown fox jumps over the lazy"})";
    }
    return item + R"(,"phase":{"S":"open"},"tags":{"SS":["a","b"]},"version":{"N":"8"}})";
}

class Bench {
  public:
    Bench(std::vector<std::string> names, int rounds) : names_(std::move(names)), rounds_(rounds) {}

    // Calls per second in the best of many short rounds: what the code costs, not what the
    // neighbours do.
    void run(const std::string& name, const std::function<std::size_t()>& call) const {
        if (!names_.empty() && std::find(names_.begin(), names_.end(), name) == names_.end()) {
            return;
        }
        double best = 0;
        std::size_t seen = 0;
        for (int round = 0; round < rounds_; ++round) {
            const auto begin = std::chrono::steady_clock::now();
            for (int i = 0; i < kCalls; ++i) {
                seen += call();
            }
            const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
            best = std::max(best, kCalls / took.count());
        }
        std::printf("{\"bench\": \"%s\", \"value\": %.0f, \"unit\": \"1/s\"}\n", name.c_str(),
                    seen > 0 ? best : 0);
    }

  private:
    static constexpr int kCalls = 1'000;

    std::vector<std::string> names_;
    int rounds_;
};

void run_all(const Bench& bench) {
    ExpressionCache cache;
    auto placeholders = Placeholders::make(std::vector<PlaceholderName>{{"#id", "id"}},
                                           shardlog::parse_item(kConditionValues).value())
                            .value();
    auto one = Placeholders::make(std::nullopt, shardlog::parse_item(R"({":d":{"N":"1"}})").value())
                   .value();
    const shardlog::Item item = shardlog::parse_item(sample_item()).value();
    const Condition condition =
        Condition::parse(Kind::Condition, kCondition, cache, placeholders).value();
    const Update update = Update::parse("SET n = n + :d", cache, one).value();
    bench.run("expr_parse",
              [] { return parse_expression(Kind::Condition, kCondition).value()->nodes.size(); });
    bench.run("expr_cached",
              [&] { return cache.parse(Kind::Condition, kCondition).value()->nodes.size(); });
    bench.run("expr_bound", [&] {
        return Condition::parse(Kind::Condition, kCondition, cache, placeholders)
            .value()
            .bindings()
            .syntax()
            .nodes.size();
    });
    bench.run("expr_matches", [&] { return condition.matches(item.text()) ? 1U : 2U; });
    bench.run("expr_increment", [&] { return update.apply(item.view(), {}).value().text.size(); });
    bench.run("expr_item_parse",
              [&] { return shardlog::parse_item(item.text()).value().text().size(); });
}

}  // namespace
}  // namespace millbeck::capture::expression

int main(int argc, char** argv) {
    std::vector<std::string> names(argv + 1, argv + argc);
    const bool quick = std::erase(names, "--quick") > 0;
    millbeck::capture::expression::run_all({names, quick ? 50 : 500});
    return 0;
}
