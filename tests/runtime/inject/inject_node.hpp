// A node without sockets whose streams and triggers can be injected into, or not.
#pragma once

#include <memory>
#include <string>
#include <thread>
#include <utility>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "runtime/inject/injection.hpp"
#include "tests/runtime/scripted_sink.hpp"
#include "tests/support/api_node.hpp"

namespace millbeck::tests {

enum class Inject { Allowed, Off };

class InjectNode {
  public:
    using Json = nlohmann::json;

    explicit InjectNode(Inject inject = Inject::Allowed) {
        if (inject == Inject::Allowed) {
            injection.emplace(*log, clock, metrics, [] { ADD_FAILURE() << "crashed"; });
        }
        shardlog::ShardLog& seen = injection ? injection->log : *log;
        runtime::TriggerManagerOptions options;
        options.images = [this](const shardlog::TableName& table) { return store->image(table); };
        options.faults = injection ? &injection->plan : nullptr;
        manager =
            runtime::TriggerManager::create(seen, *checkpoints, clock, *random, metrics, options);
        manager->start();
        api = runtime::Api::create({.store = *store,
                                    .log = seen,
                                    .triggers = *manager,
                                    .dead_letters = *dead_letters,
                                    .clock = clock,
                                    .random = *random,
                                    .metrics = metrics,
                                    .injection = injection ? &*injection : nullptr});
        committer = std::jthread([this](const std::stop_token& stop) {
            while (!stop.stop_requested()) {
                EXPECT_TRUE(store->commit_some(base::Milliseconds(50)));
            }
        });
    }
    InjectNode(const InjectNode&) = delete;
    InjectNode& operator=(const InjectNode&) = delete;
    ~InjectNode() {
        sink->hold(false);
        api.reset();
        manager->stop(base::Milliseconds{60'000});
        manager.reset();
        committer.request_stop();
        store->close_queue();
        committer.join();
    }

    template <typename T>
    static T must(base::Result<T> result) {
        EXPECT_TRUE(result) << result.error().message;
        return std::move(*result);
    }

    // The answer to a call of the service, with its status as "status".
    [[nodiscard]] Json call(std::string_view name, const Json& body) const {
        return answer(ApiNode::signed_request(name, body.dump()));
    }
    // The answer of an admin route, the same way.
    [[nodiscard]] Json admin(const std::string& method, const std::string& path,
                             const std::string& body = "") const {
        return answer(FakeHttpRequest(method, "/_millbeck/v1/" + path, body));
    }
    [[nodiscard]] Json inject(const std::string& what, const Json& body) const {
        return admin("POST", "inject/" + what, body.dump());
    }

    // A table with a stream of one shard; returns the stream's ARN.
    std::string create(const std::string& name) {
        capture::TableSpec spec;
        spec.name = shardlog::TableName{name};
        spec.keys.hash.name = "p";
        spec.stream = shardlog::StreamViewType::NewAndOldImages;
        spec.shard_count = 1;
        spec.billing = capture::BillingMode::PayPerRequest;
        must(store->create_table(spec));
        return call("ListStreams", {{"TableName", name}}).at("Streams")[0].at("StreamArn");
    }
    void put(const std::string& table, const std::string& key) const {
        const Json item = {{"TableName", table}, {"Item", {{"p", {{"S", key}}}}}};
        EXPECT_EQ(call("PutItem", item).at("status"), 200);
    }
    [[nodiscard]] Json iterator(const std::string& arn, const std::string& type) const {
        const Json stream = call("DescribeStream", {{"StreamArn", arn}});
        return call("GetShardIterator",
                    {{"StreamArn", arn},
                     {"ShardId", stream["StreamDescription"]["Shards"][0]["ShardId"]},
                     {"ShardIteratorType", type}})
            .at("ShardIterator");
    }
    [[nodiscard]] Json records(const Json& iterator_text) const {
        return call("GetRecords", {{"ShardIterator", iterator_text}});
    }
    void add_trigger(triggers::TriggerSpec spec, const std::string& table) {
        spec.table = shardlog::TableName{table};
        spec.function = "totals";
        ASSERT_TRUE(manager->add(std::move(spec), sink));
    }

    TempFolder folder;
    base::SystemClock clock;
    base::Metrics metrics;
    std::unique_ptr<base::FileSystem> files = base::system_files();
    std::unique_ptr<base::Random> random = base::seeded_random(7);
    std::unique_ptr<shardlog::ShardLog> log =
        must(shardlog::ShardLog::open(*files, folder.path() / "log", clock, metrics, small_log()));
    std::unique_ptr<capture::TableStore> store = must(capture::TableStore::open(
        {*files, clock, *random, metrics, *log}, folder.path() / "store", {}));
    std::unique_ptr<triggers::DeadLetterStore> dead_letters =
        must(triggers::DeadLetterStore::open(folder.path() / "dead-letters.db", {}));
    std::unique_ptr<triggers::CheckpointStore> checkpoints =
        must(triggers::CheckpointStore::open(folder.path() / "triggers.db", *random));
    std::optional<runtime::Injection> injection;
    std::shared_ptr<ScriptedSink> sink = std::make_shared<ScriptedSink>();
    std::unique_ptr<runtime::TriggerManager> manager;
    std::unique_ptr<runtime::Api> api;
    std::jthread committer;

  private:
    [[nodiscard]] Json answer(const FakeHttpRequest& request) const {
        const Answer given;
        api->handle(request, given.responder());
        const auto response = given.wait();
        Json json = Json::parse(response.body, nullptr, false);
        EXPECT_TRUE(json.is_object()) << response.body;
        json["status"] = response.status;
        return json;
    }
};

}  // namespace millbeck::tests
