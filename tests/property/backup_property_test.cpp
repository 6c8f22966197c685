// Random tables with indexes and all types of values, random writes: a backup restored, a full
// export and a chain of increments are each the table of their moment, by an oracle.
#include <map>
#include <random>
#include <thread>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "runtime/transfer/byte_source.hpp"
#include "runtime/transfer/import_files.hpp"
#include "runtime/transfer/item_line.hpp"
#include "runtime/transfer/line_reader.hpp"
#include "tests/support/api_node.hpp"
#include "tests/support/item_generator.hpp"
#include "tests/support/seed.hpp"

namespace millbeck::runtime {
namespace {

using base::Milliseconds;
using shardlog::TableName;
using Json = nlohmann::json;

constexpr std::string_view kArn = "arn:aws:dynamodb:us-east-1:000000000000:table/";
constexpr int kRounds = 6;
constexpr int kWrites = 60;
constexpr int kKeys = 40;
constexpr Milliseconds kRound{16 * 60'000};  // an increment's shortest, and a little

using Items = std::map<std::string, std::string>;  // key -> canonical text

class BackupProperty : public testing::Test {
  protected:
    BackupProperty() : seed_(tests::test_seed(21)), random_(seed_), generator_(seed_) {
        node_.ok("CreateTable", R"({"TableName":"tab","BillingMode":"PAY_PER_REQUEST",
            "AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"S"},
                                    {"AttributeName":"g","AttributeType":"N"}],
            "KeySchema":[{"AttributeName":"pk","KeyType":"HASH"}],
            "GlobalSecondaryIndexes":[{"IndexName":"by-g",
                "KeySchema":[{"AttributeName":"g","KeyType":"HASH"}],
                "Projection":{"ProjectionType":"ALL"}}]})");
        node_.ok("UpdateContinuousBackups", R"({"TableName":"tab",
            "PointInTimeRecoverySpecification":{"PointInTimeRecoveryEnabled":true}})");
    }

    Json ok(std::string_view call, const Json& body) {
        return Json::parse(node_.ok(call, body.dump()));
    }
    std::uint64_t below(std::uint64_t limit) { return random_() % limit; }

    // `{"g":..,"pk":..,` and whatever the generator thinks of.
    std::string any_item(const std::string& key) {
        std::string sample = generator_.next().canonical;
        std::string item = R"({"pk":{"S":")" + key + R"("})";
        if (below(2) == 0) {
            item += R"(,"g":{"N":")" + std::to_string(below(5)) + R"("})";
        }
        const auto parsed = shardlog::parse_item(sample);
        const bool clashes = !parsed || parsed->find("pk") || parsed->find("g");
        return item + (sample.size() > 2 && !clashes ? "," + sample.substr(1) : "}");
    }

    void write_some() {
        for (int i = 0; i < kWrites; ++i) {
            const std::string key = "k" + std::to_string(below(kKeys));
            if (below(4) == 0) {
                node_.ok("DeleteItem",
                         R"({"TableName":"tab","Key":{"pk":{"S":")" + key + R"("}}})");
                now_.erase(key);
            } else {
                const std::string item = any_item(key);
                node_.ok("PutItem", R"({"TableName":"tab","Item":)" + item + "}");
                now_[key] = shardlog::parse_item(item)->text();
            }
            node_.clock().advance(Milliseconds{below(5)});
        }
    }

    Items stored(const std::string& table) {
        Items found;
        EXPECT_TRUE(node_.store().for_each_item(TableName{table}, [&](std::string_view item) {
            const Json json = Json::parse(item);
            found[json.at("pk").at("S")] = item;
            return base::Status{};
        }));
        return found;
    }

