// Against Millbeck itself, started by the test.
#include "sinks/dynamodb/dynamodb_sink.hpp"

#include <cstdlib>
#include <map>
#include <set>

#include <nlohmann/json.hpp>
#include <sys/socket.h>

#include "base/unique_fd.hpp"
#include "tests/sinks/copy_contract.hpp"
#include "tests/sinks/sink_contract.hpp"
#include "tests/support/dynamo_client.hpp"
#include "tests/support/seed.hpp"
#include "tests/support/target_server.hpp"

namespace millbeck::sinks {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;

class Endpoint {
  public:
    Endpoint() { make_table(); }

    void make_table() {
        const auto made = client().table(
            "CreateTable",
            R"({"TableName":"orders","BillingMode":"PAY_PER_REQUEST","AttributeDefinitions":)"
            R"([{"AttributeName":"id","AttributeType":"S"}],)"
            R"("KeySchema":[{"AttributeName":"id","KeyType":"HASH"}]})");
        ASSERT_TRUE(made) << made.error().message;
        ASSERT_EQ(made->status, 200u) << made->body;
    }

    [[nodiscard]] std::string url() const {
        return "http://127.0.0.1:" + std::to_string(server.port());
    }
    tests::DynamoClient client() { return tests::DynamoClient(url()); }

    std::unique_ptr<Sink> open(DynamoDbOptions options = {}) {
        options.endpoint = options.endpoint.empty() ? url() : options.endpoint;
        auto sink = open_dynamodb(std::move(options), context());
        EXPECT_TRUE(sink) << sink.error().message;
        return std::move(*sink);
    }
    SinkContext context() {
        return {.name = "copy",
                .table = "orders",
                .clock = clock,
                .random = *random,
                .metrics = metrics,
                .files = *files};
    }

    // All items as they are, by id.
    std::map<std::string, json> items() {
        std::map<std::string, json> found;
        json request = {{"TableName", "orders"}};
        for (;;) {
            const auto answer = client().table("Scan", request.dump());
            EXPECT_TRUE(answer && answer->status == 200);
            const json page = json::parse(answer->body, nullptr, false);
            for (const json& item : page["Items"]) {
                found[item["id"]["S"].get<std::string>()] = item;
            }
            if (!page.contains("LastEvaluatedKey")) {
                return found;
            }
            request["ExclusiveStartKey"] = page["LastEvaluatedKey"];
        }
    }

    base::SystemClock clock;
    std::unique_ptr<base::Random> random = base::seeded_random(1);
    base::Metrics metrics;
    std::unique_ptr<base::FileSystem> files = base::system_files();
    tests::TargetServer server{{.command = [](std::uint16_t port) {
        return std::vector<std::string>{MILLBECK_PROGRAM, "serve",
                                        "--data",         "data",
                                        "--listen",       "127.0.0.1:" + std::to_string(port)};
    }}};
};

// Accepts connections and never answers.
class Silence {
  public:
    Silence()
        : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)), port_(tests::free_port()) {
        const sockaddr_in address = tests::target_server_parts::loopback(port_);
        EXPECT_EQ(::bind(socket_.get(),
                         reinterpret_cast<const sockaddr*>(&address),  // NOLINT: the API's own cast
                         sizeof address),
                  0);
        EXPECT_EQ(::listen(socket_.get(), 64), 0);
    }
    [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }

  private:
    base::UniqueFd socket_;
    std::uint16_t port_;
};

class DynamoDbTarget final : public SinkTarget {
  public:
    std::unique_ptr<Sink> open_working() override { return endpoint_.open(); }
    std::unique_ptr<Sink> open_refusing() override {
        DynamoDbOptions options;
        options.table = "missing";
        return endpoint_.open(options);
    }
    std::unique_ptr<Sink> open_hanging() override {
        DynamoDbOptions options;
        options.endpoint = silence_.url();
        return endpoint_.open(options);
    }
    std::vector<std::string> durable_ids() override {
        std::set<std::size_t> numbers;
        for (const auto& [id, item] : endpoint_.items()) {
            numbers.insert(std::stoul(id));
        }
        std::vector<std::string> ids;
        for (const std::size_t number : numbers) {
            ids.push_back(std::to_string(number));
        }
        return ids;
    }

  private:
    Endpoint endpoint_;
    Silence silence_;
};

class DynamoDbCopyTarget final : public CopyTarget {
  public:
    std::unique_ptr<Sink> open() override { return endpoint_.open(); }

  private:
    Endpoint endpoint_;
};

