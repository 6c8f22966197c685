#include "capture/table_update.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace millbeck::capture {
namespace {

using shardlog::StreamViewType;

TableSpec provisioned() {
    TableSpec spec;
    spec.name = shardlog::TableName{"music"};
    spec.throughput = {5, 6};
    return spec;
}

TableSpec on_demand() {
    TableSpec spec = provisioned();
    spec.billing = BillingMode::PayPerRequest;
    spec.throughput = {};
    return spec;
}

// Mode and units that do not fit would be shown by DescribeTable for ever.
TEST(TableUpdate, BillingAndUnitsGoTogetherOrAreRefused) {
    struct Case {
        TableSpec spec;
        std::optional<BillingMode> billing;
        std::optional<Throughput> units;
        std::string message_begin;  // "" = accepted
        Throughput after;
    };
    const std::string prefix = "One or more parameter values were invalid: ";
    const std::vector<Case> cases = {
        {provisioned(), std::nullopt, Throughput{7, 8}, "", {7, 8}},
        {provisioned(), std::nullopt, std::nullopt, "", {5, 6}},
        {provisioned(),
         std::nullopt,
         Throughput{5, 6},
         "The provisioned throughput for the table will not change. The requested value equals the "
         "current value. Current ReadCapacityUnits provisioned for the table: 5. Requested "
         "ReadCapacityUnits: 5. Current WriteCapacityUnits provisioned for the table: 6. ",
         {}},
        {provisioned(), BillingMode::PayPerRequest, std::nullopt, "", {0, 0}},
        {provisioned(),
         BillingMode::PayPerRequest,
         Throughput{1, 1},
         prefix + "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when "
                  "BillingMode is PAY_PER_REQUEST",
         {}},
        {on_demand(), BillingMode::Provisioned, Throughput{1, 2}, "", {1, 2}},
        {on_demand(),
         BillingMode::Provisioned,
         std::nullopt,
         prefix + "ProvisionedThroughput must be specified when BillingMode is PROVISIONED",
         {}},
        {on_demand(),
         std::nullopt,
         Throughput{1, 1},
         prefix + "Neither ReadCapacityUnits nor WriteCapacityUnits",
         {}},
    };
    for (const Case& one : cases) {
        TableSpec spec = one.spec;
        TableUpdate update;
        update.billing = one.billing;
        update.throughput = one.units;
        const base::Status applied = apply_settings(spec, update);
        if (!one.message_begin.empty()) {
            ASSERT_FALSE(applied) << one.message_begin;
            EXPECT_EQ(applied.error().message.substr(0, one.message_begin.size()),
                      one.message_begin);
            continue;
        }
        ASSERT_TRUE(applied) << applied.error().message;
        EXPECT_EQ(spec.throughput.read_units, one.after.read_units);
        EXPECT_EQ(spec.throughput.write_units, one.after.write_units);
        EXPECT_EQ(spec.billing, one.billing.value_or(one.spec.billing));
    }
}

// If it fails, DescribeTable shows capacity that the billing mode cannot have.
TEST(TableUpdate, CapacityFollowsTheBillingMode) {
    TableSpec spec = on_demand();
    spec.maximum = {10, 20};
    spec.warm = {15'000, 4'000};
    TableUpdate to_units;
    to_units.billing = BillingMode::Provisioned;
    to_units.throughput = Throughput{1, 5'000};
    ASSERT_TRUE(apply_settings(spec, to_units));
    EXPECT_EQ(spec.maximum, Throughput{});
    EXPECT_EQ(spec.warm, (Throughput{15'000, 5'000})) << "warm throughput never becomes less";
    TableUpdate back;
    back.billing = BillingMode::PayPerRequest;
    back.maximum.read_units = 7;
    back.warm.write_units = 6'000;
    ASSERT_TRUE(apply_settings(spec, back));
    EXPECT_EQ(spec.maximum, (Throughput{7, 0}));
    EXPECT_EQ(spec.warm, (Throughput{15'000, 6'000}));
}

// If it fails, a table tells another key than it was given, or Terraform sees a change for ever.
TEST(TableUpdate, TheEncryptionKeyIsTheOneLastGiven) {
    TableSpec spec = on_demand();
    TableUpdate update;
    update.encryption_key = "";
    EXPECT_EQ(apply_settings(spec, update).error().message,
              "One or more parameter values were invalid: Table is already encrypted by default");
    update.encryption_key = "9b1deb4d-3b7d-4bad-9bdd-2b0d7b3dcb6d";
    ASSERT_TRUE(apply_settings(spec, update));
    EXPECT_EQ(spec.encryption_key, "9b1deb4d-3b7d-4bad-9bdd-2b0d7b3dcb6d");
    ASSERT_TRUE(apply_settings(spec, TableUpdate{}));
    EXPECT_EQ(spec.encryption_key, "9b1deb4d-3b7d-4bad-9bdd-2b0d7b3dcb6d");
    update.encryption_key = "";
    ASSERT_TRUE(apply_settings(spec, update));
    EXPECT_EQ(spec.encryption_key, "");
}

// A table made without a class tells none; the standard one is what it has.
TEST(TableUpdate, TheStandardClassIsToldOnlyOfATableThatHadAnother) {
    TableSpec spec = on_demand();
    TableUpdate update;
    const auto set = [&](const char* table_class) {
        update.table_class = table_class;
        EXPECT_TRUE(apply_settings(spec, update));
        return spec.table_class;
    };
    EXPECT_EQ(set("STANDARD"), "");
    EXPECT_EQ(set("STANDARD_INFREQUENT_ACCESS"), "STANDARD_INFREQUENT_ACCESS");
    EXPECT_EQ(set("STANDARD"), "STANDARD");
}

// A view type changed in place would make old records lie about what they carry.
TEST(TableUpdate, StreamsAreSwitchedOnOnlyWhenOffAndOffOnlyWhenOn) {
    TableSpec with = provisioned();
    with.stream = StreamViewType::NewImage;
    const TableSpec without = provisioned();
    TableUpdate on;
    on.stream = std::optional(StreamViewType::NewImage);
    TableUpdate off;
    off.stream = std::optional<StreamViewType>();
    EXPECT_TRUE(check_stream_change(without, on));
    EXPECT_TRUE(check_stream_change(with, off));
    EXPECT_TRUE(check_stream_change(with, TableUpdate{}));
    EXPECT_EQ(check_stream_change(with, on).error().message,
              "Table already has an enabled stream: TableName: music");
    EXPECT_EQ(check_stream_change(without, off).error().message,
              "Table has no stream to disable: TableName: music");
}

// If it fails, bills are split by tags that nobody set, or a tag cannot be taken off again.
TEST(TableUpdate, TagsAreSetReplacedAndRemovedByKey) {
    const auto keys_and_values = [](const std::vector<Tag>& tags) {
        std::string text;
        for (const Tag& tag : tags) {
            text.append(tag.key).append("=").append(tag.value).append(" ");
        }
        return text;
    };
    std::vector<Tag> tags = {{"b", "1"}, {"a", "2"}};
    TableUpdate set;
    set.tags_set = {{"c", "3"}, {"b", "4"}};
    ASSERT_TRUE(apply_tags(tags, set));
    EXPECT_EQ(keys_and_values(tags), "a=2 b=4 c=3 ");
    TableUpdate remove;
    remove.tags_removed = {"a", "none"};
    ASSERT_TRUE(apply_tags(tags, remove));
    EXPECT_EQ(keys_and_values(tags), "b=4 c=3 ");

    TableUpdate many;
    for (std::size_t i = 2; i < kTagsMax; ++i) {
        many.tags_set.push_back({"key" + std::to_string(i), ""});
    }
    ASSERT_TRUE(apply_tags(tags, many));
    ASSERT_TRUE(apply_tags(tags, many));  // the same again adds none
    EXPECT_EQ(tags.size(), kTagsMax);
    TableUpdate one_more;
    one_more.tags_set = {{"one more", ""}};
    const base::Status refused = apply_tags(tags, one_more);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().message,
              "Number of Tags exceed the current limit for the provided ResourceArn");
}

}  // namespace
}  // namespace millbeck::capture
