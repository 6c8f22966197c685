// The parser against a slow, obvious reference, over random items and numbers.
// If one of these fails, two clients can write the same item and get different texts: a no-op write
// makes a record, sizes on the wire are wrong, or a sort key reads back in the wrong order.
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "shardlog/item.hpp"
#include "shardlog/number.hpp"
#include "tests/support/item_generator.hpp"
#include "tests/support/reference_number.hpp"
#include "tests/support/seed.hpp"

namespace millbeck::shardlog {
namespace {

int sign(int value) {
    return value < 0 ? -1 : (value > 0 ? 1 : 0);
}

int order_of(const std::string& a, const std::string& b) {
    return sign(a.compare(b));
}

TEST(ItemProperty, TextAndSizeAreTheReferences) {
    const std::uint64_t seed = tests::test_seed(20'240'611);
    tests::ItemGenerator generator(seed);
    for (int round = 0; round < 5'000; ++round) {
        const tests::ItemSample sample = generator.next();
        SCOPED_TRACE("MB_SEED=" + std::to_string(seed) + " round " + std::to_string(round) + " " +
                     sample.json);
        const auto item = parse_item(sample.json);
        ASSERT_TRUE(item) << item.error().message;
        ASSERT_EQ(item->text(), sample.canonical);
        ASSERT_EQ(item->size_bytes(), sample.size_bytes);
    }
}

TEST(ItemProperty, CanonicalTextParsesToItself) {
    const std::uint64_t seed = tests::test_seed(7);
    tests::ItemGenerator generator(seed);
    for (int round = 0; round < 2'000; ++round) {
        const tests::ItemSample sample = generator.next();
        SCOPED_TRACE("MB_SEED=" + std::to_string(seed) + " " + sample.json);
        const auto again = parse_item(sample.canonical);
        ASSERT_TRUE(again) << again.error().message;
        ASSERT_EQ(again->text(), sample.canonical);
        ASSERT_EQ(again->size_bytes(), sample.size_bytes);
    }
}

TEST(ItemProperty, EveryAttributeIsFoundAndStandsWhereItSays) {
    const std::uint64_t seed = tests::test_seed(99);
    tests::ItemGenerator generator(seed);
    for (int round = 0; round < 2'000; ++round) {
        const tests::ItemSample sample = generator.next();
        SCOPED_TRACE("MB_SEED=" + std::to_string(seed) + " " + sample.json);
        const Item item = parse_item(sample.json).value();
        ASSERT_EQ(item.attributes().size(), sample.names.size());
        std::string rebuilt = "{";
        std::uint32_t size_bytes = 0;
        for (const std::string& name : sample.names) {
            const Item::Attribute* attribute = item.find(name);
            ASSERT_NE(attribute, nullptr) << name;
            rebuilt += rebuilt.size() > 1 ? "," : "";
            append_json_string(rebuilt, name);
            rebuilt.append(":").append(item.value_text(*attribute));
            const std::string tag = "{\"" + std::string(to_string(attribute->type)) + "\":";
            ASSERT_TRUE(item.value_text(*attribute).starts_with(tag));
            size_bytes += static_cast<std::uint32_t>(name.size()) + attribute->size_bytes;
        }
        ASSERT_EQ(rebuilt + "}", item.text());
        ASSERT_EQ(size_bytes, item.size_bytes());
        ASSERT_EQ(item.find("no such name"), nullptr);
    }
}

TEST(NumberProperty, EverySpellingGetsTheSameText) {
    std::mt19937_64 random(tests::test_seed(4));
    tests::NumberGenerator numbers(random);
    for (int round = 0; round < 20'000; ++round) {
        const tests::SpelledNumber number = numbers.next();
        std::string text;
        const auto status = append_canonical_number(text, number.spelled);
        ASSERT_TRUE(status) << number.spelled << ": " << status.error().message;
        ASSERT_EQ(text, number.canonical) << number.spelled;
        ASSERT_EQ(number_size_bytes(text), tests::reference_number_size(text)) << text;
    }
}

TEST(NumberProperty, SortableBytesAndComparisonAgreeWithTheReference) {
    std::mt19937_64 random(tests::test_seed(5));
    tests::NumberGenerator numbers(random);
    std::vector<std::string> canonical{"0",
                                       "1",
                                       "-1",
                                       "0." + std::string(129, '0') + "1",
                                       "-0." + std::string(129, '0') + "1",
                                       std::string(38, '9') + std::string(88, '0'),
                                       "-" + std::string(38, '9') + std::string(88, '0')};
    for (int i = 0; i < 400; ++i) {
        canonical.push_back(numbers.next().canonical);
    }
    std::vector<std::string> sortable;
    for (const std::string& text : canonical) {
        append_sortable_number(sortable.emplace_back(), text);
    }
    for (std::size_t i = 0; i < canonical.size(); ++i) {
        for (std::size_t j = 0; j < canonical.size(); ++j) {
            const int wanted = order_of(tests::reference_order(canonical[i]),
                                        tests::reference_order(canonical[j]));
            ASSERT_EQ(sign(compare_numbers(canonical[i], canonical[j])), wanted)
                << canonical[i] << " and " << canonical[j];
            ASSERT_EQ(order_of(sortable[i], sortable[j]), wanted)
                << canonical[i] << " and " << canonical[j];
            ASSERT_TRUE(wanted == 0 || !sortable[j].starts_with(sortable[i]))
                << canonical[i] << " is a prefix of " << canonical[j];
        }
    }
}

}  // namespace
}  // namespace millbeck::shardlog
