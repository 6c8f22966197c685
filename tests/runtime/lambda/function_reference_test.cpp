// The ways to name a function.
#include "runtime/lambda/function_reference.hpp"

#include <string>

#include <gtest/gtest.h>

namespace millbeck::runtime::lambda {
namespace {

const shardlog::Identity kHere;

// If it fails, a tool that passes ARNs creates mappings to functions that do not exist.
TEST(FunctionReference, ReadsNamesAndArns) {
    struct Row {
        std::string text, name, qualifier;
    };
    const std::string arn = "arn:aws:lambda:us-east-1:000000000000:function:";
    for (const Row& row : {
             Row{"totals", "totals", ""},
             Row{"totals:live", "totals", "live"},
             Row{"totals:$LATEST", "totals", "$LATEST"},
             Row{"function:totals", "totals", ""},
             Row{"function:totals:3", "totals", "3"},
             Row{"123456789012:function:totals", "totals", ""},
             Row{"123456789012:totals:v", "totals", "v"},
             Row{"us-east-1:123456789012:function:totals", "totals", ""},
             Row{arn + "totals", "totals", ""},
             Row{arn + "totals:7", "totals", "7"},
             Row{"function", "function", ""},
             Row{"123456789012", "123456789012", ""},
             Row{"arn", "arn", ""},
         }) {
        const auto parsed = parse_function_reference(row.text, kHere);
        ASSERT_TRUE(parsed.has_value()) << row.text << ": " << parsed.error().message;
        EXPECT_EQ(parsed->name, row.name) << row.text;
        EXPECT_EQ(parsed->qualifier, row.qualifier) << row.text;
        EXPECT_EQ(*parse_function_reference(function_arn(kHere, *parsed), kHere), *parsed);
    }
}

// If it fails, a mistyped name is taken for another function, or the words do not help.
TEST(FunctionReference, RefusesWhatIsNoName) {
    const std::string pattern =
        " failed to satisfy constraint: Member must satisfy regular expression pattern: "
        R"((arn:(aws[a-zA-Z-]*)?:lambda:)?([a-z]{2}(-gov)?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?)"
        R"(([a-zA-Z0-9-_]+)(:(\$LATEST|[a-zA-Z0-9-_]+))?)";
    for (const std::string text :
         {"", "a b", "a/b", "a:b:c", "a:", ":a", "arn:aws:s3:::bucket", "arn:aws:lambda:a",
          "arn:aws:lambda:us-east-1:000000000000:layer:x", "a:$OLDEST"}) {
        const auto parsed = parse_function_reference(text, kHere);
        ASSERT_FALSE(parsed.has_value()) << text;
        EXPECT_EQ(parsed.error().exception.name, "ValidationException") << text;
        EXPECT_EQ(parsed.error().message,
                  "1 validation error detected: Value '" + text + "' at 'functionName'" + pattern);
    }
    const std::string long_name(65, 'n');
    EXPECT_EQ(parse_function_reference(long_name, kHere).error().message,
              "1 validation error detected: Value '" + long_name +
                  "' at 'functionName' failed to satisfy constraint: Member must have length less "
                  "than or equal to 64");
    EXPECT_EQ(parse_function_reference("arn:aws:lambda:eu-west-1:000000000000:function:f", kHere)
                  .error()
                  .message,
              "Functions from 'eu-west-1' are not reachable in this region ('us-east-1')");
}

// If it fails, a call on version 3 changes version 4.
TEST(FunctionReference, TakesOneQualifier) {
    EXPECT_EQ(parse_function_reference("f", "live", kHere)->qualifier, "live");
    EXPECT_EQ(parse_function_reference("f:live", "live", kHere)->qualifier, "live");
    EXPECT_EQ(parse_function_reference("f:3", "", kHere)->qualifier, "3");
    EXPECT_EQ(parse_function_reference("f:3", "4", kHere).error().message,
              "The derived qualifier from the function name does not match the specified "
              "qualifier.");
    EXPECT_EQ(parse_function_reference("f", "a b", kHere).error().exception.name,
              "ValidationException");
}

}  // namespace
}  // namespace millbeck::runtime::lambda
