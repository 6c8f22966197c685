// Tables and their indexes in millbeck.yaml.
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "runtime/config/load.hpp"

namespace millbeck::runtime {
namespace {

base::Result<Config> from_file(const std::string& text) {
    return build_config(
        {.file_name = "millbeck.yaml", .file_text = text, .environment = {}, .flags = {}});
}

std::string indexed(const std::string& indexes) {
    return "tables: [{name: music, keys: {hash: id S}, indexes: [" + indexes + "]}]";
}

struct BadRow {
    std::string text;
    std::string sentence;
};

// If it fails, somebody with a typo searches for hours, or a table is not the one that was meant.
TEST(ConfigTables, SayInOneSentenceWhatIsWrong) {
    const std::vector<BadRow> rows{
        {"tables: [{nme: music, keys: {hash: id S}}]",
         R"(millbeck.yaml:1: unknown key "nme" in a table; did you mean "name"?)"},
        {"tables: [{name: music}]", R"(millbeck.yaml:1: "keys" is missing in a table)"},
        {"tables: [{name: x, keys: {hash: id S}}]",
         R"(millbeck.yaml:1: name: "x" is not a table name: 3 to 255 of a-z A-Z 0-9 _ . -)"},
        {"tables: [{name: music, keys: {hash: id}}]",
         R"(millbeck.yaml:1: keys: hash: "id" is not a name and a type (S, N or B), like "id S")"},
        {"tables: [{name: music, keys: {hash: id L}}]",
         R"(millbeck.yaml:1: keys: hash: "id L" is not a name and a type (S, N or B), like "id S")"},
        {"tables: [{name: music, keys: {range: id S}}]",
         R"(millbeck.yaml:1: keys: needs "hash", the partition key)"},
        {"tables: [{name: music, keys: {hash: id S, range: id N}}]",
         "millbeck.yaml:1: keys: hash and range must be different attributes"},
        {"tables: [{name: music, keys: {hash: [id S, at N]}}]",
         "millbeck.yaml:1: keys: a table has one hash and at most one range attribute; only global "
         "indexes have lists of them"},
        {"tables: [{name: music, keys: {hash: id S, sort: at N}}]",
         R"(millbeck.yaml:1: keys: unknown key "sort")"},
        {"tables: [{name: music, keys: {hash: id S}, indexes: {}}]",
         "millbeck.yaml:1: indexes: must be a list, like [{name: by-song, keys: {hash: song S}}]"},
        {"tables: [{name: music, keys: {hash: id S}, indexes: [{name: by-at}]}]",
         "millbeck.yaml:1: indexes: each needs \"name\" and \"keys\""},
        {"tables: [{name: music, keys: {hash: id S}, indexes: [{name: at, keys: {hash: at N}}]}]",
         "millbeck.yaml:1: indexes: name: \"at\" is not an index name: 3 to 255 of a-z A-Z 0-9 _ . "
         "-"},
        {indexed("{name: by-at, keys: {hash: at N}, project: ALL}"),
         "millbeck.yaml:1: indexes: unknown key \"project\"; did you mean "
         "\"projection\"?"},
        {indexed("{name: by-at, keys: {hash: at N}, projection: SOME}"),
         "millbeck.yaml:1: indexes: projection: \"SOME\" is not ALL, KEYS_ONLY or a list of "
         "attributes"},
        {indexed("{name: by-at, keys: {hash: at N}, projection: [a, a]}"),
         "millbeck.yaml:1: indexes: projection: \"a\" is there twice"},
        {indexed("{name: by-at, keys: {hash: at N}, kind: some}"),
         "millbeck.yaml:1: indexes: kind: \"some\" is not global or local"},
        {indexed("{name: by-at, keys: {hash: id S, range: at N}, kind: local}"),
         "millbeck.yaml:1: table \"music\": index \"by-at\": a local index has the hash key of its "
         "table and one range key of its own, and its table has a range key"},
        {indexed("{name: by-at, keys: {hash: []}}"),
         "millbeck.yaml:1: indexes: keys: hash: must have 1 to 4 attributes"},
        {indexed("{name: by-at, keys: {hash: a S, range: [b S, c S, d S, e S, f S]}}"),
         "millbeck.yaml:1: indexes: keys: range: must have 1 to 4 attributes"},
        {indexed("{name: by-at, keys: {hash: [a S, b]}}"),
         "millbeck.yaml:1: indexes: keys: hash: \"b\" is not a name and a type (S, N or B), like "
         "\"id S\""},
        {indexed("{name: by-at, keys: {hash: [a S, b S], range: a S}}"),
         "millbeck.yaml:1: indexes: keys: hash and range must be different attributes"},
        {indexed("{name: by-id, keys: {hash: id N}}"),
         "millbeck.yaml:1: table \"music\": index \"by-id\": id has another type elsewhere"},
        {indexed("{name: one, keys: {hash: at N}}, {name: one, keys: {hash: at N}}"),
         "millbeck.yaml:1: table \"music\": index \"one\" is there twice"},
        {"tables: [{name: music, keys: {hash: id S}, stream: NEW_IMAGES}]",
         R"(millbeck.yaml:1: stream: "NEW_IMAGES" is not one of NEW_AND_OLD_IMAGES, NEW_IMAGE, OLD_IMAGE, KEYS_ONLY, off; did you mean "NEW_IMAGE"?)"},
        {"tables: [{name: music, keys: {hash: id S}, shards: 0}]",
         "millbeck.yaml:1: shards: 0 is out of range; allowed is 1 to 256"},
        {"tables: [{name: music, keys: {hash: id S}, billing: provisioned}]",
         R"(millbeck.yaml:1: table "music": a provisioned table needs read_units and write_units)"},
        {"tables: [{name: music, keys: {hash: id S}, read_units: 5}]",
         R"(millbeck.yaml:1: table "music": read_units and write_units are for provisioned tables)"},
        {"tables: [{name: music, keys: {hash: id S}, stream_retention: 23h}]",
         R"(millbeck.yaml:1: table "music": stream_retention (23h) is shorter than the node's retention (24h))"},
        {"archive_retention: 1h",
         "archive_retention (1h) is shorter than retention (24h): the archive takes what is past "
         "it; 0s is no archive"},
        {"tables: [{name: music, keys: {hash: id S}, stream: off, stream_retention: 48h}]",
         R"(millbeck.yaml:1: table "music": stream_retention is for a stream, which is off)"},
        {"tables: [{name: music, keys: {hash: id S}, stream_retention: 366d}]",
         "millbeck.yaml:1: stream_retention: 366d is out of range; allowed is 1s to 365d"},
    };
    for (const auto& row : rows) {
        const auto config = from_file(row.text);
        ASSERT_FALSE(config) << row.text;
        EXPECT_EQ(config.error().message, row.sentence) << row.text;
        EXPECT_EQ(config.error().code, base::Code::Invalid) << row.text;
    }
}

// If it fails, the index of the file is another than the one that is made.
TEST(ConfigTables, ReadIndexesOfATable) {
    const auto config = from_file(
        "tables: [{name: music, keys: {hash: id S, range: at N}, billing: provisioned, "
        "read_units: 2, write_units: 3, indexes: [{name: by-song, keys: {hash: song S}, "
        "projection: [year, label]}, {name: by-year, kind: local, projection: KEYS_ONLY, "
        "keys: {hash: id S, range: year N}}]}]");
    ASSERT_TRUE(config) << config.error().message;
    const auto& indexes = config->tables.at(0).spec.indexes;
    ASSERT_EQ(indexes.size(), 2U);
    EXPECT_EQ(indexes[0].name, "by-song");
    EXPECT_EQ(indexes[0].kind, capture::IndexKind::Global);
    EXPECT_EQ(indexes[0].keys.hash.name, "song");
    EXPECT_EQ(indexes[0].included, (std::vector<std::string>{"year", "label"}));
    EXPECT_EQ(indexes[0].throughput, (capture::Throughput{2, 3}));
    EXPECT_EQ(indexes[1].kind, capture::IndexKind::Local);
    EXPECT_EQ(indexes[1].projection, capture::IndexProjection::KeysOnly);
    EXPECT_EQ(indexes[1].keys.range->name, "year");
}

// If it fails, indexes that the API can make cannot be written into the file.
TEST(ConfigTables, ReadKeysOfManyAttributes) {
    const auto config = from_file(
        indexed("{name: by-day, keys: {hash: [tenant S, region S], range: [day N, id S]}}, "
                "{name: by-all, keys: {hash: [a S, b N, c B, d S]}}"));
    ASSERT_TRUE(config) << config.error().message;
    const auto& indexes = config->tables.at(0).spec.indexes;
    using capture::KeyAttribute;
    using shardlog::AttributeType;
    capture::KeySchema by_day{{"tenant", AttributeType::S}, KeyAttribute{"day", AttributeType::N}};
    by_day.more_hashes = {{"region", AttributeType::S}};
    by_day.more_ranges = {{"id", AttributeType::S}};
    ASSERT_EQ(indexes.size(), 2U);
    EXPECT_EQ(indexes[0].keys, by_day);
    EXPECT_EQ(indexes[1].keys.hashes().size(), 4U);
    EXPECT_FALSE(indexes[1].keys.range);
}

}  // namespace
}  // namespace millbeck::runtime
