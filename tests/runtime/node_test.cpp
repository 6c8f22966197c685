#include "runtime/node.hpp"

#include <atomic>
#include <chrono>
#include <filesystem>
#include <sstream>
#include <thread>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/http_client.hpp"
#include "runtime/cli/command_line.hpp"
#include "runtime/config/load.hpp"
#include "tests/support/temp_folder.hpp"

namespace millbeck::runtime {
namespace {

using base::Code;
using base::Milliseconds;
using Json = nlohmann::json;

// A node of a configuration in a folder of its own, on a free port, and an HTTP client to it.
class NodeTest : public testing::Test {
  protected:
    Config config(const std::string& text, const std::string& listen = "127.0.0.1:0") const {
        auto built = build_config({.file_name = (folder.path() / "millbeck.yaml").native(),
                                   .file_text = text,
                                   .environment = {},
                                   .flags = {{"listen", listen},
                                             {"data", (folder.path() / "data").native()},
                                             {"log_level", "error"}}});
        EXPECT_TRUE(built) << built.error().message;
        return std::move(*built);
    }

    void open(const std::string& text, NodeHooks hooks = {}) {
        node.reset();
        auto opened = Node::open(config(text), std::move(hooks));
        ASSERT_TRUE(opened) << opened.error().message;
        node = std::move(*opened);
        client = std::move(*base::HttpClient::open(node->endpoint()));
    }

