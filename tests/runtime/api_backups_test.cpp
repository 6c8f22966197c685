// The calls on backups, by their bodies: what they answer, in which order they refuse.
#include <thread>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/support/api_node.hpp"

namespace millbeck::runtime {
namespace {

using Json = nlohmann::json;

constexpr std::string_view kPrefix = "arn:aws:dynamodb:us-east-1:000000000000:table/";

class BackupCalls : public testing::Test {
  protected:
    BackupCalls() {
        ok("CreateTable",
           {{"TableName", "source"},
            {"BillingMode", "PAY_PER_REQUEST"},
            {"AttributeDefinitions", {{{"AttributeName", "id"}, {"AttributeType", "S"}}}},
            {"KeySchema", {{{"AttributeName", "id"}, {"KeyType", "HASH"}}}}});
        put("a");
        put("b");
    }
    Json ok(std::string_view call, const Json& body) {
        return Json::parse(node_.ok(call, body.dump()));
    }
    // `Type: message` of a call that must be refused.
    std::string refused(std::string_view call, const Json& body) {
        const auto response = node_.call(call, body.dump());
        EXPECT_EQ(response.status, 400U) << call << ": " << response.body;
        const Json error = Json::parse(response.body);
        const std::string type = error.at("__type");
        return type.substr(type.find('#') + 1) + ": " + error.value("message", "");
    }
    void put(const std::string& key) {
        ok("PutItem", {{"TableName", "source"}, {"Item", {{"id", {{"S", key}}}}}});
    }
    void switch_recovery_on() {
        ok("UpdateContinuousBackups",
           {{"TableName", "source"},
            {"PointInTimeRecoverySpecification", {{"PointInTimeRecoveryEnabled", true}}}});
    }
    Json described(const std::string& arn) {
        while (true) {
            Json told = ok("DescribeBackup", {{"BackupArn", arn}}).at("BackupDescription");
            if (told.at("BackupDetails").at("BackupStatus") != "CREATING") {
                return told;
            }
            std::this_thread::yield();
        }
    }
    std::string backup() {
        const std::string arn = ok("CreateBackup", {{"TableName", "source"}, {"BackupName", "any"}})
                                    .at("BackupDetails")
                                    .at("BackupArn");
        described(arn);
        return arn;
    }
    void wait_active(const std::string& table) {
        while (ok("DescribeTable", {{"TableName", table}}).at("Table").at("TableStatus") !=
               "ACTIVE") {
            std::this_thread::yield();
        }
    }

