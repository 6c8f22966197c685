// If these fail, strings are garbled on their way through the log.
#include "shardlog/json_text.hpp"

#include <string>

#include <gtest/gtest.h>

#include "shardlog/item.hpp"

namespace millbeck::shardlog {
namespace {

std::string as_json(std::string_view text) {
    std::string out;
    append_json_string(out, text);
    return out;
}

TEST(JsonText, EscapesOnlyWhatItMust) {
    EXPECT_EQ(as_json(""), R"("")");
    EXPECT_EQ(as_json("plain / text\x7f"), "\"plain / text\x7f\"");
    EXPECT_EQ(as_json("é世😀"), "\"é世😀\"");
    EXPECT_EQ(as_json("\"\\\b\f\n\r\t"), R"("\"\\\b\f\n\r\t")");
    EXPECT_EQ(as_json(std::string_view("\0\x01\x1f", 3)), R"("\u0000\u0001\u001f")");
}

// Words of eight bytes are looked at together: every place of an escape in every length around
// them.
TEST(JsonText, FindsAnEscapeAtAnyPlace) {
    for (std::size_t size = 0; size < 40; ++size) {
        const std::string plain(size, 'x');
        EXPECT_EQ(plain_prefix_size(plain), size);
        for (std::size_t at = 0; at < size; ++at) {
            for (const char special : {'"', '\\', '\n', '\x1f', '\0'}) {
                std::string text = plain;
                text[at] = special;
                ASSERT_EQ(plain_prefix_size(text), at) << size;
                TextBuffer buffer;
                buffer.append_json_string(text);
                ASSERT_EQ(buffer.view(), as_json(text));
            }
        }
    }
}

TEST(JsonText, UnescapesWhatItEscaped) {
    std::string text = "a\"b\\c/";
    for (int c = 0; c < 0x20; ++c) {
        text.push_back(static_cast<char>(c));
        text.append("é");
    }
    const std::string json = as_json(text);
    std::string back = "kept:";
    append_unescaped(back, std::string_view(json).substr(1, json.size() - 2));
    EXPECT_EQ(back, "kept:" + text);
}

TEST(TextBuffer, KeepsItsMemoryUntilToldToReleaseIt) {
    TextBuffer buffer;
    buffer.append("abc");
    buffer.append('d');
    EXPECT_EQ(buffer.view(), "abcd");
    buffer.truncate(1);
    EXPECT_EQ(buffer.view(), "a");
    buffer.append(std::string(100'000, 'y'));
    EXPECT_EQ(buffer.size(), 100'001U);
    buffer.release_above(1'000);
    EXPECT_EQ(buffer.size(), 0U);
    buffer.append(std::string(5'000, 'z'));
    EXPECT_EQ(buffer.view(), std::string(5'000, 'z'));
}

}  // namespace
}  // namespace millbeck::shardlog
