// Tables made of images: what they are made like, how their rows come, what a crash leaves.
#include <functional>
#include <future>
#include <thread>

#include <gtest/gtest.h>

#include "runtime/restore/restored_spec.hpp"
#include "runtime/restore/table_restores.hpp"
#include "tests/support/api_node.hpp"
#include "tests/support/temp_folder.hpp"

namespace millbeck::runtime {
namespace {

using base::Code;
using capture::BillingMode;
using capture::IndexKind;
using shardlog::AttributeType;
using shardlog::TableName;

capture::TableDescription source_table() {
    capture::TableDescription table;
    table.spec.name = TableName{"source"};
    table.spec.keys = {.hash = {"id", AttributeType::S}, .range = {}};
    table.spec.billing = BillingMode::Provisioned;
    table.spec.throughput = {5, 6};
    table.spec.stream = shardlog::StreamViewType::NewImage;
    table.spec.deletion_protection = true;
    table.spec.tags = {{"k", "v"}};
    table.spec.table_class = "STANDARD_INFREQUENT_ACCESS";
    capture::IndexDescription index;
    index.spec.name = "by-n";
    index.spec.kind = IndexKind::Global;
    index.spec.keys = {.hash = {"n", AttributeType::N}, .range = {}};
    index.spec.throughput = {1, 2};
    table.indexes.push_back(index);
    return table;
}

KeptIndex kept() {
    KeptIndex index;
    index.name = "by-n";
    index.keys = {{"n", true}};
    index.throughput = capture::Throughput{1, 1};
    return index;
}

// If it fails, a restored table has what the service leaves out, or lacks what it brings along.
TEST(RestoredSpec, IsTheSourceWithoutWhatIsNotRestored) {
    const auto spec = restored_spec(source_table(), TableName{"new"}, {});
    ASSERT_TRUE(spec) << spec.error().message;
    EXPECT_EQ(spec->name, TableName{"new"});
    EXPECT_EQ(spec->throughput, (capture::Throughput{5, 6}));
    EXPECT_EQ(spec->table_class, "");
    ASSERT_EQ(spec->indexes.size(), 1U);
    EXPECT_EQ(spec->indexes[0].throughput, (capture::Throughput{1, 2}));
    EXPECT_FALSE(spec->stream);
    EXPECT_FALSE(spec->deletion_protection);
    EXPECT_TRUE(spec->tags.empty());
}

struct OverrideRow {
    const char* name;
    std::function<void(RestoreOverrides&)> change;
    std::string error;  // part of it; "": none
};

// If it fails, an override is taken for something else, or ignored.
TEST(RestoredSpec, OverridesFitOrAreRefused) {
    constexpr std::string_view kNoSuch =
        "does not match a secondary index that existed in the source table and cannot be created "
        "during the restore operation";
    const auto on_demand = [](RestoreOverrides& o) { o.billing = BillingMode::PayPerRequest; };
    const std::vector<OverrideRow> rows{
        {"on demand, but units of an index given",
         [](RestoreOverrides& o) {
             o.billing = BillingMode::PayPerRequest;
             o.globals = {kept()};
         },
         "Invalid Request: Cannot override ProvisionedThroughput if BillingMode is overridden to "
         "PAY_PER_REQUEST for index by-n"},
        {"on demand", on_demand, ""},
        {"on demand with units",
         [](RestoreOverrides& o) {
             o.billing = BillingMode::PayPerRequest;
             o.throughput = capture::Throughput{1, 1};
         },
         "Invalid Request: Cannot override ProvisionedThroughput if BillingMode is overridden to "
         "PAY_PER_REQUEST"},
        {"provisioned without units",
         [](RestoreOverrides& o) { o.billing = BillingMode::Provisioned; },
         "Invalid Request: Must override ProvisionedThroughput if BillingMode is overridden to "
         "PROVISIONED"},
        {"no index", [](RestoreOverrides& o) { o.globals.emplace(); }, ""},
        {"an index without units",
         [](RestoreOverrides& o) {
             o.globals = {kept()};
             o.globals->front().throughput.reset();
         },
         "Invalid Request: Must specify provisioned throughput for index by-n"},
        {"other key",
         [](RestoreOverrides& o) {
             o.globals = {kept()};
             o.globals->front().keys = {{"m", true}};
         },
         std::string("Invalid Request: Index by-n ").append(kNoSuch)},
        {"other projection",
         [](RestoreOverrides& o) {
             o.globals = {kept()};
             o.globals->front().projection = capture::IndexProjection::KeysOnly;
         },
         std::string("Invalid Request: Index by-n ").append(kNoSuch)},
        {"as a local one", [](RestoreOverrides& o) { o.locals = {kept()}; },
         std::string("Invalid Request: Index by-n ").append(kNoSuch)},
        {"twice",
         [](RestoreOverrides& o) {
             o.globals = {kept(), kept()};
         },
         "Duplicate index name: by-n"},
        {"maximum of a provisioned one", [](RestoreOverrides& o) { o.maximum.write_units = 5; },
         "Invalid Request: Cannot override MaxWriteRequestUnits for OnDemandThroughput unless "
         "BillingModeOverride is PAY_PER_REQUEST"},
        {"no maximum",
         [](RestoreOverrides& o) {
             o.billing = BillingMode::PayPerRequest;
             o.maximum.read_units = 0;
         },
         "Invalid Request: Requested MaxReadRequestUnits for OnDemandThroughput is outside of "
         "valid range"},
    };
    for (const OverrideRow& row : rows) {
        RestoreOverrides overrides;
        row.change(overrides);
        const auto spec = restored_spec(source_table(), TableName{"new"}, overrides);
        EXPECT_EQ(spec.has_value(), row.error.empty()) << row.name;
        if (!spec) {
            EXPECT_NE(spec.error().message.find(row.error), std::string::npos)
                << row.name << ": " << spec.error().message;
        }
    }
    RestoreOverrides overrides;
    overrides.globals = {kept()};
    overrides.globals->front().throughput = capture::Throughput{8, 9};
    overrides.globals->front().name = "other-name";
    const auto renamed = restored_spec(source_table(), TableName{"new"}, overrides);
    EXPECT_EQ(renamed->indexes[0].throughput, (capture::Throughput{8, 9}));
    EXPECT_EQ(renamed->indexes[0].name, "other-name");
    overrides.globals->clear();
    EXPECT_TRUE(restored_spec(source_table(), TableName{"new"}, overrides)->indexes.empty());
}

class Restores : public testing::Test {
  protected:
    Restores() {
        node_.ok("CreateTable", R"({"TableName":"source","BillingMode":"PAY_PER_REQUEST",)"
                                R"("AttributeDefinitions":[{"AttributeName":"id",)"
                                R"("AttributeType":"S"}],"KeySchema":[{"AttributeName":"id",)"
                                R"("KeyType":"HASH"}]})");
        for (int i = 0; i < kItems; ++i) {
            node_.ok("PutItem", R"({"TableName":"source","Item":{"id":{"S":")" + std::to_string(i) +
                                    R"("}}})");
        }
    }
    RestoreOrder order(const std::string& target) {
        RestoreOrder made;
        made.target = node_.store().describe_table(TableName{"source"})->spec;
        made.target.name = TableName{target};
        made.note.source_table_arn = "arn";
        made.open = [this] { return node_.store().image(TableName{"source"}); };
        return made;
    }
    std::unique_ptr<TableRestores> open() {
        auto opened = TableRestores::open(node_.store(), *random_, folder_.path() / "r.db");
        EXPECT_TRUE(opened) << opened.error().message;
        return std::move(*opened);
    }
    static RestoreProgress wait(const TableRestores& restores, const TableName& target) {
        while (true) {
            const auto progress = restores.progress(target);
            if (!progress || progress->state != RestoreProgress::State::Running) {
                return progress.value_or(RestoreProgress{});
            }
            std::this_thread::yield();
        }
    }

    static constexpr int kItems = 50;
    tests::ApiNode node_;
    tests::TempFolder folder_;
    std::unique_ptr<base::Random> random_ = base::seeded_random(3);
};

