#include "sinks/webhook/webhook_sink.hpp"

#include <cstdlib>
#include <fstream>
#include <set>

#include <nlohmann/json.hpp>

#include "base/hmac.hpp"
#include "tests/sinks/sink_contract.hpp"
#include "tests/support/seed.hpp"
#include "tests/support/target_server.hpp"

namespace millbeck::sinks {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;

class Receiver {
  public:
    std::unique_ptr<Sink> open(const std::string& path, WebhookOptions options = {}) {
        options.url = "http://127.0.0.1:" + std::to_string(server.port()) + path;
        auto sink = open_webhook(std::move(options), context());
        EXPECT_TRUE(sink) << sink.error().message;
        return std::move(*sink);
    }
    SinkContext context() {
        return {.name = "hook",
                .table = "orders",
                .clock = clock,
                .random = *random,
                .metrics = metrics,
                .files = *files};
    }

    // Requests in the order they came.
    std::vector<json> accepted() {
        std::vector<json> found;
        std::ifstream lines(server.folder() / "accepted");
        for (std::string line; std::getline(lines, line);) {
            json request = json::parse(line, nullptr, false);
            if (!request.is_discarded()) {  // a killed one may leave a torn line
                found.push_back(std::move(request));
            }
        }
        return found;
    }
    std::vector<std::string> ids() {
        std::vector<std::string> all;
        for (const json& request : accepted()) {
            for (const json& record : json::parse(request["body"].get<std::string>())) {
                all.push_back(record["seq"].get<std::string>());
            }
        }
        return all;
    }

    base::SystemClock clock;
    std::unique_ptr<base::Random> random = base::seeded_random(1);
    base::Metrics metrics;
    std::unique_ptr<base::FileSystem> files = base::system_files();
    tests::TargetServer server{{.command = [](std::uint16_t port) {
        return std::vector<std::string>{"/usr/bin/python3", "-B", MILLBECK_WEBHOOK_SERVER,
                                        std::to_string(port)};
    }}};
};

class WebhookTarget final : public SinkTarget {
  public:
    std::unique_ptr<Sink> open_working() override { return receiver_.open("/ok"); }
    std::unique_ptr<Sink> open_refusing() override { return receiver_.open("/refuse"); }
    std::unique_ptr<Sink> open_hanging() override { return receiver_.open("/hang"); }
    std::vector<std::string> durable_ids() override { return receiver_.ids(); }

  private:
    Receiver receiver_;
};

INSTANTIATE_TEST_SUITE_P(Webhook, SinkContract, testing::Values(&make_target<WebhookTarget>));

class Webhook : public testing::Test {
  protected:
    Outcome deliver(Sink& sink, const Batch& batch) {
        return sink.deliver(batch, receiver.clock.instant() + 30s);
    }
    Receiver receiver;
};

// If it fails, a receiver cannot tell us from a stranger.
TEST_F(Webhook, SignsWhatItSends) {
    WebhookOptions options;
    options.secret = "a secret";
    options.headers = {{"X-Team", "blue"}, {"X-Empty", ""}};
    const auto sink = receiver.open("/ok", options);
    ASSERT_EQ(deliver(*sink, make_batch(1, 2)).kind, Outcome::Kind::Delivered);
    const json request = receiver.accepted().at(0);
    const json& headers = request["headers"];
    EXPECT_EQ(headers["content-type"], "application/json");
    EXPECT_EQ(headers["idempotency-key"], "request-1");
    EXPECT_EQ(headers["millbeck-table"], "orders");
    EXPECT_EQ(headers["millbeck-shard"], "shard");
    EXPECT_EQ(headers["x-team"], "blue");
    EXPECT_EQ(headers["x-empty"], "");
    const std::string signature = headers["millbeck-signature"].get<std::string>();
    const std::size_t comma = signature.find(",v1=");
    ASSERT_NE(comma, std::string::npos) << signature;
    const std::string time = signature.substr(2, comma - 2);
    EXPECT_EQ(signature.substr(comma + 4),
              base::to_hex(
                  base::hmac_sha256("a secret", time + "." + request["body"].get<std::string>())));
}

TEST_F(Webhook, ReadsItsSecretFromAFile) {
    const auto path = receiver.server.folder() / "secret";
    std::ofstream(path) << "from the file\n";
    WebhookOptions options;
    options.secret_file = path;
    const auto sink = receiver.open("/ok", options);
    ASSERT_EQ(deliver(*sink, make_batch(1, 1)).kind, Outcome::Kind::Delivered);
    EXPECT_TRUE(receiver.accepted().at(0)["headers"].contains("millbeck-signature"));
}

TEST_F(Webhook, SendsLinesOfRows) {
    WebhookOptions options;
    options.body = WebhookOptions::Body::Ndjson;
    options.form = MessageForm::Rows;
    options.mapping.exclude = {"pad"};
    const auto sink = receiver.open("/ok", options);
    ASSERT_EQ(deliver(*sink, make_batch(1, 2)).kind, Outcome::Kind::Delivered);
    const json request = receiver.accepted().at(0);
    EXPECT_EQ(request["headers"]["content-type"], "application/x-ndjson");
    const std::string head = R"(,"_event":"INSERT","_sequence":")";
    EXPECT_EQ(request["body"], R"({"_key":{"id":{"S":"1"}})" + head +
                                   R"(1","_shard":"shard","_time":0,"id":"1","seq":1})" + "\n" +
                                   R"({"_key":{"id":{"S":"2"}})" + head +
                                   R"(2","_shard":"shard","_time":0,"id":"2","seq":2})" + "\n");
}