INSTANTIATE_TEST_SUITE_P(DynamoDb, SinkContract, testing::Values(&make_target<DynamoDbTarget>));
INSTANTIATE_TEST_SUITE_P(DynamoDb, CopyContract, testing::Values(&make_copy<DynamoDbCopyTarget>));

class DynamoDb : public testing::Test {
  protected:
    Outcome deliver(Sink& sink, std::vector<MadeMessage> messages,
                    const std::string& generation = "g-1") {
        return sink.deliver(batch_of({.messages = std::move(messages), .generation = generation}),
                            endpoint.clock.instant() + 30s);
    }
    void delivered(Sink& sink, std::vector<MadeMessage> messages,
                   const std::string& generation = "g-1") {
        const Outcome outcome = deliver(sink, std::move(messages), generation);
        ASSERT_EQ(outcome.kind, Outcome::Kind::Delivered) << outcome.error.message;
    }
    static MadeMessage put(const std::string& sequence, const std::string& id,
                           const std::string& value) {
        return {.id = sequence,
                .key = key_of(id),
                .new_image = R"({"id":{"S":")" + id + R"("},"v":{"S":")" + value + R"("}})"};
    }
    static MadeMessage gone(const std::string& sequence, const std::string& id) {
        return {.id = sequence, .key = key_of(id), .new_image = "", .event = Event::Remove};
    }
    std::string value(const std::string& id) {
        const auto items = endpoint.items();
        const auto found = items.find(id);
        if (found == items.end()) {
            return "none";
        }
        return found->second.contains("_mb_deleted") ? "tombstone"
                                                     : found->second["v"]["S"].get<std::string>();
    }

    Endpoint endpoint;
};

// If it fails, a late retry overwrites newer data or brings deleted items back.
TEST_F(DynamoDb, ItemsNeverGoBackwards) {
    const auto sink = endpoint.open();
    delivered(*sink, {put("9", "a", "old")});
    delivered(*sink, {put("10", "a", "new")});
    delivered(*sink, {put("9", "a", "old")});
    EXPECT_EQ(value("a"), "new");
    delivered(*sink, {gone("11", "a")});
    EXPECT_EQ(value("a"), "tombstone");
    delivered(*sink, {put("10", "a", "new")});
    EXPECT_EQ(value("a"), "tombstone");
    delivered(*sink, {put("12", "a", "again")});
    EXPECT_EQ(value("a"), "again");
    // Numbers of another log mean nothing here.
    delivered(*sink, {put("1", "a", "rebuilt")}, "g-2");
    EXPECT_EQ(value("a"), "rebuilt");
}

TEST_F(DynamoDb, TheLastChangeOfABatchIsWritten) {
    const auto sink = endpoint.open();
    delivered(*sink, {put("1", "a", "x"), put("2", "b", "x"), put("3", "a", "y"), gone("4", "b")});
    EXPECT_EQ(value("a"), "y");
    EXPECT_EQ(value("b"), "tombstone");
}

TEST_F(DynamoDb, PlainDeletesLeaveNothing) {
    DynamoDbOptions options;
    options.deletes = DynamoDbOptions::Deletes::Delete;
    const auto sink = endpoint.open(options);
    delivered(*sink, {put("5", "a", "x")});
    delivered(*sink, {gone("4", "a")});
    EXPECT_EQ(value("a"), "x");
    delivered(*sink, {gone("6", "a"), gone("7", "never there")});
    EXPECT_EQ(value("a"), "none");
}

// If it fails, one item that the target refuses stops all others.
TEST_F(DynamoDb, OnlyTheRefusedItemFails) {
    const auto sink = endpoint.open();
    MadeMessage bad = put("2", "b", "x");
    bad.new_image = R"({"id":{"N":"7"}})";
    const Outcome outcome = deliver(*sink, {put("1", "a", "x"), bad, put("3", "c", "x")});
    EXPECT_EQ(outcome.kind, Outcome::Kind::PartlyFailed);
    EXPECT_EQ(outcome.failed, std::vector<std::string>{"2"});
    EXPECT_NE(outcome.error.message, "");
    EXPECT_EQ(value("a"), "x");
    EXPECT_EQ(value("c"), "x");
}

TEST_F(DynamoDb, AnEndpointThatIsDownWasNotAsked) {
    const auto sink = endpoint.open();
    endpoint.server.kill();
    const Outcome outcome = deliver(*sink, {put("1", "a", "x")});
    EXPECT_EQ(outcome.kind, Outcome::Kind::NotInvoked);
    EXPECT_EQ(outcome.error.code, base::Code::Unavailable) << outcome.error.message;
    endpoint.server.start();
    delivered(*sink, {put("1", "a", "x")});
    EXPECT_EQ(value("a"), "x");
}

