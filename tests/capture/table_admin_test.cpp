// Tables and streams as callers change them: exact words, ids never reused, crashes in between.
#include "capture/table_admin.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/logged.hpp"
#include "tests/support/store_fixture.hpp"

namespace millbeck::capture {
namespace {

using base::Code;
using shardlog::StreamStatus;
using shardlog::StreamViewType;
using tests::logged;
using tests::StoreFixture;

constexpr const char* kKeyA = R"({"pk":{"S":"a"}})";
constexpr const char* kA1 = R"({"n":{"N":"1"},"pk":{"S":"a"}})";

class TableAdminTest : public ::testing::Test, public StoreFixture {
  protected:
    void SetUp() override {
        const base::Status opened = open();
        ASSERT_TRUE(opened) << opened.error().message;
    }

    TableDescription described(std::string_view name) {
        auto table = store().describe_table(table_name(name));
        EXPECT_TRUE(table);
        return table.value_or(TableDescription{});
    }
};

TEST_F(TableAdminTest, ANewTableIsActiveAndDescribedAsAsked) {
    TableSpec asked = spec("orders", StreamViewType::OldImage);
    asked.keys.range = KeyAttribute{"s\"k", shardlog::AttributeType::N};
    asked.shard_count = 3;
    asked.tags = {{"team", "mill"}};
    const auto created = create(asked);
    ASSERT_TRUE(created) << created.error().message;
    EXPECT_EQ(created->status, TableStatus::Active);
    EXPECT_EQ(created->uuid.size(), 36U);
    EXPECT_EQ(created->latest_stream_label, base::to_iso8601(created->created));
    for (int round = 0; round < 2; ++round) {
        const TableDescription table = described("orders");
        EXPECT_EQ(table.uuid, created->uuid);
        EXPECT_EQ(table.spec.keys, asked.keys);
        EXPECT_EQ(table.spec.stream, StreamViewType::OldImage);
        EXPECT_EQ(table.latest_stream_label, created->latest_stream_label);
        EXPECT_EQ(table.spec.tags.size(), 1U);
        EXPECT_EQ(log().shards(table.stream).size(), 3U);
        EXPECT_EQ(log().find_stream(table.stream)->key_schema,
                  R"([{"AttributeName":"pk","KeyType":"HASH"},)"
                  R"({"AttributeName":"s\"k","KeyType":"RANGE"}])");
        ASSERT_TRUE(reopen());
    }
}

TEST_F(TableAdminTest, UnknownAndTakenNamesAreRefusedInTheServicesWords) {
    ASSERT_TRUE(create(spec("t")));
    const auto twice = create(spec("t"));
    ASSERT_FALSE(twice);
    EXPECT_EQ(twice.error().code, Code::InUse);
    EXPECT_EQ(twice.error().message, "Table already exists: t");
    const std::string missing = "Requested resource not found: Table: x not found";
    EXPECT_EQ(store().describe_table(table_name("x")).error().message, missing);
    EXPECT_EQ(drop("x").error().message, missing);
    EXPECT_EQ(set_stream("x", StreamViewType::KeysOnly).error().message, missing);
    EXPECT_EQ(drop("x").error().code, Code::NotFound);
}

TEST_F(TableAdminTest, NamesAreListedInByteOrderPageByPage) {
    for (const char* name : {"beta", "Alpha", "alpha", "beta2", "be"}) {
        ASSERT_TRUE(create(spec(name)));
    }
    const auto names = [&](std::string_view after, std::size_t limit) {
        std::vector<std::string> out;
        for (const auto& name : store().list_tables(after, limit)) {
            out.push_back(name.value());
        }
        return out;
    };
    EXPECT_EQ(names("", 100), (std::vector<std::string>{"Alpha", "alpha", "be", "beta", "beta2"}));
    EXPECT_EQ(names("", 2), (std::vector<std::string>{"Alpha", "alpha"}));
    EXPECT_EQ(names("alpha", 2), (std::vector<std::string>{"be", "beta"}));
    EXPECT_EQ(names("bea", 2), (std::vector<std::string>{"beta", "beta2"})) << "need not exist";
    EXPECT_TRUE(names("beta2", 2).empty());
}