// If it fails, a restored table lacks rows, or shows itself before it has all of them.
TEST_F(Restores, ATableIsThereWhenItIsWhole) {
    const TableName target{"target"};
    const auto restores = open();
    std::promise<void> gate;
    RestoreOrder wanted = order("target");
    wanted.open = [this, opened = gate.get_future().share()] {
        opened.wait();
        return node_.store().image(TableName{"source"});
    };
    const auto shown = restores->begin(std::move(wanted));
    ASSERT_TRUE(shown) << shown.error().message;
    EXPECT_EQ(shown->status, capture::TableStatus::Creating);
    EXPECT_EQ(restores->names(), std::vector<TableName>{target});
    EXPECT_EQ(restores->begin(order("target")).error().code, Code::InUse);
    EXPECT_EQ(restores->begin(order("source")).error().code, Code::InUse);
    EXPECT_FALSE(node_.store().describe_table(target));
    EXPECT_EQ(node_.store().list_tables("", 10), std::vector<TableName>{TableName{"source"}});
    gate.set_value();
    EXPECT_EQ(wait(*restores, target).rows, static_cast<std::uint64_t>(kItems));
    const auto made = node_.store().describe_table(target);
    ASSERT_TRUE(made) << made.error().message;
    EXPECT_EQ(made->item_count, kItems);
    EXPECT_TRUE(restores->names().empty());
    EXPECT_EQ(restores->note_of(made->uuid)->source_table_arn, "arn");
    EXPECT_EQ(open()->note_of(made->uuid)->source_table_arn, "arn");
}

// If it fails, an image that cannot be read leaves half a table.
TEST_F(Restores, AFailureLeavesNothing) {
    const auto restores = open();
    RestoreOrder wanted = order("target");
    wanted.open = []() -> base::Result<std::shared_ptr<const shardlog::TableImage>> {
        return base::fail(Code::Trimmed, "it is gone");
    };
    ASSERT_TRUE(restores->begin(std::move(wanted)));
    const auto progress = wait(*restores, TableName{"target"});
    EXPECT_EQ(progress.state, RestoreProgress::State::Failed);
    EXPECT_EQ(progress.error, "it is gone");
    EXPECT_FALSE(node_.store().describe_table(TableName{"target"}));
    EXPECT_TRUE(restores->begin(order("target")));
}

// If it fails, what a crash left of a restore stays on the disk for ever, or is taken for a table.
TEST_F(Restores, TheNextStartRemovesWhatIsNotWhole) {
    {
        auto notes = RestoreStore::open(folder_.path() / "r.db");
        ASSERT_TRUE(notes);
        ASSERT_TRUE((*notes)->begin(TableName{"$restore-1"}, TableName{"target"}, {}));
        capture::TableSpec spec = node_.store().describe_table(TableName{"source"})->spec;
        spec.name = TableName{"$restore-1"};
        const auto half = node_.store().create_table(spec);
        ASSERT_TRUE(half);
        ASSERT_TRUE((*notes)->set_uuid(TableName{"$restore-1"}, half->uuid));
    }
    const auto restores = open();
    EXPECT_FALSE(node_.store().describe_table(TableName{"$restore-1"}));
    EXPECT_TRUE(restores->begin(order("target")));
    wait(*restores, TableName{"target"});
    EXPECT_TRUE(node_.store().describe_table(TableName{"target"}));
}

}  // namespace
}  // namespace millbeck::runtime
