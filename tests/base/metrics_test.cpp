#include "base/metrics.hpp"

#include <gtest/gtest.h>

namespace millbeck::base {
namespace {

// If it fails, dashboards and alerts built on /metrics go blank.
TEST(Metrics, PrintsSortedPrometheusText) {
    Metrics metrics;
    metrics.counter("millbeck_test_writes_total", "Writes.", {{"table", "b"}}).add(2);
    metrics.counter("millbeck_test_writes_total", "Writes.", {{"table", "a"}}).add();
    metrics.gauge("millbeck_test_depth", "Depth.").set(2.5);
    EXPECT_EQ(metrics.print(),
              "# HELP millbeck_test_depth Depth.\n"
              "# TYPE millbeck_test_depth gauge\n"
              "millbeck_test_depth 2.5\n"
              "# HELP millbeck_test_writes_total Writes.\n"
              "# TYPE millbeck_test_writes_total counter\n"
              "millbeck_test_writes_total{table=\"a\"} 1\n"
              "millbeck_test_writes_total{table=\"b\"} 2\n");
}

TEST(Metrics, HistogramBucketsAreTwoApartFromTenMicroseconds) {
    Metrics metrics;
    Histogram& lag = metrics.histogram("millbeck_test_lag_seconds", "Lag.");
    lag.observe(0.000015);
    lag.observe(1000);
    const std::string text = metrics.print();
    EXPECT_NE(text.find("lag_seconds_bucket{le=\"1e-05\"} 0\n"), std::string::npos) << text;
    EXPECT_NE(text.find("lag_seconds_bucket{le=\"2e-05\"} 1\n"), std::string::npos) << text;
    EXPECT_NE(text.find("lag_seconds_bucket{le=\"83.88608000000001\"} 1\n"), std::string::npos)
        << text;
    EXPECT_NE(text.find("lag_seconds_bucket{le=\"+Inf\"} 2\n"), std::string::npos) << text;
}

// If it fails, two owners of one name count past each other.
TEST(Metrics, TheSameNameAndLabelsAreTheSameObject) {
    Metrics metrics;
    Counter& first = metrics.counter("millbeck_test_total", "Once.", {{"a", "1"}});
    EXPECT_EQ(&first, &metrics.counter("millbeck_test_total", "Once.", {{"a", "1"}}));
    EXPECT_NE(&first, &metrics.counter("millbeck_test_total", "Once.", {{"a", "2"}}));
    first.add(3);
    EXPECT_EQ(first.value(), 3);
}

TEST(Metrics, RefreshesJustBeforePrinting) {
    Metrics metrics;
    int refreshed = 0;
    metrics.before_print([&] { metrics.gauge("millbeck_test_age", "Age.").set(++refreshed); });
    EXPECT_EQ(refreshed, 0);
    EXPECT_NE(metrics.print().find("millbeck_test_age 1\n"), std::string::npos);
    EXPECT_NE(metrics.print().find("millbeck_test_age 2\n"), std::string::npos);
}

TEST(MetricsDeathTest, ANamePrometheusRefusesIsOurBug) {
    Metrics metrics;
    EXPECT_DEATH(metrics.counter("no-dashes", "Bad."), "no-dashes");
}

}  // namespace
}  // namespace millbeck::base