    base::HttpClientResponse send(std::string_view method, std::string_view target,
                                  std::string_view body = "",
                                  std::vector<std::pair<std::string, std::string>> headers = {}) {
        auto response = client->send(method, target, body, headers, Milliseconds{60'000});
        EXPECT_TRUE(response) << response.error().message;
        return response ? *response : base::HttpClientResponse{};
    }

    base::HttpClientResponse call(const std::string& operation, const Json& body) {
        return send("POST", "/", body.dump(),
                    {{"Content-Type", "application/x-amz-json-1.0"},
                     {"X-Amz-Target", "DynamoDB_20120810." + operation},
                     {"X-Amz-Date", "20260101T000000Z"},
                     {"Authorization",
                      "AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/dynamodb/aws4_request, "
                      "SignedHeaders=host;x-amz-date, Signature=00"}});
    }

    void put(const std::string& id) {
        const auto response =
            call("PutItem", {{"TableName", "music"}, {"Item", {{"id", {{"S", id}}}}}});
        EXPECT_EQ(response.status, 200u) << response.body;
    }

    Json admin(std::string_view method, const std::string& path, const Json& body = nullptr) {
        const auto response =
            send(method, "/_millbeck/v1/" + path, body.is_null() ? "" : body.dump());
        EXPECT_EQ(response.status, 200u) << response.body;
        return Json::parse(response.body, nullptr, false);
    }

    bool drained() {
        return admin("POST", "wait-drained", {{"timeout_ms", 60'000}}).at("drained").get<bool>();
    }

    tests::TempFolder folder;
    std::unique_ptr<Node> node;
    std::unique_ptr<base::HttpClient> client;
};

const std::string kMusic = "tables: [{name: music, keys: {hash: id S}, shards: 2}]\n";
const std::string kTotals = R"(
functions:
  - name: totals
    command: ["/bin/sh", "-c", "while read -r line; do echo seen >&2; echo '{}'; done"]
triggers: [{table: music, function: totals, batch_size: 1}]
)";

// If it fails, Millbeck does not do its main job: a put is not a call of the handler.
TEST_F(NodeTest, TurnsAPutIntoACallOfTheHandler) {
    std::atomic<int> lines{0};
    std::atomic<std::size_t> records{0};
    open(kMusic + kTotals,
         {.on_stderr = [&](auto, auto line) { lines += line == "seen" ? 1 : 0; },
          .on_delivery = [&](const DeliveryNote& note) { records += note.records; }});
    put("a");
    put("b");
    ASSERT_TRUE(drained());
    node->stop();
    EXPECT_EQ(lines, 2);
    EXPECT_EQ(records, 2u);
}

// If it fails, a restart forgets tables, items or how far a trigger was.
TEST_F(NodeTest, KeepsEverythingOverARestart) {
    std::atomic<std::size_t> records{0};
    const auto count = [&](const DeliveryNote& note) { records += note.records; };
    open(kMusic + kTotals, {.on_delivery = count});
    put("a");
    ASSERT_TRUE(drained());
    open(kMusic + kTotals, {.on_delivery = count});
    const auto item = call("GetItem", {{"TableName", "music"}, {"Key", {{"id", {{"S", "a"}}}}}});
    EXPECT_EQ(Json::parse(item.body)["Item"]["id"]["S"], "a");
    put("b");
    ASSERT_TRUE(drained());
    node->stop();  // a note follows its acknowledgement: only now all are there
    EXPECT_EQ(records, 2u);
}

// If it fails, supervisors and scrapers see nothing.
TEST_F(NodeTest, AnswersHealthMetricsAndStatus) {
    open(kMusic + kTotals);
    EXPECT_EQ(send("GET", "/health/live").status, 200u);
    EXPECT_EQ(send("GET", "/health/ready").body, "{\"status\":\"ready\"}\n");
    EXPECT_NE(send("GET", "/metrics").body.find("# TYPE millbeck_"), std::string::npos);
    const Json status = admin("GET", "status");
    EXPECT_EQ(status["data_folder"], (folder.path() / "data").native());
    EXPECT_EQ(status["tables"], 1);
    EXPECT_EQ(admin("GET", "tables")["tables"][0]["name"], "music");
    EXPECT_EQ(admin("GET", "triggers")["triggers"][0]["name"], "music-totals");
    EXPECT_EQ(send("GET", "/_millbeck/v1/nothing").status, 404u);
}

// If it fails, a client that polls waits for ever at a stop, and so does the stop.
TEST_F(NodeTest, AnswersLongPollsWhenItStops) {
    open("stop_deadline: 60s\n" + kMusic);
    std::atomic<bool> answered{false};
    std::jthread poller([&, endpoint = node->endpoint()] {
        auto own = std::move(*base::HttpClient::open(endpoint));
        const auto page = own->send("GET", "/_millbeck/v1/tail?table=music&wait_ms=50000", "", {},
                                    Milliseconds{60'000});
        answered = page.has_value() && page->status == 200;
    });
    // Another poll that ends by itself begins after the first one was sent; both are on their way
    // or inside by then.
    send("GET", "/_millbeck/v1/tail?table=music&wait_ms=50");
    node->stop();
    poller.join();
    EXPECT_TRUE(answered);
}

// If it fails, two nodes write into one folder, or the second changes something before it refuses.
TEST_F(NodeTest, RefusesALockedFolderAndATakenPort) {
    open(kMusic);
    const auto locked = Node::open(config(kMusic), {});
    ASSERT_FALSE(locked);
    EXPECT_EQ(locked.error().code, Code::InUse);
    EXPECT_NE(locked.error().message.find((folder.path() / "data").native()), std::string::npos);

    const std::string address = node->endpoint().substr(std::string("http://").size());
    Config second = config(kMusic, address);
    second.node.data = folder.path() / "second";
    const auto taken = Node::open(second, {});
    ASSERT_FALSE(taken);
    EXPECT_EQ(taken.error().code, Code::InUse);
    EXPECT_NE(taken.error().message.find(address.substr(address.find(':') + 1)), std::string::npos)
        << taken.error().message;
    EXPECT_FALSE(std::filesystem::exists(second.node.data / "log")) << "half started";
}

// If it fails, a configuration that does not fit the data starts and does something else.
TEST_F(NodeTest, RefusesWhatContradictsTheDataFolder) {
    open(kMusic + "  \n");
    put("a");
    node.reset();
    const std::string file = (folder.path() / "millbeck.yaml").native();
    const auto complaint = [&](const std::string& text) {
        const auto opened = Node::open(config(text), {});
        EXPECT_EQ(opened.has_value() ? Code::Internal : opened.error().code, Code::Invalid);
        return opened.has_value() ? "accepted" : opened.error().message;
    };
    EXPECT_EQ(complaint("tables: [{name: music, keys: {hash: other S}}]"),
              file +
                  ":1: table \"music\" exists with the keys {hash: id S}, not {hash: other S}; "
                  "give it another name or delete the existing one");
    EXPECT_EQ(complaint("tables: [{name: music, keys: {hash: id S}, stream: KEYS_ONLY}]"),
              file +
                  ":1: table \"music\" exists with the stream setting NEW_AND_OLD_IMAGES, not "
                  "KEYS_ONLY; change the file or switch the table's stream off with "
                  "UpdateTable");
    EXPECT_EQ(complaint("functions: [{name: f, command: cat}]\n"
                        "triggers: [{table: musik, function: f}]"),
              file +
                  ":2: trigger \"musik-f\": table \"musik\" is neither under \"tables\" nor in "
                  "the data folder; did you mean \"music\"?");
}

// If it fails, a trigger on a table that nobody made leaves a data folder behind.
TEST_F(NodeTest, RefusesAnUnknownTableBeforeItMakesAnything) {
    const auto opened = Node::open(config("functions: [{name: f, command: cat}]\n"
                                          "triggers: [{table: nowhere, function: f}]"),
                                   {});
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, Code::Invalid);
    EXPECT_FALSE(std::filesystem::exists(folder.path() / "data"));
}

// If it fails, a folder below a file ends in a stack trace.
TEST_F(NodeTest, RefusesAFolderItCannotMake) {
    Config blocked = config(kMusic);
    blocked.node.data = "/proc/version/data";
    const auto opened = Node::open(blocked, {});
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, Code::Io);
    EXPECT_TRUE(opened.error().message.starts_with("data folder /proc/version/data cannot be used"))
        << opened.error().message;
}

// If it fails, a table that was made without a stream cannot be given a trigger by the file.
TEST_F(NodeTest, SwitchesAStreamOnThatTheFileAsksFor) {
    open("tables: [{name: music, keys: {hash: id S}, stream: off}]");
    EXPECT_TRUE(admin("GET", "tables")["tables"][0]["stream"].is_null());
    open(kMusic + kTotals);
    EXPECT_EQ(admin("GET", "tables")["tables"][0]["stream"]["view_type"], "NEW_AND_OLD_IMAGES");
    put("a");
    EXPECT_TRUE(drained());
}

// If it fails, shards cannot be changed by hand, or changes of an item come out of order after it.
TEST_F(NodeTest, RollsSplitsAndMergesShards) {
    open(kMusic);
    const auto open_shards = [&](const Json& reply) {
        std::vector<std::string> ids;
        for (const Json& shard : reply["shards"]) {
            if (shard["open"].get<bool>()) {
                ids.push_back(shard["shard"]);
            }
        }
        return ids;
    };
    put("a");
    auto ids = open_shards(admin("POST", "shards/roll", {{"table", "music"}}));
    ASSERT_EQ(ids.size(), 2u);
    ids = open_shards(
        admin("POST", "shards/merge", {{"table", "music"}, {"shards", {ids[0], ids[1]}}}));
    ASSERT_EQ(ids.size(), 1u);
    ids = open_shards(admin("POST", "shards/split", {{"table", "music"}, {"shards", {ids[0]}}}));
    EXPECT_EQ(ids.size(), 2u);
    EXPECT_EQ(send("POST", "/_millbeck/v1/shards/split", R"({"table":"music"})").status, 400u);
    EXPECT_EQ(send("POST", "/_millbeck/v1/shards/roll", R"({"table":"nowhere"})").status, 404u);
    EXPECT_EQ(send("POST", "/_millbeck/v1/shards/roll", "no json").status, 400u);
}

// If it fails, `millbeck tail` skips, repeats or reorders changes.
TEST_F(NodeTest, TailsAllShardsInOrder) {
    open(kMusic);
    for (int i = 0; i < 10; ++i) {
        put("item-" + std::to_string(i));
    }
    std::vector<std::string> seen;
    std::string cursor = "start";
    for (int page = 0; page < 4; ++page) {
        const Json reply = admin("GET", "tail?table=music&limit=3&from=" + cursor);
        cursor = reply["cursor"];
        for (const Json& record : reply["records"]) {
            seen.push_back(record["dynamodb"]["Keys"]["id"]["S"]);
        }
    }
    ASSERT_EQ(seen.size(), 10u);
    for (std::size_t i = 0; i < seen.size(); ++i) {
        EXPECT_EQ(seen[i], "item-" + std::to_string(i));
    }
    // Nothing more: the poll waits, and the next write ends it.
    std::jthread writer([&] {
        auto own = std::move(*base::HttpClient::open(node->endpoint()));
        const auto rolled = own->send("POST", "/_millbeck/v1/shards/roll", R"({"table":"music"})",
                                      {}, Milliseconds{60'000});
        EXPECT_TRUE(rolled);
        client.swap(own);
        put("late");
    });
    auto own = std::move(*base::HttpClient::open(node->endpoint()));
    const auto reply =
        own->send("GET", "/_millbeck/v1/tail?table=music&wait_ms=60000&from=" + cursor, "", {},
                  Milliseconds{60'000});
    writer.join();
    ASSERT_TRUE(reply);
    EXPECT_EQ(Json::parse(reply->body)["records"][0]["dynamodb"]["Keys"]["id"]["S"], "late");
    EXPECT_EQ(send("GET", "/_millbeck/v1/tail?table=nowhere").status, 404u);
    EXPECT_EQ(send("GET", "/_millbeck/v1/tail?table=music&from=soon").status, 400u);
    EXPECT_EQ(send("GET", "/_millbeck/v1/tail?table=music&limit=1001").status, 400u);
    EXPECT_EQ(send("GET", "/_millbeck/v1/tail?table=%zz").status, 400u);
}

struct CommandRow {
    std::vector<std::string> arguments;
    int code;
    std::string said;  // somewhere on out or err
};

// If it fails, a command does not say what the server knows.
TEST_F(NodeTest, AnswersTheCommandLine) {
    open(kMusic + kTotals);
    put("a");
    const std::vector<CommandRow> rows{
        {{"wait", "--drained"}, 0, "all is delivered"},
        {{"wait", "--drained", "--json"}, 0, R"({"drained":true})"},
        {{"triggers"}, 0, "music-totals  music  totals    2       0       up to date"},
        {{"triggers", "--json"}, 0, R"("records_behind":0)"},
        {{"status"}, 0, "millbeck 0."},
        {{"status", "--json"}, 0, R"("version")"},
        {{"shards", "music"}, 0, "open"},
        {{"shards", "music", "--json"}, 0, R"("open":true)"},
        {{"shards", "music", "roll"}, 0, "closed"},
        {{"shards", "nowhere"}, 1, "no table \"nowhere\" with an enabled stream exists"},
        {{"shards", "music", "split", "x"}, 1, "millbeck: "},
        {{"tail", "music", "--from", "start", "--count", "1"}, 0, R"(INSERT {"id":{"S":"a"}})"},
        {{"tail", "music", "--from", "start", "--count", "1", "--json"}, 0, R"("INSERT")"},
        {{"tail", "music", "--from", "soon"}, 1, "neither now, start, nor a sequence number"},
        {{"tail", "nowhere"}, 1, "no table \"nowhere\""},
    };
    for (const CommandRow& row : rows) {
        std::ostringstream said;
        cli::Terminal terminal{.out = said, .err = said, .colours = false, .environment = {}};
        terminal.environment = {{"AWS_ENDPOINT_URL", node->endpoint()}};
        EXPECT_EQ(cli::run_command_line(row.arguments, terminal), row.code) << said.str();
        EXPECT_NE(said.str().find(row.said), std::string::npos) << row.said << "\n" << said.str();
    }
}

// If it fails, a trigger whose handler is broken makes the node look well.
TEST_F(NodeTest, IsNotReadyWhenSomethingIsNotDelivered) {
    open("unhealthy_after: 1s\n" + kMusic +
         "functions: [{name: broken, command: /bin/false, restart_first: 1ms}]\n"
         "triggers: [{table: music, function: broken, retry_first: 1ms, retry_longest: 10ms}]");
    put("stuck");
    base::HttpClientResponse ready = send("GET", "/health/ready");
    const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (ready.status == 200 && std::chrono::steady_clock::now() < patience) {
        ready = send("GET", "/health/ready");  // a real process and a real second
    }
    ASSERT_EQ(ready.status, 503u);
    const Json body = Json::parse(ready.body, nullptr, false);
    ASSERT_EQ(body["reasons"].size(), 1u) << ready.body;
    EXPECT_EQ(body["reasons"][0]["trigger"], "music-broken");
    EXPECT_EQ(send("GET", "/health/live").status, 200u);
}

}  // namespace
}  // namespace millbeck::runtime
