#include "sinks/kafka/outgoing.hpp"

#include <gtest/gtest.h>

#include "sinks/kafka/sending.hpp"
#include "sinks/kafka/session.hpp"
#include "sinks/kafka/topic_copy.hpp"
#include "tests/sinks/batches.hpp"

namespace millbeck::sinks::kafka {
namespace {

constexpr base::WallTime kNow{base::Milliseconds{1'700'000'000'123}};

Batch three_changes(Content content = Content::Changes) {
    Batch batch = batch_of({.messages = {{.id = "100",
                                          .key = key_of("a"),
                                          .new_image = R"({"id":{"S":"a"},"n":{"N":"1"}})"},
                                         {.id = "101",
                                          .key = key_of("a"),
                                          .new_image = R"({"id":{"S":"a"},"n":{"N":"2"}})",
                                          .old_image = R"({"id":{"S":"a"},"n":{"N":"1"}})",
                                          .event = Event::Modify},
                                         {.id = "102",
                                          .key = key_of("a"),
                                          .new_image = "",
                                          .old_image = R"({"id":{"S":"a"},"n":{"N":"2"}})",
                                          .event = Event::Remove}},
                            .content = content,
                            .shard_id = "shardId-1"});
    for (Message& message : batch.messages) {
        message.milliseconds = 1'600'000'000'000;
    }
    return batch;
}

struct Sent {
    std::string key;
    std::string value;
    friend bool operator==(const Sent&, const Sent&) = default;
};

std::vector<Sent> sent(const Batch& batch, const KafkaOptions& options) {
    const auto made = make_outgoing(batch, options, {"feed", "orders"}, kNow);
    EXPECT_TRUE(made) << made.error().message;
    std::vector<Sent> all;
    for (const Outgoing& each : made->messages) {
        all.push_back(
            {std::string(each.key), each.is_tombstone ? "(none)" : std::string(each.value)});
    }
    return all;
}

TEST(KafkaMessages, RecordsAreSplicedAsTheyAre) {
    const Batch batch = three_changes();
    const auto made = make_outgoing(batch, {}, {"feed", "orders"}, kNow);
    ASSERT_TRUE(made);
    ASSERT_EQ(made->messages.size(), 3u);
    for (std::size_t i = 0; i < 3; ++i) {
        EXPECT_EQ(made->messages[i].value.data(), batch.messages[i].record.data());
        EXPECT_EQ(made->messages[i].key, key_of("a"));
        EXPECT_EQ(made->messages[i].milliseconds, 1'600'000'000'000);
    }
}

TEST(KafkaMessages, RowsAreMappedAndARemovalHasNoValue) {
    KafkaOptions options;
    options.format = KafkaFormat::Plain;
    options.mapping.rename = {{"n", "count"}};
    EXPECT_EQ(sent(three_changes(), options),
              (std::vector<Sent>{{key_of("a"), R"({"id":"a","count":1})"},
                                 {key_of("a"), R"({"id":"a","count":2})"},
                                 {key_of("a"), "(none)"}}));
}

TEST(KafkaMessages, EnvelopesAreDebeziums) {
    KafkaOptions options;
    options.format = KafkaFormat::Debezium;
    const auto source = [](const std::string& sequence, const std::string& snapshot) {
        return R"("source":{"connector":"millbeck","name":"feed","table":"orders",)"
               R"("shard":"shardId-1","sequence":")" +
               sequence + R"(","snapshot":")" + snapshot +
               R"(","ts_ms":1600000000000},"ts_ms":1700000000123})";
    };
    EXPECT_EQ(sent(three_changes(), options),
              (std::vector<Sent>{
                  {key_of("a"),
                   R"({"op":"c","before":null,"after":{"id":"a","n":1},)" + source("100", "false")},
                  {key_of("a"), R"({"op":"u","before":{"id":"a","n":1},"after":{"id":"a","n":2},)" +
                                    source("101", "false")},
                  {key_of("a"),
                   R"({"op":"d","before":{"id":"a","n":2},"after":null,)" + source("102", "false")},
                  {key_of("a"), "(none)"}}));
    Batch rows = three_changes(Content::Rows);
    rows.messages.resize(1);
    EXPECT_EQ(
        sent(rows, options),
        (std::vector<Sent>{{key_of("a"), R"({"op":"r","before":null,"after":{"id":"a","n":1},)" +
                                             source("100", "true")}}));
}

// If it fails, a stream without images fills a topic with empty rows.
TEST(KafkaMessages, FormatsOfRowsNeedImages) {
    Batch batch = three_changes();
    batch.messages[1].new_image = "";
    KafkaOptions options;
    options.format = KafkaFormat::Plain;
    const auto made = make_outgoing(batch, options, {"feed", "orders"}, kNow);
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().code, base::Code::Invalid);
    EXPECT_TRUE(make_outgoing(batch, {}, {"feed", "orders"}, kNow));
}

TEST(KafkaMessages, CountsUpToTheFirstThatIsTooLarge) {
    const Batch batch = make_batch(1, 3, 100);
    auto made = make_outgoing(batch, {}, {"feed", "orders"}, kNow);
    ASSERT_TRUE(made);
    EXPECT_EQ(count_sendable(*made, 1'000), 3u);
    const std::string large(2'000, 'x');
    made->messages[1].value = large;
    EXPECT_EQ(count_sendable(*made, 1'000), 1u);
}

TEST(KafkaMessages, ReadsWhatItWrote) {
    const Batch batch = three_changes();
    for (const KafkaFormat format :
         {KafkaFormat::Record, KafkaFormat::Plain, KafkaFormat::Debezium}) {
        KafkaOptions options;
        options.format = format;
        const std::vector<Sent> all = sent(batch, options);
        const std::string expected = format == KafkaFormat::Record
                                         ? std::string(batch.messages[1].new_image)
                                         : R"({"id":"a","n":2})";
        const auto content = content_of(all[1].value, format);
        ASSERT_TRUE(content && *content);
        EXPECT_EQ(**content, expected);
        if (format != KafkaFormat::Plain) {
            const auto removed = content_of(all[2].value, format);
            ASSERT_TRUE(removed);
            EXPECT_FALSE(removed->has_value());
            EXPECT_EQ(content_of("{}", format).error().code, base::Code::Invalid);
            EXPECT_EQ(content_of("no", format).error().code, base::Code::Corrupt);
        }
    }
}

TEST(KafkaMessages, NumbersOfRecordsCompareAsIntegers) {
    EXPECT_TRUE(is_up_to("9", "10"));
    EXPECT_TRUE(is_up_to("10", "10"));
    EXPECT_FALSE(is_up_to("100", "99"));
    EXPECT_TRUE(is_up_to("0099", "100"));
    EXPECT_FALSE(is_up_to("1", ""));
    EXPECT_TRUE(is_up_to("100000000000000000000001", "100000000000000000000002"));
}

}  // namespace
}  // namespace millbeck::sinks::kafka