// Old items, or old records, in a new table of the same name would be someone else's data.
TEST_F(TableAdminTest, ATableMadeAgainSeesNothingOfTheOldOne) {
    ASSERT_TRUE(create(spec("t", StreamViewType::NewImage)));
    const TableDescription before = described("t");
    ASSERT_TRUE(put("t", kA1));
    const auto removed = drop("t");
    ASSERT_TRUE(removed);
    EXPECT_EQ(removed->status, TableStatus::Deleting);
    EXPECT_EQ(removed->item_count, 1);
    EXPECT_FALSE(put("t", kA1));
    clock().advance(base::Milliseconds{5});
    ASSERT_TRUE(create(spec("t", StreamViewType::NewImage)));
    const TableDescription after = described("t");
    EXPECT_NE(after.id, before.id);
    EXPECT_NE(after.uuid, before.uuid);
    EXPECT_NE(after.stream, before.stream);
    EXPECT_NE(after.latest_stream_label, before.latest_stream_label);
    for (int round = 0; round < 3; ++round) {
        EXPECT_EQ(get("t", kKeyA), "");
        EXPECT_TRUE(all("t").empty());
        EXPECT_EQ(described("t").item_count, 0);
        EXPECT_EQ(log().find_stream(before.stream)->status, StreamStatus::Disabled);
        if (round == 0) {
            ASSERT_TRUE(store().maintain());
        } else {
            ASSERT_TRUE(reopen());
        }
    }
}

