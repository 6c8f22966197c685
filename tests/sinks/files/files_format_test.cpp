// The bytes of files: partitions, sealed lines, lines of changes.
#include <gtest/gtest.h>

#include "sinks/files/line_format.hpp"
#include "sinks/files/partition.hpp"
#include "sinks/files/sealed_lines.hpp"
#include "tests/sinks/batches.hpp"

namespace millbeck::sinks {
namespace {

TEST(Partition, FillsItsNames) {
    const struct {
        std::string_view text;
        std::int64_t milliseconds;
        std::string_view folder;
    } rows[] = {
        {"dt={date}/hour={hour}", 0, "dt=1970-01-01/hour=00"},
        {"dt={date}/hour={hour}", -1, "dt=1969-12-31/hour=23"},
        {"dt={date}/hour={hour}", 1'709'164'800'000, "dt=2024-02-29/hour=00"},
        {"table={table}/s={shard}", 0, "table=orders/s=shard-1"},
        {"all", 0, "all"},
        {"", 0, ""},
    };
    for (const auto& row : rows) {
        const auto partition = Partition::parse(row.text);
        ASSERT_TRUE(partition) << partition.error().message;
        EXPECT_EQ(partition->folder(
                      {.milliseconds = row.milliseconds, .table = "orders", .shard = "shard-1"}),
                  row.folder);
    }
}

TEST(Partition, RefusesWhatLeavesTheFolderOrIsHidden) {
    for (const std::string_view text :
         {"/a", "a/", "a//b", "..", "a/../b", ".a", "_a", "a b", "{day}", "{date", "a}", "a\\b"}) {
        EXPECT_FALSE(Partition::parse(text)) << text;
    }
}

TEST(SealedLines, ATornEndIsLeftOut) {
    const std::string first = seal(R"({"a":1)");
    const std::string second = seal(R"({"b":"x")");
    const std::string all = first + second;
    for (std::size_t length = first.size(); length < all.size(); ++length) {
        const auto read = read_sealed(all.substr(0, length));
        ASSERT_TRUE(read) << length;
        EXPECT_EQ(read->lines.size(), 1u) << length;
        EXPECT_EQ(read->bytes, first.size());
    }
    EXPECT_EQ(read_sealed(all)->lines.size(), 2u);
    EXPECT_EQ(read_sealed("")->lines.size(), 0u);
    // A hole where a sector was not written.
    EXPECT_EQ(read_sealed(first + std::string(40, '\0') + "\n")->lines.size(), 1u);
}

// If it fails, a rotten byte makes files disappear from a manifest in silence.
TEST(SealedLines, ABrokenLineBeforeWholeOnesIsAnError) {
    std::string all = seal(R"({"a":1)") + seal(R"({"b":2)");
    all[5] = '7';
    const auto read = read_sealed(all);
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().code, base::Code::Corrupt);
}

Message message_of(const Batch& batch) {
    return batch.messages.front();
}

TEST(LineFormat, RowsCarryTheirChange) {
    FilesOptions options;
    options.lines = FilesOptions::Lines::Rows;
    options.mapping.rename = {{"n", "count"}};
    const LineFormat format(options);
    const Batch batch = batch_of(
        {.messages = {{.id = "7",
                       .key = key_of("a"),
                       .new_image = R"({"id":{"S":"a"},"n":{"N":"1"},"_time":{"S":"mine"}})"}}});
    std::string text;
    ASSERT_TRUE(format.append(text, message_of(batch), "s-1"));
    EXPECT_EQ(text, R"({"_key":{"id":{"S":"a"}},"_event":"INSERT","_sequence":"7","_shard":"s-1",)"
                    R"("_time":0,"id":"a","count":1})"
                    "\n");
    text.pop_back();
    const auto line = format.read(text);
    ASSERT_TRUE(line) << line.error().message;
    EXPECT_EQ(line->key, key_of("a"));
    EXPECT_EQ(line->sequence, "7");
    EXPECT_FALSE(line->is_removal);
    EXPECT_EQ(line->content, R"(,"id":"a","count":1})");
}

TEST(LineFormat, ColumnsComeFromTheMapping) {
    FilesOptions options;
    options.format = FilesOptions::Format::Csv;
    options.mapping = {
        .include = {"id", "address.city", "n"}, .rename = {{"n", "count, all"}}, .flatten = "_"};
    options.new_attributes = FilesOptions::NewAttributes::Drop;
    EXPECT_EQ(LineFormat(options).header(),
              "_key,_event,_sequence,_shard,_time,id,address_city,\"count, all\"\r\n");
}

TEST(LineFormat, AnEmptyTextIsNotAnAbsentOne) {
    FilesOptions options;
    options.format = FilesOptions::Format::Csv;
    options.columns = {"a", "b", "c"};
    options.new_attributes = FilesOptions::NewAttributes::Drop;
    const Batch batch = batch_of(
        {.messages = {
             {.id = "7", .key = key_of("a"), .new_image = R"({"a":{"S":""},"b":{"NULL":true}})"}}});
    std::string text;
    ASSERT_TRUE(LineFormat(options).append(text, message_of(batch), "s"));
    EXPECT_TRUE(text.ends_with(",INSERT,7,s,0,\"\",,\r\n")) << text;
}

TEST(LineFormat, EveryBrokenLineIsAnError) {
    FilesOptions options;
    for (const auto lines : {FilesOptions::Lines::Records, FilesOptions::Lines::Rows}) {
        options.lines = lines;
        for (const std::string_view text : {"", "{", "[]", "{}", R"({"eventName":"INSERT"})"}) {
            const auto line = LineFormat(options).read(text);
            ASSERT_FALSE(line) << text;
            EXPECT_EQ(line.error().code, base::Code::Corrupt);
        }
    }
}

}  // namespace
}  // namespace millbeck::sinks
