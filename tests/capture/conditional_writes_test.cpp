#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "capture/table_store.hpp"
#include "tests/support/expressions.hpp"
#include "tests/support/logged.hpp"
#include "tests/support/store_fixture.hpp"

namespace millbeck::capture {
namespace {

using base::Code;
using shardlog::StreamViewType;
using tests::ExpressionRequest;
using tests::item_of;
using tests::logged;

constexpr std::string_view kKey = R"({"pk":{"S":"a"}})";
constexpr std::string_view kOne = R"({"n":{"N":"1"},"pk":{"S":"a"}})";
constexpr std::string_view kTwo = R"({"n":{"N":"2"},"pk":{"S":"a"}})";

class ConditionalWritesTest : public tests::StoreFixture, public ::testing::Test {
  protected:
    void SetUp() override {
        ASSERT_TRUE(open());
        ASSERT_TRUE(create(spec("t", StreamViewType::NewAndOldImages)));
    }

    static WriteCondition only_if(const ExpressionRequest& request,
                                  OnConditionFailure on_failure = OnConditionFailure::ShowNothing) {
        auto condition = tests::condition_of(request);
        EXPECT_TRUE(condition) << condition.error().message;
        return {*condition, on_failure};
    }
    static UpdateWrite update(const ExpressionRequest& request, ReturnValues shown,
                              std::string_view key = kKey) {
        auto parsed = tests::update_of(request);
        EXPECT_TRUE(parsed) << parsed.error().message;
        return {table_name("t"), item_of(key), *parsed, shown, {}};
    }
    static UpdateWrite increment(ReturnValues shown) {
        return update({"SET n = n + :d", R"({":d":{"N":"1"}})", ""}, shown);
    }
};

// If it fails, a conditional put overwrites what its writer said it must not.
TEST_F(ConditionalWritesTest, AConditionThatDoesNotHoldKeepsTheWriteFromHappening) {
    const WriteCondition absent = only_if({"attribute_not_exists(pk)", "", ""});
    auto first = write(PutWrite{table_name("t"), item_of(kOne), ReturnValues::None, absent});
    ASSERT_TRUE(first);
    EXPECT_FALSE(first->at(0).refusal);
    WriteCondition shown = absent;
    shown.on_failure = OnConditionFailure::ShowItem;
    for (const WriteCondition& condition : {absent, shown}) {
        auto second =
            write(PutWrite{table_name("t"), item_of(kTwo), ReturnValues::AllOld, condition});
        ASSERT_TRUE(second) << second.error().message;
        const WriteResult& result = second->at(0);
        ASSERT_TRUE(result.refusal);
        EXPECT_EQ(result.refusal->code, Code::ConditionFailed);
        EXPECT_EQ(result.refusal->message, "The conditional request failed");
        const bool shows = condition.on_failure == OnConditionFailure::ShowItem;
        EXPECT_EQ(result.attributes, shows ? std::optional(std::string(kOne)) : std::nullopt);
        EXPECT_EQ(result.new_size_bytes, result.old_size_bytes);
    }
    EXPECT_EQ(get("t", kKey), kOne);
    EXPECT_EQ(logged(log()).size(), 1U);
}

// Each mode of ReturnValues, on an item that is there and on one that is not.
TEST_F(ConditionalWritesTest, AnUpdateShowsWhatWasAskedFor) {
    struct Row {
        ReturnValues shown;
        const char* fresh;  // "": nothing
        const char* existing;
    };
    const std::vector<Row> rows = {
        {ReturnValues::None, "", ""},
        {ReturnValues::AllOld, "", R"({"n":{"N":"1"},"pk":{"S":"%"}})"},
        {ReturnValues::UpdatedOld, "", R"({"n":{"N":"1"}})"},
        {ReturnValues::AllNew, R"({"n":{"N":"1"},"pk":{"S":"%"}})",
         R"({"n":{"N":"2"},"pk":{"S":"%"}})"},
        {ReturnValues::UpdatedNew, R"({"n":{"N":"1"}})", R"({"n":{"N":"2"}})"},
    };
    int next = 0;
    for (const Row& row : rows) {
        const std::string id = std::to_string(next++);
        const std::string key = R"({"pk":{"S":")" + id + R"("}})";
        const auto expected = [&](std::string text) {
            if (const auto at = text.find('%'); at != std::string::npos) {
                text.replace(at, 1, id);
            }
            return text;
        };
        const ExpressionRequest add{"ADD n :d", R"({":d":{"N":"1"}})", ""};
        auto fresh = write(update(add, row.shown, key));
        ASSERT_TRUE(fresh);
        EXPECT_EQ(fresh->at(0).attributes.value_or(""), expected(row.fresh));
        auto existing = write(update(add, row.shown, key));
        ASSERT_TRUE(existing);
        EXPECT_EQ(existing->at(0).attributes.value_or(""), expected(row.existing));
        EXPECT_GT(existing->at(0).old_size_bytes, 0U);
    }
}

// If it fails, counters lose increments: the second update must build on the first, which no
// reader sees yet.
TEST_F(ConditionalWritesTest, UpdatesOfOneGroupBuildOnEachOther) {
    ASSERT_TRUE(put("t", kOne));
    std::vector<Answers> answers;
    for (int i = 0; i < 20; ++i) {
        answers.push_back(submit({{increment(ReturnValues::UpdatedNew)}}));
    }
    ASSERT_TRUE(commit_group());
    for (int i = 0; i < 20; ++i) {
        EXPECT_EQ((**answers[static_cast<std::size_t>(i)])->at(0).attributes,
                  R"({"n":{"N":")" + std::to_string(i + 2) + R"("}})");
    }
    EXPECT_EQ(get("t", kKey), R"({"n":{"N":"21"},"pk":{"S":"a"}})");
    const auto records = logged(log());
    ASSERT_EQ(records.size(), 21U);
    EXPECT_EQ(records[1].old_image, kOne);
    EXPECT_EQ(records[1].new_image, kTwo);
}

// What a writer read ahead of its turn is old once another group has written the item: each of
// these is read before the first is committed, and committed in a group of its own.
TEST(ReadAhead, AWriteSeesWhatGroupsBeforeItDid) {
    tests::StoreFixtureOptions options;
    options.store.group_bytes_max = 1;
    tests::StoreFixture fixture(options);
    ASSERT_TRUE(fixture.open());
    ASSERT_TRUE(fixture.create(tests::StoreFixture::spec("t", StreamViewType::NewAndOldImages)));
    const auto count = tests::update_of({"ADD n :d", R"({":d":{"N":"1"}})", ""});
    ASSERT_TRUE(count);
    std::vector<tests::StoreFixture::Answers> answers;
    for (int i = 0; i < 5; ++i) {
        answers.push_back(fixture.submit({{UpdateWrite{tests::StoreFixture::table_name("t"),
                                                       item_of(kKey),
                                                       *count,
                                                       ReturnValues::UpdatedNew,
                                                       {}}}}));
    }
    for (int i = 0; i < 5; ++i) {
        const auto& answer = *answers[static_cast<std::size_t>(i)];
        ASSERT_FALSE(answer.has_value()) << "groups of one";
        ASSERT_TRUE(fixture.commit_group());
        ASSERT_TRUE(answer.has_value());
        EXPECT_EQ((*answer)->at(0).attributes, R"({"n":{"N":")" + std::to_string(i + 1) + R"("}})");
    }
    const auto records = logged(fixture.log());
    ASSERT_EQ(records.size(), 5U);
    EXPECT_EQ(records[4].old_image, R"({"n":{"N":"4"},"pk":{"S":"a"}})");
}

// An update that cannot be done is its caller's to mend.
TEST_F(ConditionalWritesTest, AnUpdateOfWhatIsNotThereIsRefused) {
    const auto answer = write(increment(ReturnValues::AllNew));
    ASSERT_TRUE(answer);
    ASSERT_TRUE(answer->at(0).refusal) << "there is no n to add to";
    EXPECT_EQ(answer->at(0).refusal->code, Code::Invalid);
    EXPECT_EQ(answer->at(0).refusal->message,
              "The provided expression refers to an attribute that does not exist in the item");
    EXPECT_EQ(get("t", kKey), "");
}

// If it fails, a transaction happens in part, or its client learns of one reason only.
TEST_F(ConditionalWritesTest, ARefusedCommitLeavesNoTraceAndTellsEveryReason) {
    ASSERT_TRUE(put("t", kOne));
    const WriteCondition wrong =
        only_if({"n = :v", R"({":v":{"N":"7"}})", ""}, OnConditionFailure::ShowItem);
    Commit commit;
    commit.emplace_back(
        PutWrite{table_name("t"), item_of(R"({"pk":{"S":"b"}})"), ReturnValues::None, {}});
    commit.emplace_back(CheckWrite{table_name("t"), item_of(kKey), wrong});
    commit.emplace_back(DeleteWrite{table_name("t"), item_of(R"({"pk":{"S":"c"}})"),
                                    ReturnValues::None, only_if({"attribute_exists(pk)", "", ""})});
    const Answers refused = submit({commit});
    const Answers next = submit({{put_write("t", R"({"pk":{"S":"b"},"x":{"S":"y"}})")}});
    ASSERT_TRUE(commit_group());
    ASSERT_TRUE((*refused)->has_value());
    const std::vector<WriteResult>& results = ***refused;
    ASSERT_EQ(results.size(), 3U);
    EXPECT_FALSE(results[0].refusal);
    EXPECT_EQ(results[0].new_size_bytes, 0U);
    EXPECT_EQ(results[1].refusal->code, Code::ConditionFailed);
    EXPECT_EQ(results[1].attributes, kOne);
    EXPECT_EQ(results[2].refusal->code, Code::ConditionFailed);
    EXPECT_EQ(results[2].attributes, std::nullopt);
    EXPECT_EQ((**next)->at(0).attributes, std::nullopt) << "the refused put was seen";
    EXPECT_EQ(logged(log()).size(), 2U);
}

// One frame, or a crash in the middle shows half of a transaction.
TEST_F(ConditionalWritesTest, ACommitOfSeveralWritesIsOneFrame) {
    ASSERT_TRUE(put("t", kOne));
    Commit commit;
    commit.emplace_back(increment(ReturnValues::None));
    commit.emplace_back(CheckWrite{table_name("t"), item_of(R"({"pk":{"S":"b"}})"),
                                   only_if({"attribute_not_exists(pk)", "", ""})});
    commit.emplace_back(put_write("t", R"({"pk":{"S":"c"}})"));
    const Answers answer = submit({commit});
    ASSERT_TRUE(commit_group());
    ASSERT_TRUE((*answer)->has_value());
    std::vector<std::size_t> frames;
    ASSERT_TRUE(log().scan(log().stats().first, [&](const shardlog::CommitView& frame) {
        frames.push_back(frame.records.size());
        return base::Status{};
    }));
    EXPECT_EQ(frames, (std::vector<std::size_t>{1, 2})) << "a check writes no record";
    ASSERT_TRUE(reopen());
    EXPECT_EQ(get("t", kKey), kTwo);
    EXPECT_EQ(get("t", R"({"pk":{"S":"c"}})"), R"({"pk":{"S":"c"}})");
}

// What can be said before the committer's turn is said at once, and nothing is logged.
TEST_F(ConditionalWritesTest, RefusesWhatTouchesKeys) {
    const auto answer =
        write(update({"SET pk = :v", R"({":v":{"S":"b"}})", ""}, ReturnValues::None));
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().message,
              "One or more parameter values were invalid: Cannot update attribute pk. This "
              "attribute is part of the key");
    EXPECT_TRUE(logged(log()).empty());
}

}  // namespace
}  // namespace millbeck::capture