// The data of a deleted table must go, whether the process lives or dies in between.
TEST_F(TableAdminTest, DroppedDataGoesEvenAfterACrash) {
    ASSERT_TRUE(create(spec("t")));
    ASSERT_TRUE(put("t", kA1));
    ASSERT_TRUE(drop("t"));
    ASSERT_TRUE(reopen());  // before maintain()
    EXPECT_FALSE(store().describe_table(table_name("t")));
    ASSERT_TRUE(store().maintain());
    clock().advance(base::Milliseconds{2'000});
    ASSERT_TRUE(commit_group());  // housekeeping forgets the drop
    ASSERT_TRUE(reopen());
    ASSERT_TRUE(store().maintain());
    EXPECT_TRUE(store().list_tables("", 10).empty());
}

TEST_F(TableAdminTest, AProtectedTableIsKept) {
    TableSpec asked = spec("t");
    asked.deletion_protection = true;
    ASSERT_TRUE(create(asked));
    const auto refused = drop("t");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::Invalid);
    EXPECT_EQ(refused.error().message,
              "Resource cannot be deleted as it is currently protected against deletion. Disable "
              "deletion protection first.");
    TableUpdate update;
    update.name = table_name("t");
    update.deletion_protection = false;
    ASSERT_TRUE(run([&] { return store().update_table(update); }));
    EXPECT_TRUE(drop("t"));
}

// Off closes the shards and keeps the label; on again is a new stream with a new label.
TEST_F(TableAdminTest, StreamsGoOffAndOnAgainAsNewOnes) {
    ASSERT_TRUE(create(spec("t", StreamViewType::NewImage)));
    const TableDescription first = described("t");
    EXPECT_EQ(set_stream("t", StreamViewType::OldImage).error().message,
              "Table already has an enabled stream: TableName: t");
    ASSERT_TRUE(put("t", kA1));

    const auto off = set_stream("t", std::nullopt);
    ASSERT_TRUE(off);
    EXPECT_EQ(off->spec.stream, std::nullopt);
    EXPECT_EQ(off->stream, shardlog::kNoStream);
    EXPECT_EQ(off->latest_stream_label, first.latest_stream_label);
    EXPECT_EQ(log().find_stream(first.stream)->status, StreamStatus::Disabled);
    EXPECT_EQ(set_stream("t", std::nullopt).error().message,
              "Table has no stream to disable: TableName: t");
    const shardlog::SequenceNumber from = log().next_sequence();
    ASSERT_TRUE(remove("t", kKeyA));
    ASSERT_EQ(logged(log(), from).size(), 1U);
    EXPECT_EQ(logged(log(), from)[0].stream, shardlog::kNoStream);

    clock().advance(base::Milliseconds{10});
    const auto on = set_stream("t", StreamViewType::KeysOnly);
    ASSERT_TRUE(on);
    EXPECT_NE(on->stream, first.stream);
    EXPECT_NE(on->latest_stream_label, first.latest_stream_label);
    EXPECT_EQ(on->spec.stream, StreamViewType::KeysOnly);
    ASSERT_TRUE(put("t", kA1));
    EXPECT_EQ(logged(log(), from).back().stream, on->stream);
    EXPECT_EQ(log().streams().size(), 2U) << "the old stream stays readable";
    ASSERT_TRUE(reopen());
    EXPECT_EQ(described("t").stream, on->stream);
}

// The crash between log and catalogue: what was never answered leaves no open stream behind.
TEST_F(TableAdminTest, AStreamNoTableClaimsIsDisabledAtOpen) {
    ASSERT_TRUE(create(spec("t", StreamViewType::NewImage)));
    const TableDescription table = described("t");
    const auto orphan = log().enable_stream({.table = shardlog::TableId{99},
                                             .table_name = table_name("half-made"),
                                             .view_type = StreamViewType::NewImage,
                                             .key_schema = "[]",
                                             .shard_count = 2});
    ASSERT_TRUE(orphan);
    ASSERT_TRUE(reopen());
    EXPECT_EQ(log().find_stream(orphan->id)->status, StreamStatus::Disabled);
    EXPECT_EQ(log().find_stream(table.stream)->status, StreamStatus::Enabled);
    EXPECT_EQ(described("t").spec.stream, StreamViewType::NewImage);
}

// A table that claims a stream the log has closed would write records nobody can read.
TEST_F(TableAdminTest, AClaimOnAStreamTheLogHasClosedIsDropped) {
    ASSERT_TRUE(create(spec("t", StreamViewType::NewImage)));
    const TableDescription table = described("t");
    ASSERT_TRUE(log().disable_stream(table.stream));
    ASSERT_TRUE(reopen());
    EXPECT_EQ(described("t").spec.stream, std::nullopt);
    EXPECT_EQ(described("t").stream, shardlog::kNoStream);
    EXPECT_EQ(described("t").latest_stream_label, table.latest_stream_label);
    EXPECT_TRUE(put("t", kA1));
}

// A write checked before its table was deleted must not land in the table of that name made after.
TEST_F(TableAdminTest, AWriteQueuedBehindADeletionIsRefused) {
    ASSERT_TRUE(create(spec("t")));
    ASSERT_TRUE(create(spec("u")));
    auto removal =
        std::async(std::launch::async, [&] { return store().delete_table(table_name("t")); });
    // Each turn queues writes and commits one batch. The turn that commits the deletion found it at
    // the head of the queue, so its writes stand behind it.
    Answers late;
    Answers both;
    while (removal.wait_for(std::chrono::seconds(0)) != std::future_status::ready) {
        if (store().describe_table(table_name("t"))) {
            late = submit({{put_write("t", kA1)}});
            both = submit({{put_write("u", kA1)}, {put_write("t", kA1)}});
        }
        ASSERT_TRUE(commit_group());
    }
    ASSERT_TRUE(removal.get());
    ASSERT_TRUE(commit_group());
    ASSERT_TRUE(late && late->has_value() && both->has_value());
    for (const Answers& answer : {late, both}) {
        ASSERT_FALSE(**answer);
        EXPECT_EQ((*answer)->error().code, Code::NotFound);
        EXPECT_EQ((*answer)->error().message, "Requested resource not found");
    }
    EXPECT_FALSE(put("t", kA1));
}

TEST_F(TableAdminTest, ShardsOfAnEnabledStreamRollSplitAndMerge) {
    TableSpec asked = spec("t", StreamViewType::NewImage);
    asked.shard_count = 1;
    ASSERT_TRUE(create(asked));
    const shardlog::StreamId stream = described("t").stream;
    const shardlog::ShardId first = log().shards(stream).at(0).id;
    const auto rolled = run([&] { return store().roll_shard(first); });
    ASSERT_TRUE(rolled) << rolled.error().message;
    EXPECT_EQ(rolled->parents, (std::vector<shardlog::ShardId>{first}));
    const auto split = run([&] { return store().split_shard(rolled->id, std::nullopt); });
    ASSERT_TRUE(split) << split.error().message;
    ASSERT_EQ(split->size(), 2U);
    const auto merged = run([&] { return store().merge_shards(split->at(0).id, split->at(1).id); });
    ASSERT_TRUE(merged) << merged.error().message;
    EXPECT_EQ(merged->parents.size(), 2U);
    EXPECT_FALSE(run([&] { return store().roll_shard(first); })) << "closed already";

    const shardlog::ShardId stranger(clock().wall(), first.number());
    if (stranger != first) {
        EXPECT_EQ(run([&] { return store().roll_shard(stranger); }).error().code, Code::NotFound);
    }
    ASSERT_TRUE(set_stream("t", std::nullopt));
    const auto refused = run([&] { return store().roll_shard(merged->id); });
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::InUse);
}

// Shards roll by themselves, between two groups, when they are old enough.
TEST_F(TableAdminTest, DueShardsRollBetweenGroups) {
    ASSERT_TRUE(create(spec("t", StreamViewType::NewImage)));
    const shardlog::StreamId stream = described("t").stream;
    EXPECT_EQ(log().shards(stream).size(), 4U);
    clock().advance(base::Milliseconds{4 * 3'600'000 + 1});
    ASSERT_TRUE(put("t", kA1));
    EXPECT_EQ(log().shards(stream).size(), 8U);
}

}  // namespace
}  // namespace millbeck::capture
