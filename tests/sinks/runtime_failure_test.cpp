#include "sinks/handler/runtime_failure.hpp"

#include <csignal>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "sinks/handler/base64_text.hpp"

namespace millbeck::sinks {
namespace {

struct Row {
    std::string payload;
    std::string type;
    std::string message;
};

// If it fails, who looks for Lambda's words in a failure does not find them.
TEST(RuntimeFailure, SpeaksAsLambdaDoes) {
    const auto code = [](int value) { return base::ExitStatus{value, std::nullopt}; };
    const auto signal = [](int value) { return base::ExitStatus{std::nullopt, value}; };
    const std::vector<Row> rows{
        {timed_out_payload("id", base::Milliseconds{1'000}), "Sandbox.Timedout",
         "RequestId: id Error: Task timed out after 1.00 seconds"},
        {timed_out_payload("id", base::Milliseconds{62'340}), "Sandbox.Timedout",
         "RequestId: id Error: Task timed out after 62.34 seconds"},
        {exited_payload("id", code(127)), "Runtime.ExitError",
         "RequestId: id Error: Runtime exited with error: exit status 127"},
        {exited_payload("id", code(0)), "Runtime.ExitError",
         "RequestId: id Error: Runtime exited without providing a reason"},
        {exited_payload("id", signal(SIGKILL)), "Runtime.ExitError",
         "RequestId: id Error: Runtime exited with error: signal: killed"},
        {exited_payload("id", signal(SIGSEGV)), "Runtime.ExitError",
         "RequestId: id Error: Runtime exited with error: signal: segmentation fault"},
        {too_large_payload(), "Function.ResponseSizeTooLarge",
         "Response payload size exceeded maximum allowed payload size (6291556 bytes)."},
        {truncated_payload("id"), "Runtime.TruncatedResponse",
         "RequestId: id Error: HTTP request detected as truncated"},
        {bad_mode_payload("id"), "Runtime.InvalidResponseModeHeader",
         "RequestId: id Error: Invalid function response mode"},
        {no_entrypoint_payload("id", "no \"it\""), "Runtime.InvalidEntrypoint",
         "RequestId: id Error: no \\\"it\\\""},
    };
    for (const Row& row : rows) {
        EXPECT_EQ(row.payload,
                  R"({"errorType":")" + row.type + R"(","errorMessage":")" + row.message + R"("})");
    }
}

TEST(RuntimeFailure, MakesASentenceOfWhatAFunctionReports) {
    EXPECT_EQ(error_sentence(R"({"errorMessage":"no","errorType":"Refusal"})"), "Refusal: no");
    EXPECT_EQ(error_sentence(R"({"errorMessage":"no"})"), "no");
    EXPECT_EQ(error_sentence("oh"), "the function failed with: oh");
    EXPECT_EQ(error_sentence(R"({"a":1})"), R"(the function failed with: {"a":1})");
    EXPECT_EQ(error_sentence(std::string(101, 'x')),
              "the function failed with: " + std::string(100, 'x') + "...");
}

TEST(Base64Text, Decodes) {
    const std::vector<std::pair<std::string, std::optional<std::string>>> rows{
        {"", ""},
        {"YQ==", "a"},
        {"YQ", "a"},
        {"YWI=", "ab"},
        {"YWJj", "abc"},
        {"+/+/", "\xfb\xff\xbf"},
        {"Y", std::nullopt},
        {"YW-j", std::nullopt},
        {"YQ===", std::nullopt},
    };
    for (const auto& [text, decoded] : rows) {
        EXPECT_EQ(decode_base64(text), decoded) << text;
    }
}

}  // namespace
}  // namespace millbeck::sinks
