// Event source mappings over Lambda's REST API, against a real log and a scripted trigger manager.
#include "runtime/lambda/mapping_registry.hpp"

#include <map>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/support/api_node.hpp"
#include "tests/support/scripted_triggers.hpp"
#include "tests/support/temp_folder.hpp"

namespace millbeck::runtime::lambda {
namespace {

using Json = nlohmann::json;
using tests::ApiNode;

// A node with the table "orders", its stream on, functions "totals" and "other", and the registry.
class Node {
  public:
    Node() {
        const Json made = Json::parse(tables_.ok(
            "CreateTable",
            R"({"TableName":"orders","BillingMode":"PAY_PER_REQUEST","AttributeDefinitions":)"
            R"([{"AttributeName":"p","AttributeType":"S"}],"KeySchema":)"
            R"([{"AttributeName":"p","KeyType":"HASH"}],"StreamSpecification":)"
            R"({"StreamEnabled":true,"StreamViewType":"NEW_IMAGE"}})"));
        stream_ = made["TableDescription"]["LatestStreamArn"];
        open();
    }

    void restart() {
        registry_.reset();
        triggers_ = std::make_unique<tests::ScriptedTriggers>();
        open();
    }

    [[nodiscard]] Json request(const Json& members = Json::object()) const {
        Json body{{"EventSourceArn", stream_},
                  {"FunctionName", "totals"},
                  {"StartingPosition", "TRIM_HORIZON"}};
        body.update(members);
        return body;
    }

    Json create(const Json& members = Json::object()) {
        const auto made = registry_->create(request(members));
        EXPECT_TRUE(made.has_value()) << made.error().message;
        return made.value_or(Json());
    }

    MappingRegistry& registry() { return *registry_; }
    triggers::CheckpointStore& checkpoints() { return *checkpoints_; }
    tests::ScriptedTriggers& triggers() { return *triggers_; }
    [[nodiscard]] const std::string& stream() const { return stream_; }

  private:
    void open() {
        documents_.reset();
        auto documents = DocumentStore::open(folder_.path() / "lambda.db");
        ASSERT_TRUE(documents.has_value()) << documents.error().message;
        documents_ = std::move(*documents);
        auto checkpoints = triggers::CheckpointStore::open(folder_.path() / "triggers.db");
        ASSERT_TRUE(checkpoints.has_value()) << checkpoints.error().message;
        checkpoints_ = std::move(*checkpoints);
        auto registry = MappingRegistry::open(
            {.documents = *documents_,
             .triggers = *triggers_,
             .checkpoints = *checkpoints_,
             .log = tables_.log(),
             .failures = failures_,
             .clock = tables_.clock(),
             .random = *random_,
             .identity = {},
             .function_exists =
                 [](const FunctionReference& function) {
                     return function.name == "totals" || function.name == "other";
                 },
             .sink_for = [](const FunctionReference&) { return nullptr; },
             .destination_for = [](const std::string&) { return nullptr; }});
        ASSERT_TRUE(registry.has_value()) << registry.error().message;
        registry_ = std::move(*registry);
    }

