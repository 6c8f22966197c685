// If these fail, binary attributes and keys are corrupted or sorted wrongly, or iterators break.
#include "shardlog/base64.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace millbeck::shardlog {
namespace {

struct Sample {
    std::string bytes, text, url;
};

// Source: RFC 4648, section 10, and bytes whose text differs between the two alphabets.
std::vector<Sample> samples() {
    return {{"", "", ""},
            {"f", "Zg==", "Zg"},
            {"fo", "Zm8=", "Zm8"},
            {"foo", "Zm9v", "Zm9v"},
            {"foob", "Zm9vYg==", "Zm9vYg"},
            {"fooba", "Zm9vYmE=", "Zm9vYmE"},
            {"foobar", "Zm9vYmFy", "Zm9vYmFy"},
            {std::string(1, '\0'), "AA==", "AA"},
            {"\xff\xef\xbe", "/+++", "_---"}};
}

TEST(Base64, TurnsBytesToTextAndBack) {
    for (const Sample& sample : samples()) {
        std::string text;
        append_base64(text, sample.bytes);
        EXPECT_EQ(text, sample.text);
        const auto size = check_base64(sample.text);
        ASSERT_TRUE(size) << sample.text;
        EXPECT_EQ(*size, sample.bytes.size()) << sample.text;
        std::string bytes;
        append_base64_decoded(bytes, sample.text);
        EXPECT_EQ(bytes, sample.bytes) << sample.text;
    }
}

TEST(Base64, UrlFormHasNoPadding) {
    for (const Sample& sample : samples()) {
        std::string text;
        append_base64url(text, sample.bytes);
        EXPECT_EQ(text, sample.url);
        std::string bytes;
        ASSERT_TRUE(append_base64url_decoded(bytes, sample.url)) << sample.url;
        EXPECT_EQ(bytes, sample.bytes) << sample.url;
    }
    for (const std::string_view bad : {"A", "Zg==", "Zh", "Zm9=", "+///", "Zm 9"}) {
        std::string bytes = "kept";
        EXPECT_FALSE(append_base64url_decoded(bytes, bad)) << bad;
        EXPECT_EQ(bytes, "kept") << bad;
    }
}

TEST(Base64, BadTextIsRefusedInTheServicesWords) {
    struct Row {
        std::string text, message;
    };
    const std::string last = "Invalid last non-pad Base64 character dectected";
    const std::vector<Row> rows{
        {"23456", "Base64 encoded length is expected a multiple of 4 bytes but found: 5"},
        {"Z", "Base64 encoded length is expected a multiple of 4 bytes but found: 1"},
        {"=+/=", last},
        {"+/+=", last},
        {"Zh==", last},
        {"Zo==", last},
        {"Zm9=", last},
        {"Zm+=", last},
        {"Zg=a", last},
        {"====", last},
        {"Z===", last},
        {"Zm9-", "Invalid Base64 character: '-'"},
        {"Zm 9", "Invalid Base64 character: ' '"},
    };
    for (const Row& row : rows) {
        const auto size = check_base64(row.text);
        ASSERT_FALSE(size) << row.text;
        EXPECT_EQ(size.error().code, base::Code::Malformed) << row.text;
        EXPECT_EQ(size.error().message, row.message) << row.text;
    }
}

TEST(Base64, ComparesByBytesNotByText) {
    std::vector<std::string> ascending;
    for (const std::string_view bytes :
         {std::string_view(""), std::string_view("\0", 1), std::string_view("\0\0", 2),
          std::string_view("\0\xff", 2), std::string_view("\x01"), std::string_view("a"),
          std::string_view("a\0", 2), std::string_view("ab"), std::string_view("b"),
          std::string_view("\x7f"), std::string_view("\x80"), std::string_view("\xff"),
          std::string_view("\xff\xff\xff\xff")}) {
        append_base64(ascending.emplace_back(), bytes);
    }
    for (std::size_t i = 0; i < ascending.size(); ++i) {
        for (std::size_t j = 0; j < ascending.size(); ++j) {
            const int order = compare_base64(ascending[i], ascending[j]);
            EXPECT_EQ(order < 0, i < j) << ascending[i] << " " << ascending[j];
            EXPECT_EQ(order == 0, i == j) << ascending[i] << " " << ascending[j];
        }
    }
}

}  // namespace
}  // namespace millbeck::shardlog
