// If these fail, the same item gets different texts, or keys are read from the wrong place.
#include "shardlog/item.hpp"

#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace millbeck::shardlog {
namespace {

std::string canonical(std::string_view json) {
    const auto item = parse_item(json);
    return item ? item->text() : "refused: " + item.error().message;
}

TEST(Item, TextIsCanonical) {
    struct Row {
        std::string json, canonical;
    };
    const std::vector<Row> rows{
        {"{}", "{}"},
        {" { } ", "{}"},
        {R"({"b":{"S":"x"},"a":{"N":"1e3"}})", R"({"a":{"N":"1000"},"b":{"S":"x"}})"},
        {R"( { "a" : { "BOOL" : true } , "b":{"BOOL":false} } )",
         R"({"a":{"BOOL":true},"b":{"BOOL":false}})"},
        {R"({"a":{"NULL":true}})", R"({"a":{"NULL":true}})"},
        // Booleans may come as words, as the service takes them.
        {R"({"a":{"BOOL":"TRUE"},"b":{"BOOL":"false"},"c":{"NULL":"true"}})",
         R"({"a":{"BOOL":true},"b":{"BOOL":false},"c":{"NULL":true}})"},
        {R"({"a":{"S":"\u0061\/\u00e9\ud83d\ude00\n"}})", "{\"a\":{\"S\":\"a/é😀\\n\"}}"},
        {R"({"a":{"S":""},"b":{"B":""}})", R"({"a":{"S":""},"b":{"B":""}})"},
        {R"({"a":{"SS":["b","a","","B"]}})", R"({"a":{"SS":["","B","a","b"]}})"},
        {R"({"a":{"NS":["10","9","-1","1.0"]}})", R"({"a":{"NS":["-1","1","9","10"]}})"},
        {R"({"a":{"BS":["YQ==","AA==","/w==",""]}})", R"({"a":{"BS":["","AA==","YQ==","/w=="]}})"},
        // A list keeps its order; maps at every level are sorted.
        {R"({"a":{"L":[{"S":"z"},{"M":{"y":{"S":"1"},"x":{"L":[]}}},{"S":"a"}]}})",
         R"({"a":{"L":[{"S":"z"},{"M":{"x":{"L":[]},"y":{"S":"1"}}},{"S":"a"}]}})"},
        {R"({"a":{"M":{}}})", R"({"a":{"M":{}}})"},
        // Order is of the unescaped UTF-8 bytes: a quote sorts before letters though its escape
        // begins with a backslash, and an astral character after U+FFFD.
        {R"({"a":{"S":"1"},"\"":{"S":"2"},"\ud83d\ude00":{"S":"3"},"\ufffd":{"S":"4"}})",
         "{\"\\\"\":{\"S\":\"2\"},\"a\":{\"S\":\"1\"},\"\uFFFD\":{\"S\":\"4\"},"
         "\"😀\":{\"S\":\"3\"}}"},
        // The last of equal names wins, however they are spelled; so does the last value.
        {R"({"a":{"S":"1"},"b":{"S":"x"},"\u0061":{"S":"2"},"a":{"S":"3"}})",
         R"({"a":{"S":"3"},"b":{"S":"x"}})"},
        {R"({"a":{"S":"1"},"a":{"S":"2"}})", R"({"a":{"S":"2"}})"},
        {R"({"a":{"S":"1","S":"2"}})", R"({"a":{"S":"2"}})"},
        // Null is absence, and members nobody knows are ignored.
        {R"({"a":{"S":"1","N":null,"XX":5}})", R"({"a":{"S":"1"}})"},
    };
    for (const Row& row : rows) {
        EXPECT_EQ(canonical(row.json), row.canonical) << row.json;
    }
}