    ApiNode tables_;
    std::string stream_;
    tests::TempFolder folder_;
    std::unique_ptr<base::Random> random_ = base::seeded_random(7);
    std::unique_ptr<tests::ScriptedTriggers> triggers_ =
        std::make_unique<tests::ScriptedTriggers>();
    FailureRoutes failures_{tables_.dead_letters()};
    std::unique_ptr<DocumentStore> documents_;
    std::unique_ptr<triggers::CheckpointStore> checkpoints_;
    std::unique_ptr<MappingRegistry> registry_;
};

Json get(Node& node, const Json& mapping) {
    return node.registry().get(mapping["UUID"]).value_or(Json{{"State", "gone"}});
}

// If it fails, Terraform waits for a state that never comes, or believes one that is not true.
TEST(MappingRegistry, WalksThroughItsStates) {
    Node node;
    const Json made = node.create();
    EXPECT_EQ(made["State"], "Creating");
    EXPECT_EQ(made["StateTransitionReason"], "User action");
    EXPECT_EQ(made["LastProcessingResult"], "No records processed");
    EXPECT_EQ(made["EventSourceMappingArn"],
              "arn:aws:lambda:us-east-1:000000000000:event-source-mapping:" +
                  made["UUID"].get<std::string>());
    EXPECT_EQ(get(node, made)["State"], "Enabled");
    ASSERT_EQ(node.triggers().specs().size(), 1U);
    EXPECT_EQ(node.triggers().specs()[0].id.value(), made["UUID"]);
    EXPECT_EQ(node.triggers().specs()[0].stream_arn, node.stream());

    const std::string uuid = made["UUID"];
    EXPECT_EQ((*node.registry().update(uuid, {{"BatchSize", 5}}))["State"], "Updating");
    EXPECT_EQ(get(node, made)["State"], "Updating");
    const auto busy = node.registry().update(uuid, {{"BatchSize", 6}});
    EXPECT_EQ(busy.error().exception.name, "ResourceInUseException");
    EXPECT_EQ(busy.error().message, "Cannot update the event source mapping because it is in use.");
    EXPECT_EQ(node.registry().remove(uuid).error().message,
              "Cannot delete the event source mapping because it is in use.");
    node.triggers().finish();
    EXPECT_EQ(get(node, made)["State"], "Enabled");
    EXPECT_EQ(get(node, made)["BatchSize"], 5);
    EXPECT_EQ(node.triggers().specs()[0].batch_size, 5U);

    EXPECT_EQ((*node.registry().update(uuid, {{"Enabled", false}}))["State"], "Disabling");
    node.triggers().finish();
    EXPECT_EQ(get(node, made)["State"], "Disabled");
    EXPECT_EQ((*node.registry().update(uuid, {{"Enabled", true}}))["State"], "Enabling");
    node.triggers().finish();
    EXPECT_EQ(get(node, made)["State"], "Enabled");

    EXPECT_EQ((*node.registry().remove(uuid))["State"], "Deleting");
    EXPECT_EQ(get(node, made)["State"], "Deleting");
    node.triggers().finish();
    const auto gone = node.registry().get(uuid);
    EXPECT_EQ(gone.error().exception.name, "ResourceNotFoundException");
    EXPECT_EQ(gone.error().message, "The resource you requested does not exist.");
    EXPECT_TRUE(node.triggers().specs().empty());
}

// If it fails, what a trigger met is told wrongly.
TEST(MappingRegistry, TellsTheLastResult) {
    Node node;
    const Json made = node.create();
    node.triggers().set_last_result(LastResult::Ok);
    EXPECT_EQ(get(node, made)["LastProcessingResult"], "OK");
    node.triggers().set_last_result(LastResult::Failed);
    EXPECT_EQ(get(node, made)["LastProcessingResult"], "PROBLEM: Function call failed");
}

// If it fails, one change reaches a function twice, or a mapping to nothing is made.
TEST(MappingRegistry, RefusesWhatCannotBe) {
    Node node;
    const Json made = node.create();
    const auto twice = node.registry().create(node.request());
    EXPECT_EQ(twice.error().exception.name, "ResourceConflictException");
    EXPECT_EQ(twice.error().message,
              "The event source arn (\" " + node.stream() +
                  " \") and function (\" totals \") provided mapping already exists. Please update "
                  "or delete the existing mapping with UUID " +
                  made["UUID"].get<std::string>());
    EXPECT_TRUE(node.registry().create(node.request({{"FunctionName", "totals:live"}})));
    const auto nobody = node.registry().create(node.request({{"FunctionName", "nobody"}}));
    EXPECT_EQ(nobody.error().exception.name, "InvalidParameterValueException");
    EXPECT_EQ(nobody.error().message, "Function does not exist");
    const std::string gone = "arn:aws:dynamodb:us-east-1:000000000000:table/none/stream/x";
    EXPECT_EQ(node.registry().create(node.request({{"EventSourceArn", gone}})).error().message,
              "Stream not found: " + gone);
    EXPECT_EQ(node.registry().update("no-such", Json::object()).error().exception.status, 404U);
    EXPECT_EQ(node.registry().remove("no-such").error().exception.status, 404U);
    const Json other = node.create({{"FunctionName", "other"}});
    EXPECT_EQ(
        node.registry().update(other["UUID"], {{"FunctionName", "totals"}}).error().exception.name,
        "ResourceConflictException");
}

// If it fails, mappings are lost or changed by a restart, or come back after they were deleted.
TEST(MappingRegistry, IsTheSameAfterARestart) {
    Node node;
    const Json kept = node.create({{"BatchSize", 3}, {"Tags", {{"team", "a"}}}});
    const Json dying = node.create({{"FunctionName", "other"}});
    const triggers::TriggerId dying_id{dying["UUID"].get<std::string>()};
    ASSERT_TRUE(node.checkpoints().adopt(dying_id, dying_id.value(), node.stream()));
    ASSERT_TRUE(node.checkpoints().advance(
        dying_id, {shardlog::ShardId(base::WallTime{}, shardlog::ShardNumber{1}),
                   shardlog::SequenceNumber(7)}));
    EXPECT_TRUE(node.registry().remove(dying["UUID"]));  // the node ends before the trigger has
    node.restart();
    EXPECT_TRUE(node.checkpoints().load(dying_id).value().empty());
    EXPECT_EQ(get(node, kept)["BatchSize"], 3);
    EXPECT_EQ(get(node, kept)["State"], "Enabled");
    EXPECT_EQ(node.registry().tags(kept["UUID"]).value(), (Tags{{"team", "a"}}));
    EXPECT_EQ(get(node, dying)["State"], "gone");
    ASSERT_EQ(node.triggers().specs().size(), 1U);
    EXPECT_EQ(node.triggers().specs()[0].id.value(), kept["UUID"]);
}

// If it fails, a list of many mappings misses some or never ends.
TEST(MappingRegistry, ListsInPages) {
    Node node;
    std::set<std::string> made;
    for (int i = 0; i < 7; ++i) {
        made.insert(node.create({{"FunctionName", "totals:v" + std::to_string(i)}})["UUID"]
                        .get<std::string>());
    }
    std::set<std::string> seen;
    MappingQuery query{.limit = 3};
    int pages = 0;
    do {
        const Json page = *node.registry().list(query);
        for (const Json& each : page["EventSourceMappings"]) {
            EXPECT_TRUE(seen.insert(each["UUID"]).second);
        }
        query.marker = page.value("NextMarker", "");
        ++pages;
    } while (!query.marker.empty());
    EXPECT_EQ(seen, made);
    EXPECT_EQ(pages, 3);
    const auto count = [&](MappingQuery by) {
        return (*node.registry().list(by))["EventSourceMappings"].size();
    };
    EXPECT_EQ(count({.function = "totals:v3"}), 1U);
    EXPECT_EQ(count({.function = "totals"}), 0U);
    EXPECT_EQ(count({.event_source_arn = node.stream()}), 7U);
    EXPECT_EQ(count({.event_source_arn = "arn:aws:dynamodb:x"}), 0U);
}

// If it fails, what the configuration file says is changed behind its back.
TEST(MappingRegistry, ShowsTheConfigurationsTriggers) {
    Node node;
    triggers::TriggerSpec spec;
    spec.id = triggers::TriggerId{"11111111-1111-4111-8111-111111111111"};
    spec.name = "orders-totals";
    spec.function = "totals";
    spec.batch_size = 9;
    node.triggers().put(spec, node.stream());
    const Json seen = *node.registry().get(spec.id.value());
    EXPECT_EQ(seen["BatchSize"], 9);
    EXPECT_EQ(seen["EventSourceArn"], node.stream());
    EXPECT_EQ(seen["FunctionArn"], "arn:aws:lambda:us-east-1:000000000000:function:totals");
    EXPECT_EQ((*node.registry().list({}))["EventSourceMappings"].size(), 1U);
    const auto changed = node.registry().update(spec.id.value(), {{"BatchSize", 1}});
    EXPECT_EQ(changed.error().message,
              "This event source mapping is a trigger of Millbeck's configuration file: change it "
              "there.");
    EXPECT_FALSE(node.registry().remove(spec.id.value()));
    EXPECT_EQ(node.registry().create(node.request()).error().exception.name,
              "ResourceConflictException");
}

}  // namespace
}  // namespace millbeck::runtime::lambda
