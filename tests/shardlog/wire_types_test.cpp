// If these fail, requests with JSON of the wrong kind are answered in other words than the
// service's.
#include "shardlog/wire_types.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "shardlog/item_parser.hpp"

namespace millbeck::shardlog {
namespace {

TEST(WireTypes, MismatchesAreNamedAsTheServiceNamesThem) {
    struct Row {
        std::string json;
        WireType wanted;
        std::string message;
    };
    const std::vector<Row> rows{
        {"\"5\"", WireType::Integer, "STRING_VALUE cannot be converted to Integer"},
        {"false", WireType::Integer, "FALSE_VALUE cannot be converted to Integer"},
        {"true", WireType::Long, "TRUE_VALUE cannot be converted to Long"},
        {"\"x\"", WireType::Double, "STRING_VALUE cannot be converted to Double"},
        {"[]", WireType::Long, "Unrecognized collection type class java.lang.Long"},
        {"{}", WireType::Integer, "Start of structure or map found where not expected"},
        {"5", WireType::String, "NUMBER_VALUE cannot be converted to String"},
        {"\"5\"", WireType::Boolean, "Unexpected token received from parser"},
        {"5", WireType::List, "Unexpected field type"},
        {"5", WireType::AttributeMap, "Unexpected field type"},
    };
    for (const Row& row : rows) {
        simdjson::dom::parser parser;
        const simdjson::dom::element element = parser.parse(row.json).value();
        EXPECT_EQ(wire_mismatch_message(element, row.wanted), row.message) << row.json;
        EXPECT_EQ(wire_mismatch(element, row.wanted).code, base::Code::Malformed);
    }
}

// The wire layer parses a request once and hands its parts on.
TEST(ItemParser, TakesAPartOfAParsedRequest) {
    const std::string request =
        R"({"TableName":"t","Item":{"b":{"S":"x"},"a":{"N":"01"}},"Other":{"a":{"S":1}}})";
    simdjson::dom::parser parser;
    const simdjson::dom::element root = parser.parse(request).value();
    const auto item = parse_item(simdjson::dom::element(root["Item"].value()));
    ASSERT_TRUE(item);
    EXPECT_EQ(item->text(), R"({"a":{"N":"1"},"b":{"S":"x"}})");
    const simdjson::dom::element other = root["Other"].value();
    EXPECT_EQ(parse_item(other).error().message, "NUMBER_VALUE cannot be converted to String");
    EXPECT_FALSE(check_attribute_kinds(other));
    EXPECT_TRUE(check_attribute_kinds(root["Item"].value()));
}

}  // namespace
}  // namespace millbeck::shardlog
