#include "capture/catalogue.hpp"

#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/temp_folder.hpp"

namespace millbeck::capture {
namespace {

using shardlog::AttributeType;
using shardlog::SequenceNumber;
using shardlog::TableId;

class CatalogueTest : public ::testing::Test {
  protected:
    void SetUp() override { reopen(); }

    void reopen() {
        catalogue_.reset();
        auto opened = Catalogue::open(folder_.path() / "catalogue.db");
        ASSERT_TRUE(opened) << opened.error().message;
        catalogue_ = std::move(*opened);
    }

    TableDescription full_table() {
        TableDescription table;
        table.spec.name = shardlog::TableName{"Orders.v-1_x"};
        table.spec.keys = {{"p\"k", AttributeType::N}, KeyAttribute{"\xC3\xA4", AttributeType::B}};
        table.spec.billing = BillingMode::Provisioned;
        table.spec.throughput = {3, 4};
        table.spec.maximum = {5, 6};
        table.spec.warm = {7, 8};
        table.spec.encryption_key = "9b1deb4d-3b7d-4bad-9bdd-2b0d7b3dcb6d";
        table.spec.stream = shardlog::StreamViewType::OldImage;
        table.spec.deletion_protection = true;
        table.spec.table_class = "STANDARD";
        table.spec.tags = {{"a", "1"}, {"b", ""}};
        table.spec.shard_count = 9;
        table.id = *catalogue_->reserve_id();
        table.uuid = "6f9619ff-8b86-4d01-b42d-00cf4fc964ff";
        table.created = base::WallTime{base::Milliseconds{1'700'000'000'123}};
        table.on_demand_since = base::WallTime{base::Milliseconds{1'700'000'000'456}};
        table.latest_stream_label = "2023-11-14T22:13:20.123";
        table.stream = shardlog::StreamId{77};
        table.indexes = {index("l", IndexKind::Local), index("g", IndexKind::Global)};
        table.indexes[1].spec.included = {"z", "a"};
        table.indexes[1].spec.maximum = {9, 10};
        table.indexes[1].spec.warm = {11, 12};
        table.indexes[1].spec.keys.more_hashes = {{"h2", AttributeType::B}};
        table.indexes[1].spec.keys.more_ranges = {{"r2", AttributeType::N},
                                                  {"a", AttributeType::S}};
        table.indexes[1].status = IndexStatus::Creating;
        table.time_to_live = TimeToLive{.attribute = "due", .index = *catalogue_->reserve_id()};
        table.recovery = PointInTimeRecovery{
            .since = base::WallTime{base::Milliseconds{1'700'000'000'789}}, .days = 7};
        return table;
    }

    IndexDescription index(const char* name, IndexKind kind) {
        IndexDescription made;
        made.spec.name = name;
        made.spec.kind = kind;
        made.spec.keys = {{"p\"k", AttributeType::N}, KeyAttribute{"r", AttributeType::S}};
        made.spec.projection = IndexProjection::Include;
        made.spec.throughput = {7, 8};
        made.id = *catalogue_->reserve_id();
        return made;
    }

