#include "sinks/row.hpp"

#include <gtest/gtest.h>

namespace millbeck::sinks {
namespace {

std::string plain(std::string_view image, const RowMapping& mapping = {}) {
    const auto row = make_row(image, mapping);
    return row ? json_of(*row) : "error: " + row.error().message;
}

struct Case {
    std::string_view image;
    std::string_view expected;
};

// If it fails, targets hold other values than the table.
TEST(Row, EveryTypeHasOnePlainForm) {
    const Case cases[] = {
        {R"({"a":{"S":"x"}})", R"({"a":"x"})"},
        {R"({"a":{"S":"\"\\\u0001\nä\u00e4"}})", "{\"a\":\"\\\"\\\\\\u0001\\nää\"}"},
        {R"({"a":{"N":"12345678901234567890123456789012345678"}})",
         R"({"a":12345678901234567890123456789012345678})"},
        {R"({"a":{"N":"1E-130"}})", R"({"a":1E-130})"},
        {R"({"a":{"B":"AAE="}})", R"({"a":"AAE="})"},
        {R"({"a":{"BOOL":true},"b":{"BOOL":false}})", R"({"a":true,"b":false})"},
        {R"({"a":{"NULL":true}})", R"({"a":null})"},
        {R"({"a":{"L":[{"S":"x"},{"N":"1"},{"L":[]},{"M":{}}]}})", R"({"a":["x",1,[],{}]})"},
        {R"({"a":{"M":{"b":{"M":{"c":{"NULL":true}}}}}})", R"({"a":{"b":{"c":null}}})"},
        {R"({"a":{"SS":["x","y"]},"b":{"NS":["1","-2.5"]},"c":{"BS":["AA=="]}})",
         R"({"a":["x","y"],"b":[1,-2.5],"c":["AA=="]})"},
        {R"({})", R"({})"},
    };
    for (const Case& each : cases) {
        EXPECT_EQ(plain(each.image), each.expected);
    }
}

TEST(Row, WhatIsNoItemIsAnError) {
    for (const std::string_view image : {"", "[]", R"({"a":1})", R"({"a":{}})", R"({"a":{"N":1}})",
                                         R"({"a":{"X":"1"}})", R"({"a":{"S":"x"})"}) {
        const auto row = make_row(image, {});
        ASSERT_FALSE(row.has_value()) << image;
        EXPECT_EQ(row.error().code, base::Code::Corrupt);
    }
}

struct MappingCase {
    RowMapping mapping;
    std::string_view expected;
};

// If it fails, columns appear that nobody asked for, or ones that were asked for are missing.
TEST(Row, IsProjectedRenamedAndFlattened) {
    constexpr std::string_view image =
        R"({"id":{"S":"1"},"to":{"M":{"city":{"S":"Ulm"},"geo":{"M":{"x":{"N":"1"},"y":{"N":"2"}}}}},"n":{"N":"3"}})";
    const MappingCase cases[] = {
        {{}, R"({"id":"1","to":{"city":"Ulm","geo":{"x":1,"y":2}},"n":3})"},
        {{.include = {"n", "id"}}, R"({"id":"1","n":3})"},
        {{.include = {"to.city"}}, R"({"to.city":"Ulm"})"},
        {{.include = {"to.geo"}}, R"({"to.geo":{"x":1,"y":2}})"},
        {{.include = {"nothing", "n.deeper"}}, R"({})"},
        {{.exclude = {"to"}}, R"({"id":"1","n":3})"},
        {{.exclude = {"to.geo.x", "n"}}, R"({"id":"1","to.city":"Ulm","to.geo.y":2})"},
        {{.flatten = "_"}, R"({"id":"1","to_city":"Ulm","to_geo_x":1,"to_geo_y":2,"n":3})"},
        {{.rename = {{"to.geo", "place"}, {"n", "count"}}, .flatten = "_"},
         R"({"id":"1","to_city":"Ulm","place_x":1,"place_y":2,"count":3})"},
        {{.include = {"to"}, .exclude = {"to.geo"}, .rename = {{"to.city", "city"}}},
         R"({"city":"Ulm"})"},
        {{.rename = {{"n", "id"}}}, R"({"id":"1","to":{"city":"Ulm","geo":{"x":1,"y":2}}})"},
    };
    for (const MappingCase& each : cases) {
        EXPECT_EQ(plain(image, each.mapping), each.expected);
    }
}

}  // namespace
}  // namespace millbeck::sinks