// If it fails, two-way replication sends what it got back to where it came from.
TEST_F(DynamoDb, ThePeersWritesAreNotSentBack) {
    DynamoDbOptions options;
    options.origin = "here";
    options.peer = "there";
    const auto sink = endpoint.open(options);
    MadeMessage echo = put("1", "a", "x");
    echo.new_image =
        R"({"id":{"S":"a"},"v":{"S":"x"},"_mb_origin":{"S":"there"},"_mb_seq":{"S":"g:1"}})";
    delivered(*sink, {echo, put("2", "b", "mine")});
    EXPECT_EQ(value("a"), "none");
    EXPECT_EQ(value("b"), "mine");
    EXPECT_EQ(endpoint.items()["b"]["_mb_origin"]["S"], "here");
}

// If it fails, a target that was killed in the middle differs from the table for ever.
TEST_F(DynamoDb, KilledEndpointsConverge) {
    // NOLINTNEXTLINE(concurrency-mt-unsafe): tests read the environment, nobody writes it.
    const char* wanted = std::getenv("MILLBECK_KILL_ROUNDS");
    const unsigned rounds = wanted != nullptr ? static_cast<unsigned>(std::stoul(wanted)) : 5;
    const auto choices = base::seeded_random(tests::test_seed(11));
    const auto sink = endpoint.open();
    std::map<std::string, std::string> model;
    std::size_t sequence = 0;
    for (unsigned round = 0; round < rounds; ++round) {
        const std::size_t batches = 1 + choices->next_u64() % 20;
        for (std::size_t i = 0; i <= batches; ++i) {
            std::vector<MadeMessage> messages;
            for (int n = 0; n < 20; ++n) {
                const std::string id = "k" + std::to_string(choices->next_u64() % 50);
                const std::string number = std::to_string(++sequence);
                const bool is_removal = choices->next_u64() % 4 == 0;
                messages.push_back(is_removal ? gone(number, id) : put(number, id, "v" + number));
                model[id] = is_removal ? "tombstone" : "v" + number;
            }
            std::jthread killer;
            if (i == batches) {
                killer = std::jthread([&] { endpoint.server.signal(SIGKILL); });
            }
            while (deliver(*sink, messages).kind != Outcome::Kind::Delivered) {
                if (killer.joinable()) {
                    killer.join();
                }
                endpoint.server.kill();
                endpoint.server.start();
            }
            if (killer.joinable()) {
                killer.join();
                endpoint.server.kill();
                endpoint.server.start();
            }
        }
    }
    std::map<std::string, std::string> found;
    for (const auto& [id, item] : endpoint.items()) {
        found[id] = item.contains("_mb_deleted") ? "tombstone" : item["v"]["S"].get<std::string>();
    }
    EXPECT_EQ(found, model);
}

TEST_F(DynamoDb, BadOptionsAreRefused) {
    const auto refused = [&](auto change) {
        DynamoDbOptions options;
        options.endpoint = endpoint.url();
        change(options);
        const auto sink = open_dynamodb(options, endpoint.context());
        return sink ? std::string("taken") : sink.error().message;
    };
    EXPECT_EQ(refused([](DynamoDbOptions&) {}), "taken");
    EXPECT_EQ(refused([](DynamoDbOptions& o) { o.endpoint = "127.0.0.1:8000"; }),
              "\"127.0.0.1:8000/\" is no http:// or https:// URL");
    EXPECT_EQ(refused([](DynamoDbOptions& o) { o.mapping.include = {"a.b"}; }),
              "a mapping for DynamoDB names top-level attributes, without paths and flatten");
    EXPECT_EQ(refused([](DynamoDbOptions& o) { o.peer = o.origin; }),
              "peer and origin of DynamoDB are two different names");
    EXPECT_EQ(refused([](DynamoDbOptions& o) { o.access_key_id = "a"; }),
              "DynamoDB needs access_key_id and secret_access_key, or neither");
    EXPECT_EQ(refused([](DynamoDbOptions& o) {
                  o.peer = "b";
                  o.deletes = DynamoDbOptions::Deletes::Delete;
              }),
              "two-way replication needs tombstones: a plain delete that came back could remove a "
              "newer item");
}

}  // namespace
}  // namespace millbeck::sinks
