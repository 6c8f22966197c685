// The calls on exports, by their bodies: what they answer and refuse, full and incremental.
#include <filesystem>
#include <map>
#include <thread>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "runtime/transfer/byte_source.hpp"
#include "runtime/transfer/import_files.hpp"
#include "runtime/transfer/line_reader.hpp"
#include "tests/support/api_node.hpp"

namespace millbeck::runtime {
namespace {

using base::Milliseconds;
using Json = nlohmann::json;

constexpr std::string_view kPrefix = "arn:aws:dynamodb:us-east-1:000000000000:table/";
constexpr Milliseconds kMinute{60'000};

class ExportCalls : public testing::Test {
  protected:
    ExportCalls() {
        make("source");
        ok("UpdateContinuousBackups",
           {{"TableName", "source"},
            {"PointInTimeRecoverySpecification", {{"PointInTimeRecoveryEnabled", true}}}});
        node_.clock().advance(Milliseconds{1'000});
    }
    void make(const std::string& table) {
        ok("CreateTable",
           {{"TableName", table},
            {"BillingMode", "PAY_PER_REQUEST"},
            {"AttributeDefinitions", {{{"AttributeName", "id"}, {"AttributeType", "S"}}}},
            {"KeySchema", {{{"AttributeName", "id"}, {"KeyType", "HASH"}}}}});
    }
    Json ok(std::string_view call, const Json& body) {
        return Json::parse(node_.ok(call, body.dump()));
    }
    std::string refused(std::string_view call, const Json& body) {
        const auto response = node_.call(call, body.dump());
        EXPECT_EQ(response.status, 400U) << call << ": " << response.body;
        const Json error = Json::parse(response.body);
        const std::string type = error.at("__type");
        return type.substr(type.find('#') + 1) + ": " + error.value("message", "");
    }
    static Json wish(const Json& more) {
        Json body{{"TableArn", std::string(kPrefix) + "source"}, {"S3Bucket", "bucket"}};
        body.update(more);
        return body;
    }
    static Json increment(const Json& times) {
        return {{"ExportType", "INCREMENTAL_EXPORT"}, {"IncrementalExportSpecification", times}};
    }
    void put(const std::string& key, const std::string& value) {
        ok("PutItem",
           {{"TableName", "source"}, {"Item", {{"id", {{"S", key}}}, {"v", {{"S", value}}}}}});
    }
    void remove(const std::string& key) {
        ok("DeleteItem", {{"TableName", "source"}, {"Key", {{"id", {{"S", key}}}}}});
    }
    Json ended(const Json& begun) {
        while (true) {
            Json told = ok("DescribeExport", {{"ExportArn", begun.at("ExportArn")}})
                            .at("ExportDescription");
            if (told.at("ExportStatus") != "IN_PROGRESS") {
                return told;
            }
            std::this_thread::yield();
        }
    }
    Json exported(const Json& more) {
        const Json told = ended(ok("ExportTableToPointInTime", wish(more)).at("ExportDescription"));
        EXPECT_EQ(told.at("ExportStatus"), "COMPLETED") << told.dump(1);
        return told;
    }
    // The lines of an export, by the key of their item.
    std::map<std::string, Json> lines(const Json& told) {
        const base::Path manifest = node_.path() / "exports" /
                                    told.at("S3Bucket").get<std::string>() /
                                    told.at("ExportManifest").get<std::string>();
        const auto plan = plan_import(*files_, manifest.parent_path().native(), {});
        EXPECT_TRUE(plan) << plan.error().message;
        std::map<std::string, Json> found;
        for (const ImportFile& file : plan->files) {
            EXPECT_TRUE(check_md5(*files_, file));
            auto source = open_source(*files_, file.path);
            LineReader reader(std::move(*source));
            for (auto line = reader.next(); line && *line; line = reader.next()) {
                const Json json = Json::parse(**line);
                const Json& keys = json.contains("Item") ? json.at("Item") : json.at("Keys");
                found[keys.at("id").at("S")] = json;
            }
        }
        EXPECT_EQ(found.size(), told.at("ItemCount"));
        return found;
    }
    double now() { return static_cast<double>(base::to_millis(node_.clock().wall())) / 1'000; }

    std::unique_ptr<base::FileSystem> files_ = base::system_files();
    tests::ApiNode node_{tests::small_log(), tests::Copies::Kept};
};

// If it fails, a client reads something else out of a description than the service has in it.
TEST_F(ExportCalls, AnswerWhatTheServiceAnswers) {
    put("a", "1");
    const Json begun =
        ok("ExportTableToPointInTime", wish({{"ClientToken", "t"}})).at("ExportDescription");
    const std::string arn = begun.at("ExportArn");
    EXPECT_TRUE(arn.starts_with(std::string(kPrefix) + "source/export/01700000001000-")) << arn;
    Json wanted{{"ExportArn", arn},
                {"ExportStatus", "IN_PROGRESS"},
                {"StartTime", 1700000001.0},
                {"TableArn", std::string(kPrefix) + "source"},
                {"TableId", begun.at("TableId")},
                {"ExportTime", 1700000001.0},
                {"ClientToken", "t"},
                {"S3Bucket", "bucket"},
                {"S3SseAlgorithm", "AES256"},
                {"ExportFormat", "DYNAMODB_JSON"}};
    EXPECT_EQ(begun, wanted);
    wanted.update({{"ExportStatus", "COMPLETED"},
                   {"EndTime", 1700000001.0},
                   {"ItemCount", 1},
                   {"BilledSizeBytes", 40},
                   {"ExportManifest",
                    "AWSDynamoDB/" + arn.substr(arn.size() - 23) + "/manifest-summary.json"}});
    EXPECT_EQ(ended(begun), wanted);
    EXPECT_EQ(ok("ListExports", Json::object()), (Json{{"ExportSummaries",
                                                        {{{"ExportArn", arn},
                                                          {"ExportStatus", "COMPLETED"},
                                                          {"ExportType", "FULL_EXPORT"}}}}}));
}

// If it fails, what is loaded from increments is another table than the source.
TEST_F(ExportCalls, AnIncrementIsWhatChangedInIt) {
    for (const char* key : {"stays", "changes", "goes", "returns"}) {
        put(key, "old");
    }
    node_.clock().advance(kMinute);
    const double from = now();
    put("changes", "between");
    node_.clock().advance(kMinute);
    put("changes", "new");
    put("comes", "new");
    put("comes-and-goes", "new");
    remove("comes-and-goes");
    remove("goes");
    put("returns", "other");
    put("returns", "old");
    node_.clock().advance(20 * kMinute);
    const double to = now();
    put("changes", "too late");
    node_.clock().advance(kMinute);
    const Json told = exported(increment({{"ExportFromTime", from}, {"ExportToTime", to}}));
    EXPECT_EQ(told.at("ExportType"), "INCREMENTAL_EXPORT");
    EXPECT_EQ(told.at("IncrementalExportSpecification"),
              (Json{{"ExportFromTime", from},
                    {"ExportToTime", to},
                    {"ExportViewType", "NEW_AND_OLD_IMAGES"}}));
    EXPECT_FALSE(told.contains("ExportTime"));
    const auto item = [](const char* key, const char* value) {
        return Json{{"id", {{"S", key}}}, {"v", {{"S", value}}}};
    };
    const auto key = [](const char* name) { return Json{{"id", {{"S", name}}}}; };
    const Json metadata{{"WriteTimestampMicros", {{"N", "1700000121000000"}}}};
    const auto found = lines(told);
    EXPECT_EQ(
        found,
        (std::map<std::string, Json>{
            {"changes",
             {{"Metadata", metadata},
              {"Keys", key("changes")},
              {"OldImage", item("changes", "old")},
              {"NewImage", item("changes", "new")}}},
            {"comes",
             {{"Metadata", metadata}, {"Keys", key("comes")}, {"NewImage", item("comes", "new")}}},
            {"goes",
             {{"Metadata", metadata}, {"Keys", key("goes")}, {"OldImage", item("goes", "old")}}}}));
    Json new_only = increment(
        {{"ExportFromTime", from}, {"ExportToTime", to}, {"ExportViewType", "NEW_IMAGE"}});
    for (const auto& [name, line] : lines(exported(new_only))) {
        EXPECT_FALSE(line.contains("OldImage")) << line.dump();
        EXPECT_EQ(line.contains("NewImage"), name != "goes");
    }
    // From the beginning of the table, up to now.
    const auto all = lines(exported(increment({{"ExportFromTime", 1700000000}})));
    EXPECT_EQ(all.size(), 4U);
    EXPECT_EQ(all.at("changes").at("NewImage"), item("changes", "too late"));
}

struct RefusedRow {
    Json more;
    std::string error;
};

// If it fails, an export is another one than was asked for, or the client cannot tell why not.
TEST_F(ExportCalls, RefuseInTheServicesWords) {
    make("plain");
    node_.clock().advance(30 * kMinute);
    const double late = now();
    const std::string invalid = "ValidationException: ";
    const std::string request = invalid + "Invalid Request: ";
    const std::string constraint = invalid + "1 validation error detected: Value ";
    const std::string time = "InvalidExportTimeException: ";
    const std::string plain = std::string(kPrefix) + "plain";
    const std::vector<RefusedRow> rows{
        {{{"TableArn", "source"}},
         invalid + "One or more parameter values were invalid: tableArn is not a valid ARN"},
        {{{"TableArn", std::string(kPrefix) + "source/index/by-x"}},
         request + "Table ARN is invalid."},
        {{{"TableArn", std::string(kPrefix) + "none"}},
         "TableNotFoundException: Table not found: " + std::string(kPrefix) + "none"},
        {{{"TableArn", plain}},
         "PointInTimeRecoveryUnavailableException: Point in time recovery is not enabled for table "
         "'plain'"},
        {{{"ExportTime", late + 1}}, time + "Export Time is invalid"},
        {{{"ExportTime", 1600000000}}, time + "Export Time is invalid"},
        {{{"S3Bucket", "a/b"}},
         constraint + "'a/b' at 's3Bucket' failed to satisfy constraint: Member must satisfy "
                      R"(regular expression pattern: ^[a-z0-9A-Z]+[\.\-\w]*[a-z0-9A-Z]+$)"},
        {{{"S3BucketOwner", "me"}},
         constraint + "'me' at 's3BucketOwner' failed to satisfy constraint: Member must satisfy "
                      "regular expression pattern: [0-9]{12}"},
        {{{"ClientToken", "a$b"}},
         constraint + "'a$b' at 'clientToken' failed to satisfy constraint: Member must satisfy "
                      R"(regular expression pattern: ^[^\$]+$)"},
        {{{"ExportFormat", "CSV"}},
         constraint + "'CSV' at 'exportFormat' failed to satisfy constraint: Member must satisfy "
                      "enum value set: [DYNAMODB_JSON, ION]"},
        {{{"ExportFormat", "ION"}}, invalid + "ExportFormat ION is not supported by Millbeck yet"},
        {{{"FilterSpecification", Json::object()}},
         invalid + "FilterSpecification is not supported by Millbeck yet"},
        {{{"S3Prefix", "../up"}},
         invalid + "S3Prefix ../up is no path of folders, which is all that is supported by "
                   "Millbeck"},
        {{{"S3SseKmsKeyId", "key"}},
         request + "KMS Key Id is not supported for this encryption type"},
        {{{"IncrementalExportSpecification", {{"ExportFromTime", late}}}},
         request + "Export Type expected to be Incremental Export when incremental export "
                   "specification is provided"},
        {{{"ExportType", "FULL_EXPORT"},
          {"IncrementalExportSpecification", {{"ExportFromTime", late}}}},
         request + "When Export Type is Full Export , Incremental Export Specification should not "
                   "be provided"},
        {{{"ExportType", "INCREMENTAL_EXPORT"}},
         request + "Incremental Export Specification expected when export type is set as "
                   "Incremental Export"},
        {increment(Json::object()),
         request + "ExportFromTime must be provided in IncrementalExportSpecification"},
        {increment({{"ExportFromTime", 1600000000}}),
         time + "Incremental export period from time cannot be less than the table creation time : "
                "2020-09-13T12:26:40Z"},
        {increment({{"ExportFromTime", late}, {"ExportToTime", late + 3600}}),
         time + "Incremental export period to time cannot be greater than the current time : "
                "2023-11-14T23:43:21Z"},
        {increment({{"ExportFromTime", late - 899}}),
         time + "Difference between export period from time and export period to time is less "
                "than 15 minutes"},
    };
    for (const RefusedRow& row : rows) {
        EXPECT_EQ(refused("ExportTableToPointInTime", wish(row.more)), row.error);
    }
    Json of_plain = increment({{"ExportFromTime", late - 901}});
    of_plain["TableArn"] = plain;
    EXPECT_EQ(refused("ExportTableToPointInTime", wish(of_plain)),
              "PointInTimeRecoveryUnavailableException: Point in time recovery is not enabled for "
              "table 'plain'");
    node_.clock().advance(26 * 60 * kMinute);
    EXPECT_EQ(refused("ExportTableToPointInTime", wish(increment({{"ExportFromTime", late}}))),
              time +
                  "Difference between export period from time and export period to time is "
                  "greater than 24 hours");
    exported(increment({{"ExportFromTime", now() - 900}}));
    const std::string nowhere = std::string(kPrefix) + "source/export/01700000000000-0000000a";
    EXPECT_EQ(refused("DescribeExport", {{"ExportArn", nowhere}}),
              "ExportNotFoundException: Export not found: Export not found: " + nowhere);
    EXPECT_EQ(refused("DescribeExport", {{"ExportArn", std::string(kPrefix) + "source"}}),
              invalid + "Invalid Export ARN");
    EXPECT_EQ(refused("ListExports", {{"MaxResults", 26}}),
              constraint +
                  "'26' at 'maxResults' failed to satisfy constraint: Member must have "
                  "value less than or equal to 25");
    EXPECT_EQ(refused("ListExports", {{"NextToken", "../.."}}),
              request + "Provided nextToken is invalid: ../..");
}

// If it fails, a token stands for its first request for ever, or not as long as it should.
TEST_F(ExportCalls, ATokenIsForgottenAfterEightHours) {
    const Json body = wish({{"ClientToken", "same"}});
    const auto begin = [&] {
        return ok("ExportTableToPointInTime", body).at("ExportDescription").at("ExportArn");
    };
    const Json first = begin();
    node_.clock().advance(8 * 60 * kMinute - Milliseconds{1});
    EXPECT_EQ(begin(), first);
    Json other = body;
    other["S3Prefix"] = "p";
    EXPECT_EQ(refused("ExportTableToPointInTime", other),
              "ExportConflictException: Export conflict: Duplicate request detected with "
              "conflicting parameters");
    node_.clock().advance(Milliseconds{1});
    EXPECT_NE(begin(), first);
}

// If it fails, an export is told of for ever, or lost by a restart.
TEST_F(ExportCalls, AnExportIsToldOfForNinetyDays) {
    put("a", "1");
    const Json told = exported(
        {{"S3Prefix", "p/q"}, {"S3SseAlgorithm", "KMS"}, {"S3SseKmsKeyId", "alias/aws/s3"}});
    node_.restart();
    EXPECT_EQ(ended(told), told);
    EXPECT_EQ(told.at("S3SseKmsKeyId"), "alias/aws/s3");
    EXPECT_EQ(lines(told).size(), 1U);
    node_.clock().advance(90 * 24 * 60 * kMinute);
    const Json by_arn{{"ExportArn", told.at("ExportArn")}};
    EXPECT_EQ(refused("DescribeExport", by_arn).substr(0, 24), "ExportNotFoundException:");
    EXPECT_EQ(ok("ListExports", Json::object()).at("ExportSummaries"), Json::array());
    node_.restart();
    EXPECT_EQ(ok("ListExports", Json::object()).at("ExportSummaries"), Json::array());
}

}  // namespace
}  // namespace millbeck::runtime