TEST_F(Webhook, TellsWhatTheAnswerMeans) {
    const struct {
        std::string path;
        Outcome::Kind kind;
        base::Code code;
        std::string words;
        base::Milliseconds retry_after;
    } rows[] = {
        {"/refuse", Outcome::Kind::Failed, base::Code::Io, "the webhook answered 500: no", 0s},
        {"/bad", Outcome::Kind::Failed, base::Code::Invalid, "the webhook answered 400: no", 0s},
        {"/moved", Outcome::Kind::Failed, base::Code::Invalid, "the webhook answered 302: no", 0s},
        {"/throttle", Outcome::Kind::NotInvoked, base::Code::Unavailable,
         "the webhook answered 429: no", 7s},
        {"/busy", Outcome::Kind::NotInvoked, base::Code::Unavailable,
         "the webhook answered 503: no", 11s},
    };
    for (const auto& row : rows) {
        const Outcome outcome = deliver(*receiver.open(row.path), make_batch(1, 1));
        EXPECT_EQ(outcome.kind, row.kind) << row.path;
        EXPECT_EQ(outcome.error.code, row.code) << row.path;
        EXPECT_EQ(outcome.error.message, row.words);
        EXPECT_EQ(outcome.retry_after, row.retry_after);
    }
    EXPECT_TRUE(receiver.accepted().empty());
}

TEST_F(Webhook, AReceiverThatIsDownWasNotAsked) {
    const auto sink = receiver.open("/ok");
    receiver.server.kill();
    const Outcome outcome = deliver(*sink, make_batch(1, 1));
    EXPECT_EQ(outcome.kind, Outcome::Kind::NotInvoked);
    EXPECT_EQ(outcome.error.code, base::Code::Unavailable) << outcome.error.message;
    receiver.server.start();
    EXPECT_EQ(deliver(*sink, make_batch(1, 1)).kind, Outcome::Kind::Delivered);
}

TEST_F(Webhook, ItsOwnTimeoutEndsARequest) {
    WebhookOptions options;
    options.timeout = 50ms;
    const Outcome outcome = deliver(*receiver.open("/hang", options), make_batch(1, 1));
    EXPECT_EQ(outcome.kind, Outcome::Kind::Failed);
    EXPECT_EQ(outcome.error.code, base::Code::DeadlineExceeded);
}

// If it fails, a receiver that was killed in the middle misses records.
TEST_F(Webhook, KilledReceiversMissNothing) {
    // NOLINTNEXTLINE(concurrency-mt-unsafe): tests read the environment, nobody writes it.
    const char* wanted = std::getenv("MILLBECK_KILL_ROUNDS");
    const unsigned rounds = wanted != nullptr ? static_cast<unsigned>(std::stoul(wanted)) : 5;
    const auto choices = base::seeded_random(tests::test_seed(7));
    const auto sink = receiver.open("/ok");
    std::size_t next = 1;
    for (unsigned round = 0; round < rounds; ++round) {
        const std::size_t quiet = choices->next_u64() % 20;
        for (std::size_t i = 0; i < quiet; ++i, next += 10) {
            ASSERT_EQ(deliver(*sink, make_batch(next, 10)).kind, Outcome::Kind::Delivered);
        }
        std::jthread killer([&] { receiver.server.signal(SIGKILL); });
        while (deliver(*sink, make_batch(next, 10)).kind == Outcome::Kind::Delivered) {
            next += 10;
        }
        killer.join();
        receiver.server.kill();
        receiver.server.start();
    }
    ASSERT_EQ(deliver(*sink, make_batch(next, 10)).kind, Outcome::Kind::Delivered);
    const auto ids = receiver.ids();
    const std::set<std::string> all(ids.begin(), ids.end());
    EXPECT_EQ(all.size(), next + 9);
}

TEST_F(Webhook, BadOptionsAreRefused) {
    const auto refused = [&](auto change) {
        WebhookOptions options;
        options.url = "http://127.0.0.1:1/";
        change(options);
        const auto sink = open_webhook(options, receiver.context());
        return sink ? std::string("taken") : sink.error().message;
    };
    EXPECT_EQ(refused([](WebhookOptions&) {}), "taken");
    EXPECT_EQ(refused([](WebhookOptions& o) { o.url = "ftp://x"; }),
              "\"ftp://x\" is no http:// or https:// URL");
    EXPECT_EQ(refused([](WebhookOptions& o) {
                  o.headers = {{"a b", "c"}};
              }),
              "\"a b\" is no header of a webhook");
    EXPECT_EQ(refused([](WebhookOptions& o) {
                  o.headers = {{"a", "c\r\nb: d"}};
              }),
              "\"a\" is no header of a webhook");
    EXPECT_EQ(refused([](WebhookOptions& o) { o.mapping.flatten = "_"; }),
              "a mapping needs rows; records are delivered as they are");
    EXPECT_NE(refused([](WebhookOptions& o) { o.secret_file = "/nowhere/at/all"; }), "taken");
}

TEST(RetryAfter, IsSecondsOrADateAndNeverLong) {
    const base::WallTime now{base::Milliseconds{1'700'000'000'000}};
    const struct {
        std::string text;
        base::Milliseconds wait;
    } rows[] = {{"7", 7s},
                {"0", 0s},
                {"-5", 0s},
                {"99999999", 1h},
                {"Tue, 14 Nov 2023 22:13:50 GMT", 30s},
                {"Tue, 14 Nov 2023 22:13:00 GMT", 0s},
                {"soon", 0s},
                {"", 0s}};
    for (const auto& row : rows) {
        EXPECT_EQ(parse_retry_after(row.text, now), row.wait) << row.text;
    }
}

}  // namespace
}  // namespace millbeck::sinks