    tests::TempFolder folder_;
    std::unique_ptr<Catalogue> catalogue_;
};

void expect_same(const TableDescription& a, const TableDescription& b) {
    EXPECT_EQ(a.spec.name, b.spec.name);
    EXPECT_EQ(a.spec.keys, b.spec.keys);
    EXPECT_EQ(a.spec.billing, b.spec.billing);
    EXPECT_EQ(a.spec.throughput, b.spec.throughput);
    EXPECT_EQ(a.spec.maximum, b.spec.maximum);
    EXPECT_EQ(a.spec.warm, b.spec.warm);
    EXPECT_EQ(a.spec.encryption_key, b.spec.encryption_key);
    EXPECT_EQ(a.spec.stream, b.spec.stream);
    EXPECT_EQ(a.spec.deletion_protection, b.spec.deletion_protection);
    EXPECT_EQ(a.spec.table_class, b.spec.table_class);
    EXPECT_EQ(a.spec.shard_count, b.spec.shard_count);
    ASSERT_EQ(a.spec.tags.size(), b.spec.tags.size());
    for (std::size_t i = 0; i < a.spec.tags.size(); ++i) {
        EXPECT_EQ(a.spec.tags[i].key, b.spec.tags[i].key);
        EXPECT_EQ(a.spec.tags[i].value, b.spec.tags[i].value);
    }
    EXPECT_EQ(a.indexes, b.indexes);
    EXPECT_EQ(a.time_to_live, b.time_to_live);
    EXPECT_TRUE(a.recovery == b.recovery);
    EXPECT_EQ(a.id, b.id);
    EXPECT_EQ(a.uuid, b.uuid);
    EXPECT_EQ(a.created, b.created);
    EXPECT_EQ(a.on_demand_since, b.on_demand_since);
    EXPECT_EQ(a.latest_stream_label, b.latest_stream_label);
    EXPECT_EQ(a.stream, b.stream);
}

// A field that is not stored is lost by the next restart, and nobody notices until then.
TEST_F(CatalogueTest, EveryFieldSurvivesAReopen) {
    const TableDescription table = full_table();
    ASSERT_TRUE(catalogue_->insert(table, SequenceNumber{42}));
    expect_same(catalogue_->tables()->find("Orders.v-1_x")->description, table);
    reopen();
    const TableEntry* entry = catalogue_->tables()->find(table.id);
    ASSERT_NE(entry, nullptr);
    expect_same(entry->description, table);
    EXPECT_EQ(entry->first_position, SequenceNumber{42});
    EXPECT_EQ(catalogue_->tables()->find("Orders.v-1_x"), entry);
}

TEST_F(CatalogueTest, UpdatesReplaceSettingsAndKeepTheRest) {
    TableDescription table = full_table();
    ASSERT_TRUE(catalogue_->insert(table, SequenceNumber{42}));
    table.spec.tags = {{"b", "2"}, {"c", "3"}};
    const TableId dropped = table.indexes[0].id;
    table.indexes.erase(table.indexes.begin());
    table.indexes[0].status = IndexStatus::Active;
    table.spec.stream.reset();
    table.stream = shardlog::kNoStream;
    table.spec.billing = BillingMode::PayPerRequest;
    table.spec.throughput = {};
    table.spec.maximum = {13, 0};
    table.spec.warm = {14, 15};
    table.spec.encryption_key.clear();
    table.indexes[0].spec.warm = {16, 17};
    table.spec.deletion_protection = false;
    table.recovery.reset();
    ASSERT_TRUE(catalogue_->update(table));
    expect_same(catalogue_->tables()->find(table.id)->description, table);
    reopen();
    expect_same(catalogue_->tables()->find(table.id)->description, table);
    EXPECT_EQ(catalogue_->tables()->find(table.id)->first_position, SequenceNumber{42});
    EXPECT_EQ(*catalogue_->pending_drops(), std::vector<TableId>{dropped});
}

// What versions 6 and 7 of the schema added.
void drop_capacity(base::Database& database) {
    for (const std::string table : {"tables", "indexes"}) {
        for (const std::string column : {"read_max", "write_max", "read_warm", "write_warm"}) {
            ASSERT_TRUE(database.execute("ALTER TABLE " + table + " DROP COLUMN " + column));
        }
    }
    ASSERT_TRUE(database.execute("ALTER TABLE tables DROP COLUMN encryption_key"));
    ASSERT_TRUE(database.execute("ALTER TABLE tables DROP COLUMN recovery_ms"));
    ASSERT_TRUE(database.execute("ALTER TABLE tables DROP COLUMN recovery_days"));
}

// If it fails, a data folder of an older version does not open, or its tables say that they were
// never made on demand.
TEST_F(CatalogueTest, OpensACatalogueThatKnewNoTimeOfBilling) {
    TableDescription on_demand = full_table();
    on_demand.spec.billing = BillingMode::PayPerRequest;
    TableDescription provisioned = full_table();
    provisioned.spec.name = shardlog::TableName{"provisioned"};
    ASSERT_TRUE(catalogue_->insert(on_demand, SequenceNumber{1}));
    ASSERT_TRUE(catalogue_->insert(provisioned, SequenceNumber{1}));
    catalogue_.reset();
    {
        auto database =
            base::Database::open(folder_.path() / "catalogue.db", base::Durability::Full);
        ASSERT_TRUE(database);
        drop_capacity(*database);
        ASSERT_TRUE(database->execute("ALTER TABLE tables DROP COLUMN on_demand_ms"));
        ASSERT_TRUE(
            database->execute("ALTER TABLE tables DROP COLUMN ttl_attribute; "
                              "ALTER TABLE tables DROP COLUMN ttl_index; "
                              "ALTER TABLE tables DROP COLUMN ttl_status"));
        ASSERT_TRUE(
            database->execute("DROP TABLE index_keys; DROP TABLE index_attributes; "
                              "DROP TABLE indexes"));
        ASSERT_TRUE(database->execute("PRAGMA user_version = 1"));
    }
    reopen();
    EXPECT_EQ(catalogue_->tables()->find(on_demand.id)->description.on_demand_since,
              on_demand.created);
    EXPECT_FALSE(catalogue_->tables()->find(provisioned.id)->description.on_demand_since);
}

// If it fails, a data folder of an older version has tables whose warm throughput is 0, and
// UpdateTable accepts less than they can do.
TEST_F(CatalogueTest, OpensACatalogueThatKnewNoWarmThroughput) {
    TableDescription once_on_demand = full_table();
    TableDescription provisioned = full_table();
    provisioned.spec.name = shardlog::TableName{"provisioned"};
    provisioned.on_demand_since.reset();
    ASSERT_TRUE(catalogue_->insert(once_on_demand, SequenceNumber{1}));
    ASSERT_TRUE(catalogue_->insert(provisioned, SequenceNumber{1}));
    catalogue_.reset();
    {
        auto database =
            base::Database::open(folder_.path() / "catalogue.db", base::Durability::Full);
        ASSERT_TRUE(database);
        drop_capacity(*database);
        ASSERT_TRUE(database->execute("PRAGMA user_version = 5"));
    }
    reopen();
    const auto warm = [&](const TableDescription& table) {
        const TableDescription& now = catalogue_->tables()->find(table.id)->description;
        return std::vector<Throughput>{now.spec.warm, now.indexes[0].spec.warm,
                                       now.indexes[1].spec.warm};
    };
    EXPECT_EQ(warm(once_on_demand),
              (std::vector<Throughput>{{12'000, 4'000}, {7, 8}, {12'000, 4'000}}));
    EXPECT_EQ(warm(provisioned), (std::vector<Throughput>{{3, 4}, {7, 8}, {7, 8}}));
    const TableSpec& spec = catalogue_->tables()->find(provisioned.id)->description.spec;
    EXPECT_EQ(spec.maximum, Throughput{});
    EXPECT_EQ(spec.encryption_key, "");
}

// An id given twice would show a new table the items, and the records, of an old one.
TEST_F(CatalogueTest, IdsAreNeverGivenTwice) {
    EXPECT_EQ(*catalogue_->reserve_id(), TableId{1});
    EXPECT_EQ(*catalogue_->reserve_id(), TableId{2});
    const TableDescription table = full_table();
    EXPECT_EQ(table.id, TableId{3});
    ASSERT_TRUE(catalogue_->insert(table, SequenceNumber{1}));
    ASSERT_TRUE(catalogue_->remove(table.id));
    reopen();
    EXPECT_EQ(*catalogue_->reserve_id(), TableId{7}) << "its indexes have ids of their own";
}

// Without the note, a crash after DeleteTable would leave the data on disk for ever.
TEST_F(CatalogueTest, RemovedTablesArePendingDropsUntilForgotten) {
    const TableDescription table = full_table();
    ASSERT_TRUE(catalogue_->insert(table, SequenceNumber{1}));
    ASSERT_TRUE(catalogue_->remove(table.id));
    EXPECT_EQ(catalogue_->tables()->find(table.id), nullptr);
    EXPECT_EQ(catalogue_->tables()->find("Orders.v-1_x"), nullptr);
    reopen();
    EXPECT_EQ(catalogue_->tables()->find(table.id), nullptr);
    const std::vector<TableId> data = {table.id, table.indexes[0].id, table.indexes[1].id,
                                       table.time_to_live->index};
    EXPECT_EQ(*catalogue_->pending_drops(), data);
    for (const TableId id : data) {
        ASSERT_TRUE(catalogue_->forget_drop(id));
    }
    reopen();
    EXPECT_TRUE(catalogue_->pending_drops()->empty());
}

// A request that holds a snapshot must not see tables come and go under its hands.
TEST_F(CatalogueTest, SnapshotsNeverChange) {
    const auto before = catalogue_->tables();
    const TableDescription table = full_table();
    ASSERT_TRUE(catalogue_->insert(table, SequenceNumber{1}));
    EXPECT_EQ(before->find(table.id), nullptr);
    const auto with = catalogue_->tables();
    ASSERT_TRUE(catalogue_->remove(table.id));
    ASSERT_NE(with->find(table.id), nullptr);
    EXPECT_EQ(with->find(table.id)->description.spec.name.value(), "Orders.v-1_x");
}

// A failed statement must leave file and snapshot as they were.
TEST_F(CatalogueTest, ARefusedInsertChangesNothing) {
    TableDescription table = full_table();
    ASSERT_TRUE(catalogue_->insert(table, SequenceNumber{1}));
    TableDescription twin = full_table();  // same name, another id
    EXPECT_FALSE(catalogue_->insert(twin, SequenceNumber{2}));
    EXPECT_EQ(catalogue_->tables()->find(twin.id), nullptr);
    reopen();
    EXPECT_EQ(catalogue_->tables()->by_name.size(), 1U);
    EXPECT_EQ(catalogue_->tables()->find(table.id)->description.spec.tags.size(), 2U);
}

}  // namespace
}  // namespace millbeck::capture
