#include "runtime/cli/inject_request.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace millbeck::runtime::cli {
namespace {

struct Row {
    InjectWords words;
    std::string route;
    std::string body;
};

// If it fails, the command line asks for another fault than people wrote.
TEST(InjectRequest, SaysWhatWasMeant) {
    const std::vector<Row> rows{
        {{}, "", ""},
        {{.action = "clear"}, "inject/clear", "{}"},
        {{.action = "clear", .target = "sums"}, "inject/clear", R"({"trigger":"sums"})"},
        {{.action = "duplicate-batch", .target = "sums", .flags = {{"times", "3"}}},
         "inject/duplicate-batch",
         R"({"times":3,"trigger":"sums"})"},
        {{.action = "delay", .target = "sums", .flags = {{"by", "5ms"}, {"for", "1m"}}},
         "inject/delay",
         R"({"by":"5ms","for":"1m","trigger":"sums"})"},
        {{.action = "fail-handler", .target = "sums", .flags = {{"partial", "2"}}},
         "inject/fail-handler",
         R"({"partial":2,"trigger":"sums"})"},
        {{.action = "fail-handler", .target = "sums", .flags = {{"error", "no"}}},
         "inject/fail-handler",
         R"({"error":"no","trigger":"sums"})"},
        {{.action = "crash-after-reply", .target = "sums"},
         "inject/crash-after-reply",
         R"({"trigger":"sums"})"},
        {{.action = "split-shard", .target = "music", .shard = "s"},
         "inject/split-shard",
         R"({"shard":"s","table":"music"})"},
        {{.action = "trim", .target = "music", .flags = {{"to", "5m"}}},
         "inject/trim",
         R"({"table":"music","to":"5m"})"},
    };
    for (const Row& row : rows) {
        const auto request = inject_request(row.words);
        ASSERT_TRUE(request) << request.error().message;
        EXPECT_EQ(request->route, row.route);
        EXPECT_EQ(request->body, row.body);
    }
}

struct WrongRow {
    InjectWords words;
    std::string sentence;
};

TEST(InjectRequest, RefusesTheRest) {
    const std::vector<WrongRow> rows{
        {{.action = "dely"},
         "\"dely\" is not one of list, clear, duplicate-batch, delay, fail-handler, "
         "crash-after-reply, split-shard, roll-shard, expire-iterators, trim; did you mean "
         "\"delay\"?"},
        {{.action = "delay"}, "delay takes the name of a trigger"},
        {{.action = "trim"}, "trim takes the name of a table"},
        {{.action = "list", .target = "sums"}, "list takes no name"},
        {{.action = "trim", .target = "music", .shard = "s"}, "trim takes no shard"},
        {{.action = "trim", .target = "music", .flags = {{"times", "2"}}}, "trim takes no --times"},
        {{.action = "delay", .target = "sums"}, "delay takes --by, like --by 500ms"},
        {{.action = "delay",
          .target = "sums",
          .flags = {{"by", "1s"}, {"for", "1s"}, {"times", "1"}}},
         "say --times or --for, not both"},
        {{.action = "delay", .target = "sums", .flags = {{"by", "soon"}}},
         "--by: \"soon\" is not a duration; write a whole number and a unit, like 500ms, 10s, 5m, "
         "24h or 7d"},
        {{.action = "duplicate-batch", .target = "sums", .flags = {{"times", "two"}}},
         "--times: \"two\" is not a whole number"},
    };
    for (const WrongRow& row : rows) {
        const auto request = inject_request(row.words);
        ASSERT_FALSE(request) << row.sentence;
        EXPECT_EQ(request.error().message, row.sentence);
    }
}

}  // namespace
}  // namespace millbeck::runtime::cli