    void check_backup(const std::string& arn, const Items& then, const std::string& target) {
        while (ok("DescribeBackup",
                  {{"BackupArn", arn}})["BackupDescription"]["BackupDetails"]["BackupStatus"] !=
               "AVAILABLE") {
            std::this_thread::yield();
        }
        ok("RestoreTableFromBackup", {{"BackupArn", arn}, {"TargetTableName", target}});
        while (ok("DescribeTable", {{"TableName", target}})["Table"]["TableStatus"] != "ACTIVE") {
            std::this_thread::yield();
        }
        EXPECT_EQ(stored(target), then) << "seed " << seed_;
        std::size_t indexed = 0;
        for (const auto& [key, item] : then) {
            indexed += Json::parse(item).contains("g") ? 1U : 0U;
        }
        EXPECT_EQ(ok("Scan", {{"TableName", target}, {"IndexName", "by-g"}})["Count"], indexed);
    }

    // What an import of the export makes of these items.
    Items imported(const Json& more, Items items) {
        Json wish{{"TableArn", std::string(kArn) + "tab"}, {"S3Bucket", "bucket"}};
        wish.update(more);
        Json told = ok("ExportTableToPointInTime", wish)["ExportDescription"];
        while (told["ExportStatus"] == "IN_PROGRESS") {
            told = ok("DescribeExport", {{"ExportArn", told["ExportArn"]}})["ExportDescription"];
        }
        EXPECT_EQ(told["ExportStatus"], "COMPLETED") << told.dump(1);
        const base::Path manifest =
            node_.path() / "exports" / "bucket" / told["ExportManifest"].get<std::string>();
        const auto plan = plan_import(*files_, manifest.parent_path().native(), {});
        EXPECT_TRUE(plan) << plan.error().message;
        for (const ImportFile& file : plan->files) {
            EXPECT_TRUE(check_md5(*files_, file));
            auto source = open_source(*files_, file.path);
            LineReader lines(std::move(*source));
            for (auto line = lines.next(); line && *line; line = lines.next()) {
                apply(**line, items);
            }
        }
        return items;
    }

    static void apply(std::string_view line, Items& items) {
        const capture::KeySchema keys{.hash = {"pk", shardlog::AttributeType::S}, .range = {}};
        const auto write = parse_item_line(line, TableName{"tab"}, keys);
        ASSERT_TRUE(write) << write.error().message << ": " << line;
        if (const auto* put = std::get_if<capture::PutWrite>(&*write)) {
            items[Json::parse(put->item.text()).at("pk").at("S")] = put->item.text();
        } else {
            const auto& gone = std::get<capture::DeleteWrite>(*write);
            EXPECT_EQ(items.erase(Json::parse(gone.key.text()).at("pk").at("S")), 1U) << line;
        }
    }

    double seconds() { return static_cast<double>(base::to_millis(node_.clock().wall())) / 1'000; }

    const std::uint64_t seed_;
    std::mt19937_64 random_;
    tests::ItemGenerator generator_;
    std::unique_ptr<base::FileSystem> files_ = base::system_files();
    tests::ApiNode node_{tests::small_log(), tests::Copies::Kept};
    Items now_;
};

// If it fails, a copy of a table is not the table.
TEST_F(BackupProperty, CopiesAreTheTableOfTheirMoment) {
    node_.clock().advance(Milliseconds{10});
    Items loaded;  // by a chain of increments
    double from = 1'700'000'000;
    for (int round = 0; round < kRounds && !HasFailure(); ++round) {
        write_some();
        node_.clock().advance(kRound);
        const Items then = now_;
        const double moment = seconds();
        const std::string arn =
            ok("CreateBackup",
               {{"TableName", "tab"}, {"BackupName", "any"}})["BackupDetails"]["BackupArn"];
        write_some();  // later, in part in the very millisecond of the call
        check_backup(arn, then, "restored-" + std::to_string(round));
        loaded = imported({{"ExportType", "INCREMENTAL_EXPORT"},
                           {"IncrementalExportSpecification",
                            {{"ExportFromTime", from}, {"ExportToTime", moment}}}},
                          std::move(loaded));
        EXPECT_EQ(loaded, then) << "seed " << seed_ << ", round " << round;
        EXPECT_EQ(imported({{"ExportTime", moment - 0.001}}, {}), then) << "seed " << seed_;
        EXPECT_EQ(imported(Json::object(), {}), now_) << "seed " << seed_;
        from = moment;
        node_.clock().advance(Milliseconds{10});
    }
}

}  // namespace
}  // namespace millbeck::runtime
