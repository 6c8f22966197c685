#include "capture/index_update.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "capture/index_limits.hpp"

namespace millbeck::capture {
namespace {

using base::Code;
using shardlog::AttributeType;

const KeyAttribute kId{"id", AttributeType::S};
const KeyAttribute kAt{"at", AttributeType::N};
const KeyAttribute kState{"state", AttributeType::S};

IndexSpec index(const std::string& name, KeySchema keys, IndexKind kind = IndexKind::Global) {
    return {.name = name, .kind = kind, .keys = std::move(keys)};
}

// Table `music` (id, at): a local index by state and a global one by state.
TableDescription table(BillingMode billing) {
    TableDescription music;
    music.spec.name = shardlog::TableName{"music"};
    music.spec.keys = {kId, kAt};
    music.spec.billing = billing;
    music.indexes = {{index("near", {kId, kState}, IndexKind::Local), shardlog::TableId{2}},
                     {index("far", {kState, {}}), shardlog::TableId{3}}};
    if (billing == BillingMode::Provisioned) {
        music.indexes[1].spec.throughput = {3, 4};
    }
    return music;
}

TableUpdate create(IndexSpec spec, const Throughput& units = {}) {
    TableUpdate update;
    spec.throughput = units;
    update.create_index = std::move(spec);
    return update;
}

TableUpdate remove(const std::string& name) {
    TableUpdate update;
    update.delete_index = name;
    return update;
}

TableUpdate change(IndexCapacity capacity) {
    TableUpdate update;
    update.index_capacities = {std::move(capacity)};
    return update;
}

TableUpdate set_units(const std::string& name, const Throughput& units) {
    return change({.index = name, .throughput = units});
}

// The table's indexes after it, `near far(3,4)`, or why not.
std::string applied(BillingMode before, BillingMode after, const TableUpdate& update,
                    IndexStatus far_status = IndexStatus::Active) {
    TableDescription old = table(before);
    old.indexes[1].status = far_status;
    TableDescription music = old;
    music.spec.billing = after;
    if (const auto done = apply_index_changes(music, old, update); !done) {
        return done.error().message;
    }
    std::string text;
    for (const IndexDescription& each : music.indexes) {
        text += each.spec.name + "(" + std::to_string(each.spec.throughput.read_units) + "," +
                std::to_string(each.spec.throughput.write_units) + ") ";
    }
    return text;
}

// If it fails, UpdateTable leaves a table whose indexes and settings contradict each other.
TEST(IndexUpdate, DecidesWhatMayChange) {
    constexpr auto kUnits = BillingMode::Provisioned;
    constexpr auto kDemand = BillingMode::PayPerRequest;
    const std::string invalid = "One or more parameter values were invalid: ";
    const std::string missing =
        invalid + "Both ReadCapacityUnits and WriteCapacityUnits must be specified for index: ";
    const std::string unknown = "Requested resource not found: Index none for table music";
    const std::string only =
        invalid +
        "The only Updates for index: far when TableThroughputMode is PAY_PER_REQUEST can "
        "be to OnDemandThroughput, WarmThroughput";
    const KeyAttribute state_number{"state", AttributeType::N};
    const KeyAttribute other{"other", AttributeType::B};
    const IndexSpec by_other = index("by-other", {other, kAt});
    struct Row {
        BillingMode before, after;
        TableUpdate update;
        std::string result;
    };
    const std::vector<Row> rows{
        {kUnits, kUnits, {}, "near(0,0) far(3,4) "},
        {kDemand, kDemand, {}, "near(0,0) far(0,0) "},
        // units
        {kUnits, kUnits, set_units("far", {3, 5}), "near(0,0) far(3,5) "},
        {kUnits, kUnits, set_units("far", {3, 4}),
         "The provisioned throughput for the index far will not change. The requested value equals "
         "the current value. Current ReadCapacityUnits provisioned for index far: 3. Requested "
         "ReadCapacityUnits: 3. Current WriteCapacityUnits provisioned for index far: 4. Requested "
         "WriteCapacityUnits: 4. Refer to the Amazon DynamoDB Developer Guide for current limits "
         "and how to request higher limits."},
        {kUnits, kUnits, set_units("near", {1, 1}),
         "Cannot update an index that is not a GlobalSecondaryIndex: near"},
        {kUnits, kUnits, set_units("none", {1, 1}), unknown},
        {kUnits, kUnits, change({.index = "far"}), missing + "far"},
        {kDemand, kDemand, change({.index = "far"}), only},
        {kDemand, kDemand, set_units("far", {1, 1}), only},
        {kUnits, kDemand, set_units("far", {1, 1}),
         invalid + "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified for index: "
                   "far when BillingMode is PAY_PER_REQUEST"},
        {kUnits, kDemand, {}, "near(0,0) far(0,0) "},
        {kDemand, kUnits, {}, invalid + "ProvisionedThroughput must be specified for index: far"},
        {kDemand, kUnits, set_units("far", {7, 8}), "near(0,0) far(7,8) "},
        // creation: whether it may be
        {kDemand, kDemand, create(by_other), "near(0,0) far(0,0) "},
        {kDemand, kDemand, create(by_other, {1, 1}),
         invalid + "ProvisionedThroughput should not be specified for index: by-other when "
                   "BillingMode is PAY_PER_REQUEST"},
        {kUnits, kUnits, create(by_other, {1, 1}), "near(0,0) far(3,4) "},
        {kUnits, kUnits, create(by_other), missing + "by-other"},
        {kDemand, kDemand, create(index("far", {other, {}})),
         "Attempting to create an index which already exists"},
        {kDemand, kDemand, create(index("near", {other, {}})),
         "Attempting to create an index which already exists"},
        {kDemand, kDemand, create(index("new", {state_number, {}})),
         invalid + "Attributes cannot be redefined. Please check that your attribute has the same "
                   "type as previously defined. Existing schema: Schema:[SchemaElement: "
                   "key{id:S:HASH}, SchemaElement: key{at:N:RANGE}] New schema: "
                   "Schema:[SchemaElement: key{state:N:HASH}]"},
        // deletion
        {kUnits, kUnits, remove("far"), "near(0,0) "},
        {kUnits, kUnits, remove("near"),
         "Cannot delete an index that is not a GlobalSecondaryIndex: near"},
        {kUnits, kUnits, remove("none"), unknown},
    };
    for (const Row& row : rows) {
        EXPECT_EQ(applied(row.before, row.after, row.update), row.result);
    }
}

// If it fails, two indexes are filled at once, or one that never ends cannot be given up.
TEST(IndexUpdate, MakesOrDeletesOneIndexAtATime) {
    const auto busy = [](const TableUpdate& update) {
        return applied(BillingMode::PayPerRequest, BillingMode::PayPerRequest, update,
                       IndexStatus::Creating);
    };
    const std::string limit =
        "Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously "
        "per table";
    EXPECT_EQ(busy(create(index("new", {kId, {}}))), limit);
    EXPECT_EQ(busy(remove("near")), limit);
    EXPECT_EQ(busy(remove("far")), "near(0,0) ");
    EXPECT_EQ(busy({}), "near(0,0) far(0,0) ");
    TableDescription old = table(BillingMode::PayPerRequest);
    old.indexes[1].status = IndexStatus::Creating;
    TableDescription music = old;
    EXPECT_EQ(apply_index_changes(music, old, remove("near")).error().code, Code::LimitExceeded);
    music = old = table(BillingMode::PayPerRequest);
    EXPECT_EQ(apply_index_changes(music, old, remove("none")).error().code, Code::NotFound);
    music = old;
    EXPECT_EQ(apply_index_changes(music, old, remove("near")).error().code, Code::Invalid);
}

// If it fails, the 21st index is refused in words that a client does not retry by.
TEST(IndexUpdate, TooManyAreALimitOfTheTable) {
    TableDescription old = table(BillingMode::PayPerRequest);
    for (std::uint32_t i = 1; i < kGlobalIndexesMax; ++i) {
        old.indexes.push_back(
            {index("g" + std::to_string(i), {kState, {}}), shardlog::TableId{10 + i}});
    }
    TableDescription music = old;
    const auto refused = apply_index_changes(music, old, create(index("new", {kState, {}})));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::LimitExceeded);
    EXPECT_EQ(refused.error().message,
              "Subscriber limit exceeded: Number of global secondary indexes exceeds per-table "
              "limit of 20");
}

// If it fails, an index tells capacity that it was not given, or that its table cannot have.
TEST(IndexUpdate, CapacityIsSetByMemberAndSettled) {
    const TableDescription old = table(BillingMode::PayPerRequest);
    TableDescription music = old;
    TableUpdate both =
        change({.index = "far", .maximum = {.read_units = 5}, .warm = {.write_units = 4'500}});
    ASSERT_TRUE(apply_index_changes(music, old, both));
    EXPECT_EQ(music.indexes[1].spec.maximum, (Throughput{5, 0}));
    EXPECT_EQ(music.indexes[1].spec.warm, (Throughput{12'000, 4'500}));
    EXPECT_EQ(music.indexes[0].spec.warm, Throughput{}) << "a local one has none of its own";

    TableUpdate made = create(index("new", {kState, {}}));
    made.create_maximum = {.write_units = 6};
    made.create_warm = {.read_units = 13'000};
    const auto spec = index_to_make(music.spec, made);
    ASSERT_TRUE(spec);
    EXPECT_EQ(spec->maximum, (Throughput{0, 6}));
    EXPECT_EQ(spec->warm, (Throughput{13'000, 4'000}));
    made.create_warm = {.read_units = 1};
    const std::string lower =
        "One or more parameter values were invalid: Requested ReadUnitsPerSecond for "
        "WarmThroughput for index new is lower than ";
    EXPECT_TRUE(index_to_make(music.spec, made).error().message.starts_with(lower));
}

// If it fails, a table is made here that the service refuses.
TEST(IndexLimits, CountIndexesAndWhatTheyProject) {
    const std::string invalid = "One or more parameter values were invalid: ";
    const auto checked = [](std::size_t local, std::size_t global, std::size_t projected) {
        std::vector<IndexSpec> indexes(local, index("near", {kId, kAt}, IndexKind::Local));
        indexes.resize(local + global, index("far", {kState, {}}));
        for (std::size_t i = 0; i < projected; ++i) {
            indexes[i % indexes.size()].included.push_back("a" + std::to_string(i));
        }
        const auto status = check_index_limits(indexes);
        return status ? "" : status.error().message;
    };
    EXPECT_EQ(checked(5, 20, 100), "");
    EXPECT_EQ(checked(6, 1, 0),
              invalid + "Number of LocalSecondaryIndexes exceeds per-table limit of 5");
    EXPECT_EQ(checked(1, 21, 0),
              invalid + "GlobalSecondaryIndex count exceeds the per-table limit of 20");
    EXPECT_EQ(checked(2, 3, 101), invalid +
                                      "Number of NonKeyAttributes over all indexes exceeds "
                                      "the per-table limit of 100");
}

}  // namespace
}  // namespace millbeck::capture