    tests::ApiNode node_{tests::small_log(), tests::Copies::Kept};
};

// If it fails, a client reads something else out of a description than the service has in it.
TEST_F(BackupCalls, AnswerWhatTheServiceAnswers) {
    const Json made = ok("CreateBackup", {{"TableName", "source"}, {"BackupName", "mine"}});
    const Json& details = made.at("BackupDetails");
    const std::string arn = details.at("BackupArn");
    EXPECT_TRUE(arn.starts_with(std::string(kPrefix) + "source/backup/01700000000000-")) << arn;
    EXPECT_EQ(details, (Json{{"BackupArn", arn},
                             {"BackupName", "mine"},
                             {"BackupSizeBytes", 6},
                             {"BackupStatus", "CREATING"},
                             {"BackupType", "USER"},
                             {"BackupCreationDateTime", 1700000000.0}}));
    const Json told = described(arn);
    const Json& table = told.at("SourceTableDetails");
    EXPECT_EQ(
        table,
        (Json{{"TableName", "source"},
              {"TableId", table.at("TableId")},
              {"TableArn", std::string(kPrefix) + "source"},
              {"TableSizeBytes", 6},
              {"KeySchema", {{{"AttributeName", "id"}, {"KeyType", "HASH"}}}},
              {"TableCreationDateTime", 1700000000.0},
              {"ProvisionedThroughput", {{"ReadCapacityUnits", 0}, {"WriteCapacityUnits", 0}}},
              {"ItemCount", 2},
              {"BillingMode", "PAY_PER_REQUEST"}}));
    EXPECT_EQ(told.at("SourceTableFeatureDetails"), Json::object());
    const Json listed = ok("ListBackups", Json::object()).at("BackupSummaries");
    EXPECT_EQ(listed, (Json{{{"TableName", "source"},
                             {"TableId", table.at("TableId")},
                             {"TableArn", std::string(kPrefix) + "source"},
                             {"BackupArn", arn},
                             {"BackupName", "mine"},
                             {"BackupSizeBytes", 6},
                             {"BackupStatus", "AVAILABLE"},
                             {"BackupType", "USER"},
                             {"BackupCreationDateTime", 1700000000.0}}}));
    const Json gone = ok("DeleteBackup", {{"BackupArn", arn}}).at("BackupDescription");
    EXPECT_EQ(gone.at("BackupDetails").at("BackupStatus"), "DELETED");
    EXPECT_EQ(gone.at("SourceTableDetails"), table);
}

struct RefusedRow {
    std::string call;
    Json body;
    std::string error;
};

// If it fails, clients are told something else than by the service, or nothing.
TEST_F(BackupCalls, RefuseInTheServicesWords) {
    const std::string nowhere = std::string(kPrefix) + "none/backup/01700000000000-0000000a";
    const std::string constraint = "ValidationException: 1 validation error detected: Value ";
    const std::vector<RefusedRow> rows{
        {"CreateBackup",
         {{"TableName", "none"}, {"BackupName", "any"}},
         "TableNotFoundException: Table not found: none"},
        {"CreateBackup",
         {{"TableName", "source"}, {"BackupName", "a b"}},
         constraint + "'a b' at 'backupName' failed to satisfy constraint: Member must satisfy "
                      "regular expression pattern: [a-zA-Z0-9_.-]+"},
        {"CreateBackup",
         {{"TableName", "source"}, {"BackupName", "ab"}},
         constraint + "'ab' at 'backupName' failed to satisfy constraint: Member must have length "
                      "greater than or equal to 3"},
        {"CreateBackup",
         {{"TableName", "source"}},
         constraint + "null at 'backupName' failed to satisfy constraint: Member must not be null"},
        {"DescribeBackup",
         {{"BackupArn", nowhere}},
         "BackupNotFoundException: Backup not found: " + nowhere},
        {"DeleteBackup",
         {{"BackupArn", nowhere}},
         "BackupNotFoundException: Backup not found: " + nowhere},
        {"DescribeBackup",
         {{"BackupArn", std::string(40, 'x')}},
         "ValidationException: Invalid Backup ARN"},
        {"DeleteBackup",
         {{"BackupArn", std::string(kPrefix) + "source/stream/2015-05-11T21:21:33.291"}},
         "ValidationException: Invalid Backup ARN"},
        {"DescribeBackup",
         {{"BackupArn", "short"}},
         constraint + "'short' at 'backupArn' failed to satisfy constraint: Member must have "
                      "length greater than or equal to 37"},
        {"ListBackups",
         {{"Limit", 101}},
         constraint + "'101' at 'limit' failed to satisfy constraint: Member must have value less "
                      "than or equal to 100"},
        {"ListBackups",
         {{"BackupType", "user"}},
         constraint + "'user' at 'backupType' failed to satisfy constraint: Member must satisfy "
                      "enum value set: [USER, SYSTEM, AWS_BACKUP, ALL]"},
        {"ListBackups",
         {{"TimeRangeLowerBound", 2}, {"TimeRangeUpperBound", 1}},
         "ValidationException: One or more parameter values were invalid: Time range lower bound "
         "must be less than or equal to upper bound"},
        {"RestoreTableFromBackup",
         {{"TargetTableName", "new"}, {"BackupArn", nowhere}},
         "BackupNotFoundException: Backup not found: " + nowhere},
    };
    for (const RefusedRow& row : rows) {
        EXPECT_EQ(refused(row.call, row.body), row.error);
    }
}

// If it fails, a backup is lost to whom it was promised, or restores trip over each other.
TEST_F(BackupCalls, RestoreOneTableAtATime) {
    const std::string arn = backup();
    EXPECT_EQ(
        refused("RestoreTableFromBackup", {{"TargetTableName", "source"}, {"BackupArn", arn}}),
        "TableAlreadyExistsException: Table already exists: source");
    EXPECT_EQ(refused("RestoreTableFromBackup", {{"TargetTableName", "new"},
                                                 {"BackupArn", arn},
                                                 {"BillingModeOverride", "PROVISIONED"}}),
              "ValidationException: Invalid Request: Must override ProvisionedThroughput if "
              "BillingMode is overridden to PROVISIONED");
    const Json made = ok("RestoreTableFromBackup", {{"TargetTableName", "new"}, {"BackupArn", arn}})
                          .at("TableDescription");
    EXPECT_EQ(made.at("TableStatus"), "CREATING");
    EXPECT_EQ(made.at("RestoreSummary"), (Json{{"SourceBackupArn", arn},
                                               {"SourceTableArn", std::string(kPrefix) + "source"},
                                               {"RestoreDateTime", 1700000000.0},
                                               {"RestoreInProgress", true}}));
    // It may have ended meanwhile.
    const auto second = node_.call("RestoreTableFromBackup",
                                   Json{{"TargetTableName", "other"}, {"BackupArn", arn}}.dump());
    if (second.status != 200) {
        EXPECT_NE(second.body.find("Backup is being used to restore another table: " + arn),
                  std::string::npos)
            << second.body;
    }
    wait_active("new");
    EXPECT_EQ(ok("Scan", {{"TableName", "new"}}).at("Count"), 2);
}

// If it fails, a table that was deleted by mistake cannot be had again.
TEST_F(BackupCalls, ADeletedTableLeavesASystemBackup) {
    const Json system{{"TableName", "source"}, {"BackupType", "SYSTEM"}};
    switch_recovery_on();
    put("c");
    node_.clock().advance(base::Milliseconds{5'000});
    ok("DeleteTable", {{"TableName", "source"}});
    const Json found = ok("ListBackups", system).at("BackupSummaries");
    ASSERT_EQ(found.size(), 1U);
    const std::string arn = found[0].at("BackupArn");
    EXPECT_EQ(arn, std::string(kPrefix) + "source/backup/01700000005000-00000000");
    EXPECT_EQ(found[0].at("BackupName"), "source$DeletedTableBackup");
    EXPECT_EQ(found[0].at("BackupExpiryDateTime"), 1700000005.0 + 35 * 24 * 3600);
    EXPECT_EQ(ok("ListBackups", Json::object()).at("BackupSummaries"), Json::array());
    const Json told = described(arn);
    EXPECT_EQ(told.at("SourceTableDetails").at("ItemCount"), 3);
    EXPECT_EQ(told.at("SourceTableFeatureDetails"), Json::object());
    EXPECT_EQ(refused("DeleteBackup", {{"BackupArn", arn}}),
              "ValidationException: Invalid Request: User is not allowed to delete the system "
              "backup with arn " +
                  arn + ". It will automatically expire on 2023-12-19T22:13:25.000Z");
    ASSERT_TRUE(node_.store().maintain());
    ok("RestoreTableFromBackup", {{"TargetTableName", "source"}, {"BackupArn", arn}});
    wait_active("source");
    EXPECT_EQ(ok("Scan", {{"TableName", "source"}}).at("Count"), 3);
    ok("DeleteTable", {{"TableName", "source"}});  // recovery is off again
    EXPECT_EQ(ok("ListBackups", system).at("BackupSummaries").size(), 1U);
}

// If it fails, a change answered just before the end of its table is not in the last backup.
TEST_F(BackupCalls, ASystemBackupHasWhatWasWrittenUpToTheEnd) {
    switch_recovery_on();
    std::atomic<bool> deleted = false;
    std::size_t written = 0;
    std::thread writer([&] {
        while (true) {
            const auto response = node_.call(
                "PutItem", Json{{"TableName", "source"},
                                {"Item", {{"id", {{"S", "w" + std::to_string(written)}}}}}}
                               .dump());
            if (response.status != 200) {
                EXPECT_TRUE(deleted || response.body.find("ResourceNotFound") != std::string::npos);
                return;
            }
            ++written;
        }
    });
    for (int i = 0; i < 50; ++i) {
        put("a");
    }
    ok("DeleteTable", {{"TableName", "source"}});
    deleted = true;
    writer.join();
    const Json found = ok("ListBackups", {{"BackupType", "ALL"}}).at("BackupSummaries");
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(described(found[0].at("BackupArn")).at("SourceTableDetails").at("ItemCount"),
              written + 2);
}

TEST(BackupCallsWithout, ANodeThatKeepsNoneSaysSo) {
    const tests::ApiNode node;
    for (const auto& [call, body] :
         {std::pair{"CreateBackup", R"({"TableName":"tab","BackupName":"any"})"},
          {"ListBackups", "{}"},
          {"ListExports", "{}"}}) {
        const auto response = node.call(call, body);
        EXPECT_EQ(response.status, 400U);
        EXPECT_NE(response.body.find(std::string(call) + " is not supported here"),
                  std::string::npos)
            << response.body;
    }
}

}  // namespace
}  // namespace millbeck::runtime
