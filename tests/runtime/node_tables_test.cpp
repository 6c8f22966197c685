#include "runtime/node_tables.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/api_node.hpp"

namespace millbeck::runtime {
namespace {

using capture::IndexKind;
using capture::IndexProjection;
using capture::IndexSpec;
using shardlog::AttributeType;

const capture::KeyAttribute kId{"id", AttributeType::S};
const capture::KeyAttribute kAt{"at", AttributeType::N};

IndexSpec by_at() {
    IndexSpec index{.name = "by-at", .kind = IndexKind::Global, .keys = {kAt, {}}};
    index.projection = IndexProjection::Include;
    index.included = {"a", "b"};
    return index;
}

Config with_indexes(std::vector<IndexSpec> indexes) {
    Config config;
    TableConfig& table = config.tables.emplace_back();
    table.place = "millbeck.yaml:3";
    table.spec.name = shardlog::TableName("music");
    table.spec.keys = {kId, {}};
    table.spec.billing = capture::BillingMode::PayPerRequest;
    table.spec.indexes = std::move(indexes);
    return config;
}

// If it fails, a node starts with other indexes than its file promises, or will not start with
// those it has.
TEST(NodeTables, IndexesOfTheFileAreThereAndAlike) {
    tests::ApiNode node;
    const auto ensured = [&](std::vector<IndexSpec> indexes) -> std::string {
        const auto status = ensure_tables(node.store(), with_indexes(std::move(indexes)));
        return status ? "" : status.error().message;
    };
    IndexSpec other_keys = by_at();
    other_keys.keys.range = kId;
    IndexSpec more_keys = by_at();
    more_keys.keys.more_hashes = {kId};
    IndexSpec other_type = by_at();
    other_type.keys.hash.type = AttributeType::S;
    IndexSpec other_projection = by_at();
    other_projection.projection = IndexProjection::All;
    other_projection.included = {};
    IndexSpec other_names = by_at();
    other_names.included = {"a"};
    IndexSpec other_kind = by_at();
    other_kind.kind = IndexKind::Local;
    IndexSpec units = by_at();
    units.throughput = {1, 2};
    IndexSpec unknown = by_at();
    unknown.name = "by-name";
    const std::string differs =
        "millbeck.yaml:3: table \"music\" exists with another index \"by-at\"; change the file, or "
        "delete the index with UpdateTable and make it again";
    ASSERT_EQ(ensured({by_at()}), "") << "made";
    EXPECT_EQ(ensured({by_at()}), "") << "there";
    EXPECT_EQ(ensured({}), "") << "others may be there as well";
    EXPECT_EQ(ensured({units}), "") << "units are the service's";
    capture::TableUpdate capacity;
    capacity.name = shardlog::TableName("music");
    capacity.index_capacities = {
        {.index = "by-at", .maximum = {.read_units = 7}, .warm = {.read_units = 20'000}}};
    ASSERT_TRUE(node.store().update_table(capacity));
    EXPECT_EQ(ensured({by_at()}), "") << "as is any capacity";
    for (const IndexSpec& other :
         {other_keys, more_keys, other_type, other_projection, other_names, other_kind}) {
        EXPECT_EQ(ensured({other}), differs);
    }
    EXPECT_EQ(ensured({by_at(), unknown}),
              "millbeck.yaml:3: table \"music\" exists without the index \"by-name\"; make it with "
              "UpdateTable, or take it out of the file");
}

}  // namespace
}  // namespace millbeck::runtime
