// Which call a request of Lambda's REST API is.
#include "runtime/lambda/route_table.hpp"

#include <string>

#include <gtest/gtest.h>

namespace millbeck::runtime::lambda {
namespace {

// If it fails, a call reaches another function, or the wrong call altogether.
TEST(RouteTable, FindsTheCallAndItsPlaces) {
    RouteTable table;
    table.add({"GET", "/2015-03-31/functions/{}"});
    table.add({"GET", "/2015-03-31/functions/{}/code"});
    table.add({"GET", "/2017-03-31/tags/{}"});
    struct Row {
        std::string method, path, pattern, place;
    };
    for (const Row& row : {
             Row{"GET", "/2015-03-31/functions/f", "/2015-03-31/functions/{}", "f"},
             Row{"GET", "/2015-03-31/functions/f/", "/2015-03-31/functions/{}", "f"},
             Row{"GET", "/2015-03-31/functions/f%3Alive", "/2015-03-31/functions/{}", "f:live"},
             Row{"GET", "/2015-03-31/functions/a+b", "/2015-03-31/functions/{}", "a+b"},
             Row{"GET", "/2015-03-31/functions/f/code", "/2015-03-31/functions/{}/code", "f"},
             Row{"GET", "/2017-03-31/tags/arn%3aaws%3Ax%2Fy", "/2017-03-31/tags/{}", "arn:aws:x/y"},
             Row{"PUT", "/2015-03-31/functions/f", "", ""},
             Row{"GET", "/2015-03-31/functions", "", ""},
             Row{"GET", "/2015-03-31/functions//code", "", ""},
             Row{"GET", "/2015-03-31/functions/f/code/x", "", ""},
             Row{"GET", "/2015-03-31/functions/%zz", "", ""},
         }) {
        const auto match = table.find(row.method, row.path);
        ASSERT_EQ(match.has_value(), !row.pattern.empty()) << row.path;
        if (match) {
            EXPECT_EQ(match->route->pattern, row.pattern) << row.path;
            ASSERT_EQ(match->places.size(), 1U) << row.path;
            EXPECT_EQ(match->places[0], row.place) << row.path;
        }
    }
}

// If it fails, a table call is taken for Lambda's, or the other way round.
TEST(RouteTable, KnowsLambdasPaths) {
    EXPECT_TRUE(is_lambda_path("/2015-03-31/functions"));
    EXPECT_TRUE(is_lambda_path("/2020-06-30/x"));
    EXPECT_FALSE(is_lambda_path("/"));
    EXPECT_FALSE(is_lambda_path("/2015-03-31/"));
    EXPECT_FALSE(is_lambda_path("/health/live"));
    EXPECT_FALSE(is_lambda_path("/_millbeck/v1/status"));
}

}  // namespace
}  // namespace millbeck::runtime::lambda
