#include "sinks/dynamodb/dynamodb_item.hpp"

#include <gtest/gtest.h>

#include "tests/sinks/batches.hpp"

namespace millbeck::sinks {
namespace {

Message message_of(const Batch& batch) {
    return batch.messages.front();
}

TEST(DynamoDbItems, StampsSortAsNumbers) {
    const auto stamp = [](std::string_view sequence) {
        return DynamoDbItems::stamp_text({.generation = "g-1", .sequence = sequence});
    };
    EXPECT_EQ(stamp("7"), "g-1:0000000000000000000000000000000000000007");
    EXPECT_LT(stamp("9"), stamp("10"));
    EXPECT_LT(stamp("99999999999999999999999999999999999999"),
              stamp("100000000000000000000000000000000000000"));
    EXPECT_EQ(DynamoDbItems::stamp_text({.generation = "", .sequence = "1"}).substr(0, 2), "-:");
}

TEST(DynamoDbItems, APutIsConditionalAndStamped) {
    DynamoDbOptions options;
    options.mapping = {.include = {"n", "old"}, .exclude = {"old"}, .rename = {{"n", "count"}}};
    const DynamoDbItems items(options);
    const Batch batch =
        batch_of({.messages = {{.id = "7",
                                .key = key_of("a"),
                                .new_image = R"({"_mb_seq":{"S":"x"},"id":{"S":"a"},"n":{"N":"1"},)"
                                             R"("old":{"S":"o"},"other":{"S":"p"}})"}}});
    const auto request =
        items.request(message_of(batch), "orders", {.generation = "g", .sequence = "7"});
    ASSERT_TRUE(request) << request.error().message;
    EXPECT_EQ(
        *request,
        R"({"TableName":"orders","Item":{"id":{"S":"a"},"count":{"N":"1"},)"
        R"("_mb_seq":{"S":"g:0000000000000000000000000000000000000007"},)"
        R"("_mb_origin":{"S":"millbeck"}},"ConditionExpression":"attribute_not_exists(#s) OR )"
        R"((NOT begins_with(#s, :g)) OR #s < :s","ExpressionAttributeNames":{"#s":"_mb_seq"},)"
        R"("ExpressionAttributeValues":{":g":{"S":"g:"},)"
        R"(":s":{"S":"g:0000000000000000000000000000000000000007"}}})");
}

TEST(DynamoDbItems, ATombstoneIsAKeyWithAnEnd) {
    const DynamoDbOptions options;
    const DynamoDbItems items(options);
    const Batch batch = batch_of(
        {.messages = {{.id = "8", .key = key_of("a"), .new_image = "", .event = Event::Remove}}});
    const auto request =
        items.request(message_of(batch), "t", {.generation = "g", .sequence = "8", .seconds = 100});
    ASSERT_TRUE(request);
    EXPECT_NE(request->find(R"("Item":{"id":{"S":"a"},"_mb_seq":)"), std::string::npos);
    EXPECT_NE(request->find(R"("_mb_deleted":{"BOOL":true},"_mb_expires":{"N":"86500"}})"),
              std::string::npos)
        << *request;
}

TEST(DynamoDbItems, WhatItCannotWriteIsAnError) {
    const DynamoDbOptions options;
    const DynamoDbItems items(options);
    const Batch keys_only =
        batch_of({.messages = {{.id = "8", .key = key_of("a"), .new_image = ""}}});
    EXPECT_FALSE(items.request(message_of(keys_only), "t", {.generation = "", .sequence = "8"}));
    const std::string long_sequence(41, '9');
    const Batch batch = make_batch(1, 1);
    EXPECT_FALSE(
        items.request(message_of(batch), "t", {.generation = "", .sequence = long_sequence}));
}

// If it fails, two tables send each other the same change for ever, or local updates of
// replicated items are lost.
TEST(DynamoDbItems, AnEchoIsWhatThePeerWroteAndNothingElse) {
    DynamoDbOptions options;
    options.origin = "here";
    options.peer = "there";
    const DynamoDbItems items(options);
    const std::string local = R"({"id":{"S":"a"}})";
    const std::string theirs =
        R"({"id":{"S":"a"},"_mb_origin":{"S":"there"},"_mb_seq":{"S":"g:1"}})";
    const std::string theirs_again =
        R"({"id":{"S":"a"},"_mb_origin":{"S":"there"},"_mb_seq":{"S":"g:2"}})";
    const std::string theirs_updated_here =
        R"({"id":{"S":"a"},"n":{"N":"1"},"_mb_origin":{"S":"there"},"_mb_seq":{"S":"g:1"}})";
    const std::string of_a_third =
        R"({"id":{"S":"a"},"_mb_origin":{"S":"third"},"_mb_seq":{"S":"g:1"}})";
    const std::string tombstone =
        R"({"id":{"S":"a"},"_mb_origin":{"S":"there"},"_mb_deleted":{"BOOL":true}})";
    const struct {
        const char* what;
        Event event;
        std::string old_image;
        std::string new_image;
        bool is_echo;
    } rows[] = {
        {"a local insert", Event::Insert, "", local, false},
        {"a replicated insert", Event::Insert, "", theirs, true},
        {"a replicated insert over a local item", Event::Modify, local, theirs, true},
        {"a replicated change", Event::Modify, theirs, theirs_again, true},
        {"a local update of a replicated item", Event::Modify, theirs, theirs_updated_here, false},
        {"a local put over a replicated item", Event::Modify, theirs, local, false},
        {"a third side's change", Event::Insert, "", of_a_third, false},
        {"a local delete of a replicated item", Event::Remove, theirs, "", false},
        {"a tombstone that expired", Event::Remove, tombstone, "", true},
    };
    for (const auto& row : rows) {
        const Batch batch = batch_of({.messages = {{.id = "9",
                                                    .key = key_of("a"),
                                                    .new_image = row.new_image,
                                                    .old_image = row.old_image,
                                                    .event = row.event}}});
        const auto echo = items.is_echo(message_of(batch));
        ASSERT_TRUE(echo) << row.what;
        EXPECT_EQ(*echo, row.is_echo) << row.what;
    }
    const Batch without_old = batch_of({.messages = {{.id = "9",
                                                      .key = key_of("a"),
                                                      .new_image = theirs,
                                                      .old_image = "",
                                                      .event = Event::Modify}}});
    EXPECT_FALSE(items.is_echo(message_of(without_old)));
}

}  // namespace
}  // namespace millbeck::sinks
