// Capacity and encryption in CreateTable and UpdateTable, and what UpdateTable may change at once.
#include <string>
#include <variant>
#include <vector>

#include <gtest/gtest.h>

#include "capture/encryption.hpp"
#include "tests/runtime/refused_rows.hpp"

namespace millbeck::runtime {
namespace {

using capture::BillingMode;
using capture::Throughput;
using tests::create_table;
using tests::expect_refused;
using tests::kInvalid;
using tests::kOne;
using tests::on_demand;
using tests::Row;

const std::string kType = "ValidationException";
const std::string kUnits =
    R"("ProvisionedThroughput":{"ReadCapacityUnits":5,"WriteCapacityUnits":6})";
const std::string kMaximum = R"("OnDemandThroughput":{"MaxReadRequestUnits":9})";
const std::string kWarm = R"("WarmThroughput":{"WriteUnitsPerSecond":5000})";
const std::string kDelete = R"("GlobalSecondaryIndexUpdates":[{"Delete":{"IndexName":"abc"}}])";
const std::string kStreamOff = R"("StreamSpecification":{"StreamEnabled":false})";
const std::string kDemand = R"("BillingMode":"PAY_PER_REQUEST")";

std::string update(const std::string& members) {
    return R"({"TableName":"tab",)" + members + "}";
}

capture::TableUpdate accepted(const std::string& members) {
    const auto parsed = tests::parse("DynamoDB_20120810.UpdateTable", update(members));
    EXPECT_TRUE(parsed) << members << ": " << parsed.error().message;
    return parsed ? std::get<UpdateTableRequest>(*parsed).update : capture::TableUpdate{};
}

Row refused(const std::string& members, const std::string& message) {
    return {"UpdateTable", update(members), kType, message};
}

// If it fails, a table is made with capacity that the service refuses.
TEST(SettingsParser, ChecksCapacityOfNewTables) {
    expect_refused({
        {"CreateTable", on_demand(R"(,"OnDemandThroughput":{"MaxWriteRequestUnits":-1})"), kType,
         kInvalid + "Requested MaxWriteRequestUnits for OnDemandThroughput for table is outside of "
                    "valid range"},
        {"CreateTable", create_table("," + kUnits + "," + kMaximum), kType,
         kInvalid + "MaxReadRequestUnits for OnDemandThroughput cannot be specified when table "
                    "BillingMode is PROVISIONED."},
        {"CreateTable",
         create_table("," + kUnits + R"(,"WarmThroughput":{"WriteUnitsPerSecond":5})"), kType,
         kInvalid + "Requested WriteUnitsPerSecond for WarmThroughput for table is lower than "
                    "WriteCapacityUnits of ProvisionedThroughput"},
        {"CreateTable", on_demand(R"(,"WarmThroughput":{"ReadUnitsPerSecond":"1"})"),
         "SerializationException", "STRING_VALUE cannot be converted to Long"},
    });
    const auto made =
        tests::parse("DynamoDB_20120810.CreateTable", on_demand("," + kMaximum + "," + kWarm));
    ASSERT_TRUE(made) << made.error().message;
    const auto& spec = std::get<CreateTableRequest>(*made).spec;
    EXPECT_EQ(spec.maximum, (Throughput{9, 0}));
    EXPECT_EQ(spec.warm, (Throughput{0, 5000}));
}

// If it fails, a table is made that says of its encryption what was not asked for.
TEST(SettingsParser, ChecksEncryption) {
    const auto with = [](const std::string& members) {
        return on_demand(R"(,"SSESpecification":{)" + members + "}");
    };
    const std::string key = R"("KMSMasterKeyId":"1234abcd-12ab-34cd-56ef-1234567890ab")";
    expect_refused({
        {"CreateTable", with(R"("Enabled":true,"SSEType":"AES256")"), kType,
         kInvalid + "SSEType AES256 is not supported"},
        {"CreateTable", with(R"("Enabled":false,"SSEType":"KMS")"), kType,
         kInvalid + "SSEType can not be specified if Enabled is false"},
        {"CreateTable", with(R"("Enabled":false,)" + key), kType,
         kInvalid + "KMSMasterKeyId can not be specified if Enabled is false"},
        {"CreateTable", with(R"("Enabled":true,)" + key), kType,
         kInvalid + "SSEType KMS is required if KMSMasterKeyId is specified"},
        {"CreateTable", with(R"("SSEType":"DES")"), kType,
         kOne + "Value 'DES' at 'sSESpecification.sSEType' failed to satisfy constraint: Member "
                "must satisfy enum value set: [AES256, KMS]"},
        {"CreateTable", with(R"("SSEType":"KMS","KMSMasterKeyId":"alias/mine")"), kType,
         "KMS validation error: com.amazonaws.services.kms.model.NotFoundException: Alias "
         "alias/mine is not found."},
    });
    const std::string own(capture::kManagedKey);
    const std::vector<std::pair<std::string, std::string>> good{
        {R"("Enabled":false)", ""},
        {"", ""},
        {R"("Enabled":true)", own},
        {R"("SSEType":"KMS")", own},
        {R"("Enabled":true,"SSEType":"KMS",)" + key, "1234abcd-12ab-34cd-56ef-1234567890ab"},
    };
    for (const auto& [members, expected] : good) {
        const auto made = tests::parse("DynamoDB_20120810.CreateTable", with(members));
        ASSERT_TRUE(made) << made.error().message;
        EXPECT_EQ(std::get<CreateTableRequest>(*made).spec.encryption_key, expected);
        const auto changed = accepted(R"("SSESpecification":{)" + members + "}");
        EXPECT_EQ(changed.encryption_key, expected);
    }
}

// If it fails, changes happen at once that the service refuses together, or the other way round.
TEST(SettingsParser, ChecksWhatMayChangeTogether) {
    const std::string alone = " modification must be the only operation in the request";
    const std::string sse = R"("SSESpecification":{"Enabled":true})";
    const std::string table_class = R"("TableClass":"STANDARD")";
    const std::string protection = R"("DeletionProtectionEnabled":true)";
    const std::string maximum_alone =
        kInvalid +
        "OnDemandThroughput can only be combined with BillingMode in an UpdateTable request";
    expect_refused({
        refused(R"("GlobalSecondaryIndexUpdates":[],)" + kDemand,
                kInvalid + "List of GlobalSecondaryIndexUpdates is empty"),
        refused(sse + "," + table_class, kInvalid + "Server-Side Encryption" + alone),
        refused(table_class + "," + protection, kInvalid + "TableClass" + alone),
        refused(protection + "," + kDemand, kInvalid + "DeletionProtection" + alone),
        refused(kMaximum + "," + kUnits, maximum_alone),
        refused(kMaximum + "," + kWarm, maximum_alone),
        refused(kMaximum + "," + kDemand + "," + kStreamOff, maximum_alone),
        refused(kWarm + "," + kStreamOff,
                kInvalid + "WarmThroughput must be the only operation in the request"),
        refused(kStreamOff + "," + kUnits,
                kInvalid + "You cannot modify stream status while updating table IOPS"),
        refused(kDelete + "," + kUnits,
                kInvalid + "You cannot create or delete index while updating table IOPS"),
        refused(kDelete + "," + kStreamOff,
                kInvalid + "You cannot create or delete index while changing stream status"),
        refused(kDemand + "," + kUnits,
                kInvalid + "ProvisionedThroughput cannot be specified when BillingMode is "
                           "PAY_PER_REQUEST"),
        refused(R"("BillingMode":"PROVISIONED")",
                kInvalid + "ProvisionedThroughput must be specified when BillingMode is "
                           "PROVISIONED"),
    });
}

TEST(SettingsParser, TakesChangesThatGoTogether) {
    const auto stream = accepted(kDemand + "," + kStreamOff);
    EXPECT_EQ(stream.billing, BillingMode::PayPerRequest);
    EXPECT_TRUE(stream.stream && !stream.stream->has_value());
    const auto maximum = accepted(kDemand + "," + kMaximum);
    EXPECT_EQ(maximum.maximum.read_units, 9);
    EXPECT_FALSE(maximum.maximum.write_units);
    EXPECT_EQ(accepted(kWarm).warm.write_units, 5000);
    EXPECT_EQ(accepted(kDemand + "," + kDelete).delete_index, "abc");
    const auto index = accepted(R"("GlobalSecondaryIndexUpdates":[{"Update":{"IndexName":"abc",)" +
                                kMaximum + "," + kWarm + "}}]");
    ASSERT_EQ(index.index_capacities.size(), 1U);
    EXPECT_EQ(index.index_capacities[0].maximum.read_units, 9);
    EXPECT_EQ(index.index_capacities[0].warm.write_units, 5000);
    EXPECT_FALSE(index.index_capacities[0].throughput);
}

}  // namespace
}  // namespace millbeck::runtime