TEST(Item, FindsAttributesByTheirUnescapedName) {
    const Item item =
        parse_item(R"({"plain":{"N":"7"},"a\"b":{"S":"q"},"é":{"B":"YQ=="},"Z":{"NULL":true}})")
            .value();
    struct Row {
        std::string name;
        AttributeType type;
        std::string value;
    };
    const std::vector<Row> rows{{"plain", AttributeType::N, R"({"N":"7"})"},
                                {"a\"b", AttributeType::S, R"({"S":"q"})"},
                                {"é", AttributeType::B, R"({"B":"YQ=="})"},
                                {"Z", AttributeType::NULL_, R"({"NULL":true})"}};
    for (const Row& row : rows) {
        const Item::Attribute* attribute = item.find(row.name);
        ASSERT_NE(attribute, nullptr) << row.name;
        EXPECT_EQ(attribute->type, row.type) << row.name;
        EXPECT_EQ(item.value_text(*attribute), row.value) << row.name;
    }
    for (const std::string_view absent : {"", "plai", "plain2", "a", "a\\\"b", "zzz"}) {
        EXPECT_EQ(item.find(absent), nullptr) << absent;
    }
    EXPECT_EQ(Item().find("a"), nullptr);
}

TEST(Item, ScalarContentIsWhatTheClientMeant) {
    EXPECT_EQ(scalar_content(R"({"S":"a\"\n\u0001é"})", AttributeType::S), "a\"\n\x01é");
    EXPECT_EQ(scalar_content(R"({"S":""})", AttributeType::S), "");
    EXPECT_EQ(scalar_content(R"({"N":"-10.5"})", AttributeType::N), "-10.5");
    EXPECT_EQ(scalar_content(R"({"B":"AP8="})", AttributeType::B), std::string("\0\xff", 2));
}

TEST(Item, TypesHaveTheServicesNames) {
    const std::string all =
        R"({"a":{"S":""},"b":{"N":"0"},"c":{"B":""},"d":{"BOOL":true},"e":{"NULL":true},)"
        R"("f":{"M":{}},"g":{"L":[]},"h":{"SS":[""]},"i":{"NS":["0"]},"j":{"BS":[""]}})";
    const Item item = parse_item(all).value();
    std::string names;
    for (const Item::Attribute& attribute : item.attributes()) {
        names.append(to_string(attribute.type)).append(" ");
    }
    EXPECT_EQ(names, "S N B BOOL NULL M L SS NS BS ");
}

// Scratch memory belongs to a thread: the race detector looks on, and no text may mix.
TEST(Item, ParsesOnManyThreadsAtOnce) {
    std::vector<std::thread> threads;
    std::vector<int> wrong(4, 0);
    for (std::size_t t = 0; t < wrong.size(); ++t) {
        threads.emplace_back([&wrong, t] {
            const std::string text(10 + t * 7'000, static_cast<char>('a' + t));
            const std::string json = "{\"k\":{\"S\":\"" + text + "\"}}";
            for (int i = 0; i < 200; ++i) {
                wrong[t] += parse_item(json).value().text() == json ? 0 : 1;
            }
        });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    EXPECT_EQ(wrong, std::vector<int>(4, 0));
}

// The members of all open maps share one stack; it moves while it grows, and a new thread's is
// empty.
TEST(Item, KeepsItsPlaceWhileMapsInsideGrow) {
    std::string json = R"({"k":{"S":"leaf"}})";
    std::uint32_t size_bytes = 1 + 4;
    for (int level = 0; level < 30; ++level) {
        json = R"({"k":{"M":)" + json + R"(},"l":{"S":"x"}})";
        // The members around the map inside: names, one more each when they are nested, the
        // map's 3.
        size_bytes += 3 + 1 + 2 + (level > 0 ? 2 : 1);
    }
    std::string text;
    std::uint32_t size = 0;
    std::thread([&] {
        const Item item = parse_item(json).value();
        text = item.text();
        size = item.size_bytes();
    }).join();
    EXPECT_EQ(text, json);
    EXPECT_EQ(size, size_bytes);
}

// An item far above what is kept as scratch memory, then a small one.
TEST(Item, LargeItemsLeaveNothingBehind) {
    std::string large = R"({"k":{"L":[)";
    for (int i = 0; i < 60'000; ++i) {
        large += i > 0 ? R"(,{"S":"0123456789"})" : R"({"S":"0123456789"})";
    }
    large += "]}}";
    for (int round = 0; round < 2; ++round) {
        EXPECT_EQ(parse_item(large).value().text(), large);
        EXPECT_EQ(canonical(R"({"k":{"S":"small"}})"), R"({"k":{"S":"small"}})");
    }
}

}  // namespace
}  // namespace millbeck::shardlog
