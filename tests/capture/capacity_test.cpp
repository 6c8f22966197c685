#include "capture/capacity.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace millbeck::capture {
namespace {

constexpr auto kUnits = BillingMode::Provisioned;
constexpr auto kDemand = BillingMode::PayPerRequest;
const std::string kInvalid = "One or more parameter values were invalid: ";

std::string text(const Throughput& units) {
    return std::to_string(units.read_units) + "," + std::to_string(units.write_units);
}

std::string text(const base::Result<Throughput>& units) {
    return units ? text(*units) : units.error().message;
}

// If it fails, a table is made here that the service refuses, or tells another maximum.
TEST(Capacity, AMaximumIsGivenToOnDemandTablesOnly) {
    struct Row {
        BillingMode billing;
        UnitsChange asked;
        std::string index, result;
    };
    const std::vector<Row> rows{
        {kDemand, {}, "", "0,0"},
        {kDemand, {1, {}}, "", "1,0"},
        {kDemand, {{}, 7}, "far", "0,7"},
        {kDemand,
         {0, {}},
         "",
         kInvalid + "Requested MaxReadRequestUnits for OnDemandThroughput for table is outside of "
                    "valid range"},
        {kDemand,
         {1, -1},
         "far",
         kInvalid + "Requested MaxWriteRequestUnits for OnDemandThroughput for index : far is "
                    "outside of valid range"},
        {kUnits, {}, "", "0,0"},
        {kUnits,
         {1, 1},
         "",
         kInvalid + "MaxReadRequestUnits for OnDemandThroughput cannot be specified when table "
                    "BillingMode is PROVISIONED."},
        {kUnits,
         {{}, 1},
         "far",
         kInvalid + "MaxWriteRequestUnits for OnDemandThroughput for index: far cannot be "
                    "specified when table BillingMode is PROVISIONED."},
    };
    for (const Row& row : rows) {
        EXPECT_EQ(text(new_maximum(row.asked, row.billing, row.index)), row.result);
    }
}

// If it fails, Terraform's -1 is kept as a number, or one member's change takes the other away.
TEST(Capacity, MembersOfAMaximumChangeOneByOne) {
    const auto changed = [](const UnitsChange& asked, BillingMode billing,
                            const std::string& index = "") {
        Throughput maximum{5, 6};
        const auto status = change_maximum(maximum, asked, billing, index);
        return status ? text(maximum) : status.error().message;
    };
    EXPECT_EQ(changed({}, kDemand), "5,6");
    EXPECT_EQ(changed({-1, {}}, kDemand), "0,6");
    EXPECT_EQ(changed({7, 8}, kDemand), "7,8");
    EXPECT_EQ(changed({{}, 0}, kDemand),
              kInvalid +
                  "Requested MaxWriteRequestUnits for OnDemandThroughput for table is "
                  "outside of valid range");
    EXPECT_EQ(changed({}, kUnits), "5,6");
    EXPECT_EQ(changed({1, {}}, kUnits),
              kInvalid +
                  "MaxReadRequestUnits for OnDemandThroughput cannot be specified when the "
                  "table BillingMode is PROVISIONED");
    EXPECT_EQ(changed({1, {}}, kUnits, "far"),
              kInvalid +
                  "MaxReadRequestUnits for OnDemandThroughput for index : far cannot be "
                  "specified when the table BillingMode is PROVISIONED");
}

// If it fails, a table tells less than every table can do, or what it could do once is forgotten.
TEST(Capacity, WarmThroughputNeverBecomesLess) {
    const std::string initial =
        " is lower than initial throughput for OnDemand. See: https://docs.aws.amazon.com/"
        "amazondynamodb/latest/developerguide/on-demand-capacity-mode.html"
        "#on-demand-capacity-mode-initial";
    EXPECT_EQ(text(new_warm({}, kDemand, {}, "")), "0,0");
    EXPECT_EQ(text(new_warm({12'000, 4'000}, kDemand, {}, "")), "12000,4000");
    EXPECT_EQ(text(new_warm({11'999, {}}, kDemand, {}, "")),
              kInvalid + "Requested ReadUnitsPerSecond for WarmThroughput for table" + initial);
    EXPECT_EQ(
        text(new_warm({{}, 3'999}, kDemand, {}, "far")),
        kInvalid + "Requested WriteUnitsPerSecond for WarmThroughput for index far" + initial);
    EXPECT_EQ(text(new_warm({5, 6}, kUnits, {5, 6}, "")), "5,6");
    EXPECT_EQ(text(new_warm({4, {}}, kUnits, {5, 6}, "")),
              kInvalid +
                  "Requested ReadUnitsPerSecond for WarmThroughput for table is lower than "
                  "ReadCapacityUnits of ProvisionedThroughput");

    Throughput warm{20, 30};
    EXPECT_TRUE(change_warm(warm, {20, 31}, ""));
    EXPECT_EQ(text(warm), "20,31");
    EXPECT_EQ(change_warm(warm, {{}, 30}, "far").error().message,
              kInvalid +
                  "Requested WriteUnitsPerSecond for WarmThroughput for index far is lower "
                  "than current WarmThroughput, decreasing WarmThroughput is not "
                  "supported");
}

// If it fails, a change of the billing mode leaves capacity behind that cannot be.
TEST(Capacity, SettlesToTheBillingMode) {
    Throughput maximum{5, 6};
    Throughput warm{12'500, 1};
    settle_capacity(maximum, warm, kDemand, {});
    EXPECT_EQ(text(maximum), "5,6");
    EXPECT_EQ(text(warm), "12500,4000");
    settle_capacity(maximum, warm, kUnits, {1, 5'000});
    EXPECT_EQ(text(maximum), "0,0");
    EXPECT_EQ(text(warm), "12500,5000");
}

}  // namespace
}  // namespace millbeck::capture
