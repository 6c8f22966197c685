#include "sinks/handler/reply.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace millbeck::sinks {
namespace {

using base::Code;

// If it fails, a function's success is retried for ever, or its failure is taken for success.
TEST(Reply, AnyJsonValueIsSuccess) {
    for (const std::string reply : {
             "null",
             "true",
             "0",
             "-1.5e3",
             R"("errorMessage")",
             "[]",
             "{}",
             "  {} \r",
             R"({"batchItemFailures":[]})",
             R"({"result":{"errorMessage":"of something inside"}})",
             R"([{"errorMessage":"in a list"}])",
             R"({"errorMessage":null})",
             R"({"errorMessage":["x"]})",
             R"({"errorType":"alone"})",
             R"({"note":"errorMessage"})",
         }) {
        EXPECT_TRUE(judge_reply(reply)) << reply;
    }
}

TEST(Reply, AnErrorMessageIsAFailure) {
    const std::vector<std::pair<std::string, std::string>> rows = {
        {R"({"errorMessage":"boom"})", "boom"},
        {R"({"errorMessage":"boom","errorType":"KeyError"})", "KeyError: boom"},
        {R"({"errorType":"KeyError","stackTrace":["a"],"errorMessage":"boom"})", "KeyError: boom"},
        {R"({"errorMessage":""})", ""},
        {R"({"a":{"b":[1]},"errorMessage":"boom"})", "boom"},
        {R"({"errorMessage":"boom","errorType":7})", "boom"},
        {R"({"errorMessage":")" + std::string(5'000, 'm') + R"("})", std::string(1'024, 'm')},
    };
    for (const auto& [reply, message] : rows) {
        const auto judged = judge_reply(reply);
        ASSERT_FALSE(judged) << reply;
        EXPECT_EQ(judged.error().code, Code::Io);
        EXPECT_EQ(judged.error().message, message);
    }
}

// If it fails, a print() left in a handler counts as success, or its author is not told.
TEST(Reply, AnythingElseIsNamedAsNoJson) {
    for (const std::string& reply : {std::string(), std::string("hello"), std::string("{} {}"),
                                     std::string("{"), std::string("{'a':1}"), std::string("NaN"),
                                     std::string("\"\xff\""), std::string(100'000, '[')}) {
        const auto judged = judge_reply(reply);
        ASSERT_FALSE(judged) << reply.substr(0, 20);
        EXPECT_EQ(judged.error().code, Code::Malformed);
        EXPECT_LT(judged.error().message.size(), 200u);
    }
    EXPECT_EQ(judge_reply("got it").error().message,
              "the handler's reply is not one JSON value: got it");
}

}  // namespace
}  // namespace millbeck::sinks
