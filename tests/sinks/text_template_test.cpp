#include "sinks/text_template.hpp"

#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace millbeck::sinks {
namespace {

Row row_of(const std::vector<std::pair<std::string, std::string>>& fields) {
    Row row;
    for (const auto& [name, text] : fields) {
        row.push_back({name, {Value::Kind::Text, text}});
    }
    return row;
}

std::string key_of(std::string_view text, const Row& row) {
    const auto made = KeyTemplate::parse(text, "orders");
    std::string key;
    const base::Status done = made ? made->append(key, row) : tl::unexpected(made.error());
    return done ? key : "! " + done.error().message;
}

TEST(TextTemplate, FillsItsPlaces) {
    const Row row = row_of({{"name", "Ann"}, {"address.city", "Ulm"}});
    struct Case {
        std::string text, filled;
    };
    for (const Case& each : std::vector<Case>{{"", ""},
                                              {"plain", "plain"},
                                              {"{name}", "Ann"},
                                              {"{table}/{name}: {address.city}", "t/Ann: Ulm"},
                                              {"{{{name}}}", "{Ann}"},
                                              {"{missing}.", "."}}) {
        const auto made = TextTemplate::parse(each.text, "t");
        ASSERT_TRUE(made) << made.error().message;
        EXPECT_EQ(made->fill(row), each.filled);
    }
    for (const std::string bad : {"{", "}", "{a", "a}", "{}", "{a{b}}", "{a}}"}) {
        EXPECT_FALSE(TextTemplate::parse(bad, "t")) << bad;
    }
}

TEST(KeyTemplate, NamesAllKeyAttributes) {
    const Row one = row_of({{"id", "a:b%"}});
    const Row two = row_of({{"pk", "a:b"}, {"sk", "50%"}});
    EXPECT_EQ(key_of("", one), "orders:a:b%");
    EXPECT_EQ(key_of("", two), "orders:a%3Ab:50%25");
    EXPECT_EQ(key_of("x-{sk}:{pk}", two), "x-50%25:a%3Ab");
    EXPECT_EQ(key_of("{id}", one), "a:b%");
    EXPECT_EQ(key_of("{pk}", two).front(), '!');
    EXPECT_EQ(key_of("{pk}:{id}", one).front(), '!');
    EXPECT_EQ(key_of("{pk}{sk}", two).front(), '!');
    EXPECT_EQ(key_of("{table}", one).front(), '!');
}

// If it fails, two items share one key, and overwrite each other.
TEST(KeyTemplate, IsInjective) {
    const std::string letters = "a:%-3A";
    std::vector<std::string> values{""};
    for (std::size_t i = 0; values.size() < 200; ++i) {
        for (const char c : letters) {
            values.push_back(values[i] + c);
        }
    }
    for (const std::string text : {"", "{pk}:{sk}", "{pk}-3{sk}", "a{sk}A%{pk}%", "{pk}:a:{sk}"}) {
        std::set<std::string> keys;
        std::size_t rows = 0;
        for (const std::string& pk : values) {
            for (const std::string& sk : values) {
                ++rows;
                keys.insert(key_of(text, row_of({{"pk", pk}, {"sk", sk}})));
            }
        }
        EXPECT_EQ(keys.size(), rows) << text;
    }
}

}  // namespace
}  // namespace millbeck::sinks
