// Injections as people wish them, over the admin routes, and what readers of streams see of them.
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/runtime/inject/inject_node.hpp"

namespace millbeck::runtime {
namespace {

using tests::Inject;
using tests::InjectNode;
using Json = nlohmann::json;

triggers::TriggerSpec named(const std::string& name) {
    triggers::TriggerSpec spec;
    spec.name = name;
    return spec;
}

const std::vector<std::string> kEvery{"split-shard",  "roll-shard", "expire-iterators",
                                      "trim",         "delay",      "duplicate-batch",
                                      "fail-handler", "clear",      "crash-after-reply"};

// If it fails, somebody's production server can be made to fail by whoever reaches its port.
TEST(InjectHttp, EverythingIsRefusedUnlessAllowed) {
    InjectNode node(Inject::Off);
    node.create("music");
    node.add_trigger(named("sums"), "music");
    for (const std::string& what : kEvery) {
        const Json refused = node.inject(what, {{"trigger", "sums"}, {"table", "music"}});
        EXPECT_EQ(refused.at("status"), 400) << what;
        EXPECT_EQ(refused.at("error").at("code"), "Unsupported");
        EXPECT_EQ(refused.at("error").at("message"),
                  "fault injection is off; start the server with --allow-inject (or allow_inject: "
                  "true in its file) to use it in your tests");
    }
    const Json list = node.admin("GET", "inject");
    EXPECT_EQ(list.at("allowed"), false);
    EXPECT_EQ(list.at("faults"), Json::array());
    EXPECT_EQ(node.admin("GET", "status").at("inject"),
              (Json{{"allowed", false}, {"armed", 0}, {"streams", 0}}));
    EXPECT_EQ(node.admin("GET", "triggers").at("triggers")[0].at("injected"), Json::array());
}

struct WrongRow {
    std::string what;
    Json body;
    int status;
    std::string words;
};

// If it fails, a typo arms something else than was meant, or nothing without a word.
TEST(InjectHttp, SaysWhatIsWrong) {
    InjectNode node;
    node.create("music");
    node.add_trigger(named("sums"), "music");
    const std::vector<WrongRow> rows{
        {"explode", {}, 404, "there is no POST inject/explode"},
        {"delay", {{"trigger", "sums"}}, 400, "\"by\" is missing: how long a delivery waits"},
        {"delay", {{"trigger", "sums"}, {"by", "soon"}}, 400, "\"by\": \"soon\" is not a duration"},
        {"delay", {{"trigger", "sums"}, {"by", 5}}, 400, "\"by\" must be a text"},
        {"delay", {{"trigger", "sums"}, {"by", "16m"}}, 400, "out of range"},
        {"delay",
         {{"trigger", "sums"}, {"by", "1s"}, {"times", 2}, {"for", "1m"}},
         400,
         "say how often or for how long, not both"},
        {"duplicate-batch", {{"trigger", "sums"}, {"by", "1s"}}, 400, "\"by\" is not known here"},
        {"duplicate-batch",
         {{"trigger", "sms"}},
         404,
         "there is no trigger or sink named \"sms\"; did you mean \"sums\"?"},
        {"duplicate-batch", {{"times", 1}}, 400, "\"trigger\" is missing"},
        {"duplicate-batch", {{"trigger", "sums"}, {"times", "2"}}, 400, "must be a whole number"},
        {"duplicate-batch", {{"trigger", "sums"}, {"times", 0}}, 400, "times 0 is out of range"},
        {"fail-handler",
         {{"trigger", "sums"}, {"partial", 2}},
         400,
         "\"partial\" is for triggers with report_batch_item_failures and without a "
         "tumbling_window; \"sums\" is none"},
        {"crash-after-reply", {{"trigger", "sums"}, {"times", 2}}, 400, "is not known here"},
        {"split-shard", {{"table", "musik"}}, 404, "no table \"musik\" with an enabled stream"},
        {"split-shard", {{"table", "music"}, {"shard", "x"}}, 400, ""},
        {"roll-shard",
         {{"table", "music"}, {"shard", "shardId-00000000000000000000-00000099"}},
         404,
         "table \"music\" has no shard"},
        {"trim", {{"table", "music"}, {"to", "tomorrow"}}, 400, "is no moment"},
        {"trim", {{"table", "music"}, {"to", "100000000000000099999"}}, 400, "nothing is written"},
        {"expire-iterators", {{"table", 1}}, 400, "\"table\" must be a text"},
        {"clear", {{"triger", "sums"}}, 400, "\"triger\" is not known here"},
    };
    for (const WrongRow& row : rows) {
        const Json refused = node.inject(row.what, row.body.is_null() ? Json::object() : row.body);
        EXPECT_EQ(refused.at("status"), row.status) << row.what << row.body;
        const std::string message = refused.at("error").at("message");
        EXPECT_NE(message.find(row.words), std::string::npos) << message;
    }
    EXPECT_EQ(node.admin("POST", "inject/trim", "[]").at("status"), 400);
    EXPECT_EQ(node.admin("GET", "inject").at("armed"), 0);
}

// If it fails, somebody forgets what is armed, or reads of it what is not so.
TEST(InjectHttp, ListsWhatIsArmedAndClearsIt) {
    InjectNode node;
    node.create("music");
    auto reporting = named("sums");
    reporting.report_batch_item_failures = true;
    node.add_trigger(reporting, "music");
    const Json delay = {{"trigger", "sums"}, {"by", "5ms"}, {"for", "1h"}};
    EXPECT_EQ(node.inject("delay", delay).at("armed"), 1);
    const Json partial = {{"trigger", "sums"}, {"partial", 3}};
    EXPECT_EQ(node.inject("fail-handler", partial).at("armed"), 2);
    const Json list = node.inject("duplicate-batch", {{"trigger", "sums"}, {"times", 4}});
    EXPECT_EQ(list.at("armed"), 3);
    const Json& faults = list.at("faults");
    EXPECT_EQ(faults[0].at("fault"), "duplicate-batch");
    EXPECT_EQ(faults[0].at("left"), 4);
    EXPECT_EQ(faults[0].at("left_ms"), nullptr);
    EXPECT_EQ(faults[1].at("by_ms"), 5);
    EXPECT_EQ(faults[1].at("left"), nullptr);
    EXPECT_LE(faults[1].at("left_ms"), 3'600'000);
    EXPECT_GT(faults[1].at("left_ms"), 3'000'000);
    EXPECT_EQ(faults[2].at("partial"), 3);
    EXPECT_EQ(node.admin("GET", "status").at("inject").at("armed"), 3);
    EXPECT_EQ(node.admin("GET", "triggers").at("triggers")[0].at("injected"),
              (Json{"duplicate-batch", "delay", "fail-handler"}));
    node.put("music", "a");
    ASSERT_TRUE(node.sink->wait_for_records(2));
    const Json used = node.admin("GET", "inject").at("faults")[0];
    EXPECT_EQ(used.at("used"), 1);
    EXPECT_EQ(used.at("left"), 3);
    EXPECT_EQ(node.inject("clear", {{"trigger", "other"}}).at("armed"), 3);
    EXPECT_EQ(node.inject("clear", Json::object()).at("faults"), Json::array());
}

// If it fails, a client's way out of ExpiredIteratorException is never walked before production.
TEST(InjectHttp, IteratorsThatAreOutExpire) {
    InjectNode node;
    const std::string music = node.create("music");
    const std::string films = node.create("films");
    node.put("music", "a");
    const Json old = node.iterator(music, "TRIM_HORIZON");
    const Json other = node.iterator(films, "LATEST");
    const Json next = node.records(old).at("NextShardIterator");
    EXPECT_EQ(node.inject("expire-iterators", {{"table", "music"}}).at("status"), 200);
    for (const Json& each : {old, next}) {
        const Json refused = node.records(each);
        EXPECT_EQ(refused.at("status"), 400);
        EXPECT_NE(refused.at("__type").get<std::string>().find("ExpiredIteratorException"),
                  std::string::npos);
    }
    EXPECT_EQ(node.records(other).at("status"), 200) << "another table's";
    const Json fresh = node.records(node.iterator(music, "TRIM_HORIZON"));
    EXPECT_EQ(fresh.at("Records").size(), 1u);
    EXPECT_EQ(node.records(fresh.at("NextShardIterator")).at("status"), 200);
    const Json list = node.admin("GET", "inject");
    EXPECT_EQ(list.at("streams")[0].at("table"), "music");
    EXPECT_TRUE(list.at("streams")[0].at("iterators_expired_through").is_string());
}

// If it fails, a reader that was away too long is told lies, or another table loses records.
TEST(InjectHttp, WhatIsTrimmedIsGoneForReaders) {
    InjectNode node;
    const std::string music = node.create("music");
    const std::string films = node.create("films");
    const Json early = node.iterator(music, "TRIM_HORIZON");
    node.put("music", "a");
    node.put("films", "a");
    const std::string first =
        node.records(early).at("Records")[0].at("dynamodb").at("SequenceNumber");
    const Json list = node.inject("trim", {{"table", "music"}});
    EXPECT_EQ(list.at("streams")[0].at("trimmed_to"), node.log->latest().to_string());
    node.put("music", "b");
    const Json refused = node.records(early);
    EXPECT_EQ(refused.at("status"), 400);
    EXPECT_NE(refused.at("__type").get<std::string>().find("TrimmedDataAccessException"),
              std::string::npos);
    const Json there = node.records(node.iterator(music, "TRIM_HORIZON")).at("Records");
    ASSERT_EQ(there.size(), 1u);
    EXPECT_EQ(there[0]["dynamodb"]["Keys"]["p"]["S"], "b");
    EXPECT_EQ(node.records(node.iterator(films, "TRIM_HORIZON")).at("Records").size(), 1u);
    const Json back = node.inject("trim", {{"table", "music"}, {"to", first}});
    EXPECT_EQ(back.at("streams"), list.at("streams")) << "it never goes back";
}

// If it fails, a copy in the making reads a hole, or nobody knows why the trim did not happen.
TEST(InjectHttp, ACopyInTheMakingStandsInTheWay) {
    InjectNode node;
    node.create("music");
    node.create("films");
    node.put("music", "a");
    auto copy = named("music-cache");
    copy.copy = triggers::CopySpec{};
    copy.batch_size = 1;
    node.sink->hold(true);
    node.add_trigger(copy, "music");
    ASSERT_TRUE(node.sink->wait_for_inside(1)) << "its rows are on the way";
    node.put("music", "b");
    const Json refused = node.inject("trim", {{"table", "music"}});
    EXPECT_EQ(refused.at("status"), 409);
    EXPECT_NE(refused.at("error").at("message").get<std::string>().find(
                  "sink \"music-cache\" is making its copy and needs what was written from"),
              std::string::npos);
    EXPECT_EQ(node.inject("trim", {{"table", "films"}}).at("status"), 200);
    node.sink->hold(false);
    tests::Promised<bool> drained;
    node.manager->wait_drained(base::Milliseconds{60'000}, drained.keeper());
    ASSERT_EQ(drained.wait(), true);
}

// If it fails, a client never meets a shard that closes while it reads.
TEST(InjectHttp, ShardsSplitAndRoll) {
    InjectNode node;
    node.create("music");
    const Json split = node.inject("split-shard", {{"table", "music"}}).at("shards");
    ASSERT_EQ(split.size(), 3u);
    EXPECT_EQ(split[0].at("open"), false);
    EXPECT_EQ(split[1].at("parents"), Json{split[0].at("shard")});
    const Json one =
        node.inject("roll-shard", {{"table", "music"}, {"shard", split[1].at("shard")}});
    EXPECT_EQ(one.at("shards").size(), 4u);
    const Json all = node.inject("roll-shard", {{"table", "music"}});
    EXPECT_EQ(all.at("shards").size(), 6u) << "both open ones";
    const Json half = node.inject("split-shard", {{"table", "music"}}).at("shards");
    EXPECT_EQ(half.size(), 8u);
    EXPECT_EQ(node.inject("split-shard", {{"table", "music"}, {"shard", split[0].at("shard")}})
                  .at("status"),
              409)
        << "it is closed";
    EXPECT_EQ(node.metrics
                  .counter("millbeck_inject_uses_total", "",
                           {{"fault", "roll-shard"}, {"target", "music"}})
                  .value(),
              3);
}

}  // namespace
}  // namespace millbeck::runtime
