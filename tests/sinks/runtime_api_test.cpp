// The Runtime API as bytes: what goes in on a connection, what comes out.
#include "sinks/handler/runtime_api.hpp"

#include <array>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <sys/socket.h>

#include "base/unique_fd.hpp"
#include "sinks/handler/runtime_connection.hpp"
#include "tests/sinks/batches.hpp"

namespace millbeck::sinks {
namespace {

using Kind = RuntimeVerdict::Kind;

constexpr std::string_view kHead = "HTTP/1.1 200 OK\r\nX-Id: id-1\r\n";
const std::string kNext = "GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\n\r\n";

std::string request(const std::string& method, const std::string& path, const std::string& body,
                    const std::string& headers = "") {
    return method + " " + path + " HTTP/1.1\r\n" + headers +
           "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

std::string post(const std::string& path, const std::string& body,
                 const std::string& headers = "") {
    return request("POST", "/2018-06-01/runtime/" + path, body, headers);
}

std::string reply(const std::string& status, const std::string& body,
                  const std::string& type = "application/json", const std::string& more = "") {
    return "HTTP/1.1 " + status + "\r\nContent-Type: " + type +
           "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" + more + "\r\n" + body;
}

std::string error(const std::string& status, const std::string& type, const std::string& message) {
    return reply(status, R"({"errorMessage":")" + message + R"(","errorType":")" + type + R"("})");
}

std::string bad_transition(const std::string& from, const std::string& to) {
    return error("403 Forbidden", "InvalidStateTransition",
                 "State transition from " + from + " to " + to +
                     " failed for runtime. Error: State transition is not allowed");
}

const std::string kAccepted = reply("202 Accepted", R"({"status":"OK"})");
const std::string kNotFound =
    reply("404 Not Found", "404 page not found\n", "text/plain; charset=utf-8");

class RuntimeApiTest : public testing::Test {
  protected:
    RuntimeApiTest() {
        options.function = "fn";
        options.lambda.handler = "app.handler";
        connect();
    }

    void connect() {
        std::array<int, 2> ends{};
        ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends.data()), 0);
        connection = std::make_unique<RuntimeConnection>(base::UniqueFd(ends[0]));
        client = base::UniqueFd(ends[1]);
    }

    // Sends, lets the server work, and gives an event to who waits for one.
    void send(std::string_view bytes) {
        while (!bytes.empty()) {
            const ssize_t sent = ::send(client.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
            bytes.remove_prefix(sent > 0 ? static_cast<std::size_t>(sent) : 0);
            connection->on_readable(api, buffer);
            if (sent <= 0 && connection->dead()) {
                return;
            }
        }
    }

    std::string received() {
        std::string all;
        std::string part(1 << 16, '\0');
        for (;;) {
            if (!connection->dead() && (connection->wanted() & 4) != 0) {  // POLLOUT
                connection->on_writable(api);
            }
            const ssize_t got = ::recv(client.get(), part.data(), part.size(), 0);
            if (got <= 0) {
                return all;
            }
            all.append(part, 0, static_cast<std::size_t>(got));
        }
    }

    std::string exchange(std::string_view bytes) {
        send(bytes);
        return received();
    }

    // The process has asked for its event and got it.
    void run() {
        api.begin("id-1");
        send(kNext);
        ASSERT_TRUE(connection->waits_for_event());
        give();
        received();
    }

    void give() {
        api.given();
        connection->send_event(api, EventBytes(batch, EventEnding::None), kHead);
    }

    std::string chunked(const std::string& path, const std::string& headers,
                        const std::string& rest) {
        return "POST /2018-06-01/runtime/" + path + " HTTP/1.1\r\n" + headers +
               "Transfer-Encoding: chunked\r\n\r\n" + rest;
    }

    HandlerOptions options;
    std::unique_ptr<base::Random> random = base::seeded_random(1);
    RuntimeApi api{options, *random};
    Batch batch = make_batch(1, 3);
    std::unique_ptr<RuntimeConnection> connection;
    base::UniqueFd client;
    std::vector<char> buffer = std::vector<char>(1 << 16);
};

struct Row {
    std::string name;
    RuntimeState state;
    std::string bytes;
    std::string answer;
};

class RuntimeApiRows : public RuntimeApiTest, public testing::WithParamInterface<Row> {};

std::string name_of(const testing::TestParamInfo<Row>& info) {
    return info.param.name;
}

std::vector<Row> rows() {
    using S = RuntimeState;
    const std::string response = "invocation/id-1/response";
    const std::string failure = "invocation/id-1/error";
    const std::string invalid_id =
        error("400 Bad Request", "InvalidRequestID", "Invalid request ID");
    const std::string plain = "text/plain; charset=utf-8";
    const std::string not_allowed = reply("405 Method Not Allowed", "", plain);
    const std::string extension = "/2020-01-01/extension/";
    const std::string named = "Lambda-Extension-Name: me\r\n";
    return {
        {"Ping", S::Started, "GET /ping HTTP/1.1\r\n\r\n", reply("200 OK", "pong", plain)},
        {"Response", S::Running, post(response, R"({"a":1})"), kAccepted},
        {"ResponseWithoutBody", S::Running, post(response, ""), kAccepted},
        {"ErrorOfTheFunction", S::Running, post(failure, "{}"), kAccepted},
        {"InitError", S::Started, post("init/error", "{}"), kAccepted},
        {"OtherId", S::Running, post("invocation/id-2/response", "{}"), invalid_id},
        {"OtherIdError", S::Running, post("invocation/id-2/error", "{}"), invalid_id},
        {"NoId", S::Running, post("invocation//response", "{}"), invalid_id},
        {"IdBeforeState", S::Ready, post("invocation/id-2/response", "{}"), invalid_id},
        {"ResponseBeforeNext", S::Ready, post(response, "{}"),
         bad_transition("Ready", "InvocationResponse")},
        {"ErrorBeforeNext", S::Ready, post(failure, "{}"),
         bad_transition("Ready", "InvocationErrorResponse")},
        {"ResponseInInit", S::Started, post(response, "{}"),
         bad_transition("Started", "InvocationResponse")},
        {"SecondResponse", S::Answered, post(response, "{}"),
         bad_transition("RuntimeResponseSentState", "InvocationResponse")},
        {"ErrorAfterResponse", S::Answered, post(failure, "{}"),
         bad_transition("RuntimeResponseSentState", "InvocationErrorResponse")},
        {"InitErrorWhenReady", S::Ready, post("init/error", "{}"),
         bad_transition("Ready", "InitError")},
        {"InitErrorTwice", S::InitError, post("init/error", "{}"),
         bad_transition("InitError", "InitError")},
        {"NextAfterInitError", S::InitError, kNext, bad_transition("InitError", "Ready")},
        {"BadMode", S::Running,
         post(response, "{}", "Lambda-Runtime-Function-Response-Mode: buffered\r\n"),
         error("400 Bad Request", "InvalidFunctionResponseMode", "Invalid function response mode")},
        {"Streaming", S::Running,
         post(response, "{}", "lambda-runtime-function-response-mode: streaming\r\n"), kAccepted},
        {"PostOfNext", S::Ready, post("invocation/next", "{}"), not_allowed},
        {"GetOfResponse", S::Running, "GET /2018-06-01/runtime/" + response + " HTTP/1.1\r\n\r\n",
         not_allowed},
        {"GetOfInitError", S::Started, "GET /2018-06-01/runtime/init/error HTTP/1.1\r\n\r\n",
         not_allowed},
        {"OtherVerb", S::Running, post("invocation/id-1/answer", "{}"), kNotFound},
        {"Restore", S::Started, "GET /2018-06-01/runtime/restore/next HTTP/1.1\r\n\r\n", kNotFound},
        {"OtherVersion", S::Started, "GET /2015-03-31/runtime/invocation/next HTTP/1.1\r\n\r\n",
         kNotFound},
        {"Root", S::Started, "GET / HTTP/1.1\r\n\r\n", kNotFound},
        {"Logs", S::Started, request("PUT", "/2020-08-15/logs", "{}"),
         error("202 Accepted", "Logs.NotSupported", "Logs API is not supported")},
        {"Telemetry", S::Started, request("PUT", "/2022-07-01/telemetry", "{}"),
         error("202 Accepted", "Telemetry.NotSupported", "Telemetry API is not supported")},
        {"NamelessExtension", S::Started, request("POST", extension + "register", "{}"),
         error("403 Forbidden", "Extension.InvalidExtensionName", "Empty extension name")},
        {"ExtensionWithoutJson", S::Started, request("POST", extension + "register", "[", named),
         error("403 Forbidden", "InvalidRequestFormat", "the body is not a JSON object")},
        {"ExtensionThatWantsEvents", S::Started,
         request("POST", extension + "register", R"({"events":["INVOKE"]})", named),
         error("403 Forbidden", "Extension.InvalidEventType",
               "INVOKE: Millbeck does not send events to extensions")},
        {"ExtensionThatWantsShutdown", S::Started,
         request("POST", extension + "register", R"({"events":["SHUTDOWN"]})", named),
         error("403 Forbidden", "Extension.InvalidEventType",
               "SHUTDOWN: ShutdownEventNotSupportedForInternalExtension")},
        {"ExtensionThatWantsNonsense", S::Started,
         request("POST", extension + "register", R"({"events":["TEA"]})", named),
         error("403 Forbidden", "Extension.InvalidEventType", "TEA: ErrorInvalidEventType")},
        {"ExtensionTooLate", S::Ready, request("POST", extension + "register", "{}", named),
         error("403 Forbidden", "Extension.RegistrationClosed",
               "Extension registration closed already")},
        {"ExtensionEventWithoutId", S::Started, "GET " + extension + "event/next HTTP/1.1\r\n\r\n",
         error("403 Forbidden", "Extension.MissingExtensionIdentifier",
               "Missing Lambda-Extension-Identifier header")},
        {"ExtensionEventWithOtherId", S::Started,
         "GET " + extension + "event/next HTTP/1.1\r\nLambda-Extension-Identifier: me\r\n\r\n",
         error("403 Forbidden", "Extension.UnknownExtensionIdentifier", "Unknown extension me")},
        {"NoHttp", S::Started, "HELLO\r\n\r\n",
         reply("400 Bad Request", "not an HTTP request: bad method\n", plain,
               "Connection: close\r\n")},
        {"OtherExpectation", S::Running, post(response, "{}", "Expect: tea\r\n"),
         reply("417 Expectation Failed", "only Expect: 100-continue is understood\n", plain,
               "Connection: close\r\n")},
        {"ContinueBeforeTheBody", S::Running,
         "POST /2018-06-01/runtime/" + response +
             " HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n",
         "HTTP/1.1 100 Continue\r\n\r\n"},
        {"OldClient", S::Started, "GET /ping HTTP/1.0\r\n\r\n",
         reply("200 OK", "pong", plain, "Connection: close\r\n")},
        {"ClientThatCloses", S::Started, "GET /ping HTTP/1.1\r\nConnection: close\r\n\r\n",
         reply("200 OK", "pong", plain, "Connection: close\r\n")},
    };
}

// If it fails, a runtime client meets another API than the one it was made for.
TEST_P(RuntimeApiRows, AnswersByTheByte) {
    switch (GetParam().state) {
        case RuntimeState::Started:
            api.begin("id-1");
            break;
        case RuntimeState::InitError:
            exchange(post("init/error", "{}"));
            break;
        case RuntimeState::Ready:
            api.begin("id-1");
            send(kNext);
            connect();
            break;
        case RuntimeState::Running:
            run();
            break;
        case RuntimeState::Answered:
            run();
            exchange(post("invocation/id-1/response", "{}"));
            break;
    }
    ASSERT_EQ(api.state(), GetParam().state);
    EXPECT_EQ(exchange(GetParam().bytes), GetParam().answer);
}

INSTANTIATE_TEST_SUITE_P(Table, RuntimeApiRows, testing::ValuesIn(rows()), name_of);

// If it fails, an event is another one than the batch, or a client cannot tell its end.
TEST_F(RuntimeApiTest, SendsTheEventWithItsLength) {
    api.begin("id-1");
    EXPECT_EQ(exchange(kNext), "") << "it waits";
    give();
    const std::string event = event_of(batch);
    EXPECT_EQ(received(), std::string(kHead) + "Content-Length: " + std::to_string(event.size()) +
                              "\r\n\r\n" + event);
    EXPECT_EQ(api.state(), RuntimeState::Running);
}

// If it fails, a client that lost its connection loses the event with it.
TEST_F(RuntimeApiTest, GivesTheSameEventToWhoAsksAgain) {
    run();
    send(kNext);
    EXPECT_TRUE(connection->waits_for_event());
    EXPECT_EQ(api.state(), RuntimeState::Running);
    give();
    EXPECT_NE(received().find(event_of(batch)), std::string::npos);
    EXPECT_EQ(exchange(post("invocation/id-1/response", "{}")), kAccepted);
}

TEST_F(RuntimeApiTest, KeepsTheAnswerByTheByte) {
    for (const std::string body : {"", "{}", "not JSON", R"({"å": 1})"}) {
        connect();
        run();
        exchange(post("invocation/id-1/response", body));
        ASSERT_TRUE(api.verdict());
        EXPECT_EQ(api.verdict()->kind, Kind::Response);
        EXPECT_EQ(api.verdict()->payload, body);
    }
}

TEST_F(RuntimeApiTest, TellsErrorsOfStartAndInvocationApart) {
    exchange(post("init/error", "why"));
    EXPECT_EQ(api.verdict()->kind, Kind::InitError);
    EXPECT_EQ(api.verdict()->payload, "why");
    RuntimeApi other{options, *random};
    other.begin("id-1");
    other.given();
    base::HttpRequestParser parser({1024, 1024});
    parser.feed(post("invocation/id-1/error", "no"));
    EXPECT_EQ(other.answer(parser).status, 202U);
    EXPECT_EQ(other.verdict()->kind, Kind::Error);
    EXPECT_EQ(other.verdict()->payload, "no");
}

// Go sends every answer so. If it fails, no function written in Go can answer.
TEST_F(RuntimeApiTest, TakesChunksAndTrailersWhereverTheyAreCut) {
    const std::string bytes =
        chunked("invocation/id-1/response", "Trailer: Lambda-Runtime-Function-Error-Type\r\n",
                "3\r\n{\"a\r\n4\r\n\":1}\r\n0\r\n\r\n");
    for (std::size_t cut = 1; cut < bytes.size(); ++cut) {
        connect();
        run();
        send(bytes.substr(0, cut));
        EXPECT_FALSE(api.verdict());
        EXPECT_EQ(exchange(bytes.substr(cut)), kAccepted) << cut;
        ASSERT_TRUE(api.verdict()) << cut;
        EXPECT_EQ(api.verdict()->kind, Kind::Response);
        EXPECT_EQ(api.verdict()->payload, R"({"a":1})");
    }
}

// If it fails, half a stream counts as an answer.
TEST_F(RuntimeApiTest, AnErrorInTheTrailersIsAnError) {
    const std::string head = "Lambda-Runtime-Function-Response-Mode: streaming\r\n";
    run();
    EXPECT_EQ(exchange(chunked("invocation/id-1/response", head,
                               "2\r\n{}\r\n0\r\nLambda-Runtime-Function-Error-Type: Late\r\n"
                               "Lambda-Runtime-Function-Error-Body: eyJhIjoxfQ==\r\n\r\n")),
              kAccepted);
    EXPECT_EQ(api.verdict()->kind, Kind::Error);
    EXPECT_EQ(api.verdict()->payload, R"({"a":1})");
    run();
    exchange(chunked("invocation/id-1/response", head,
                     "2\r\n{}\r\n0\r\nLambda-Runtime-Function-Error-Type: Late\r\n\r\n"));
    EXPECT_EQ(api.verdict()->kind, Kind::Error);
    EXPECT_EQ(api.verdict()->payload, R"({"errorType":"Late"})");
}

// If it fails, an answer of the largest size is refused, or one over it fills the memory.
TEST_F(RuntimeApiTest, LimitsTheAnswer) {
    const std::string too_large = error("413 Request Entity Too Large", "RequestEntityTooLarge",
                                        "Exceeded maximum allowed payload size (6291556 bytes).");
    run();
    EXPECT_EQ(exchange(post("invocation/id-1/response", std::string(6'291'556, 'x'))), kAccepted);
    EXPECT_EQ(api.verdict()->payload.size(), 6'291'556U);
    run();
    EXPECT_EQ(exchange(post("invocation/id-1/response", std::string(6'291'557, 'x'))), too_large);
    EXPECT_EQ(api.verdict()->kind, Kind::TooLarge);
    EXPECT_EQ(api.verdict()->payload, "");
    EXPECT_EQ(exchange("GET /ping HTTP/1.1\r\n\r\n").substr(0, 15), "HTTP/1.1 200 OK");
}

TEST_F(RuntimeApiTest, AnswersRequestsThatComeInOneGoInTheirOrder) {
    run();
    const std::string answers =
        exchange(post("invocation/id-1/response", "{}") + "GET /ping HTTP/1.1\r\n\r\n" + kNext +
                 "GET /ping HTTP/1.1\r\n\r\n");
    EXPECT_EQ(answers, kAccepted + reply("200 OK", "pong", "text/plain; charset=utf-8"));
    EXPECT_TRUE(connection->waits_for_event()) << "the last one waits behind the event";
    api.begin("id-2");
    give();
    EXPECT_TRUE(received().ends_with("pong"));
}

// If it fails, an answer cut off by a crash counts as the whole answer.
TEST_F(RuntimeApiTest, ABrokenOffAnswerIsNone) {
    run();
    send(
        "POST /2018-06-01/runtime/invocation/id-1/response HTTP/1.1\r\nContent-Length: "
        "9\r\n\r\n{}");
    ::shutdown(client.get(), SHUT_WR);
    connection->on_readable(api, buffer);
    EXPECT_EQ(received(), reply("400 Bad Request",
                                R"({"errorMessage":"HTTP request detected as truncated",)"
                                R"("errorType":"TruncatedHTTPRequest"})",
                                "application/json", "Connection: close\r\n"));
    ASSERT_TRUE(api.verdict());
    EXPECT_EQ(api.verdict()->kind, Kind::Truncated);
    EXPECT_TRUE(connection->dead());
}

TEST_F(RuntimeApiTest, ABrokenOffRequestOfAnotherKindChangesNothing) {
    run();
    send(
        "POST /2018-06-01/runtime/invocation/id-2/response HTTP/1.1\r\nContent-Length: "
        "9\r\n\r\n{}");
    ::shutdown(client.get(), SHUT_WR);
    connection->on_readable(api, buffer);
    EXPECT_FALSE(api.verdict());
}

// If it fails, runtimes that want SIGTERM at their end cannot start.
TEST_F(RuntimeApiTest, RegistersAnExtensionWithoutEvents) {
    EXPECT_FALSE(api.wants_farewell());
    const std::string answer =
        exchange(request("POST", "/2020-01-01/extension/register", R"({"events":[]})",
                         "Lambda-Extension-Name: GoLangEnableSIGTERM\r\n"));
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 OK\r\n")) << answer;
    EXPECT_TRUE(answer.ends_with(
        R"({"functionName":"fn","functionVersion":"$LATEST","handler":"app.handler"})"))
        << answer;
    EXPECT_TRUE(api.wants_farewell());
    const std::string name = "Lambda-Extension-Identifier: ";
    const std::size_t at = answer.find(name);
    ASSERT_NE(at, std::string::npos);
    const std::string id = answer.substr(at, answer.find("\r\n", at) - at);
    EXPECT_EQ(exchange("GET /2020-01-01/extension/event/next HTTP/1.1\r\n" + id + "\r\n\r\n"), "")
        << "held open for ever";
    EXPECT_FALSE(connection->waits_for_event());
}

TEST_F(RuntimeApiTest, LimitsExtensions) {
    const std::string registration =
        request("POST", "/2020-01-01/extension/register", "{}", "Lambda-Extension-Name: me\r\n");
    for (int i = 0; i < 10; ++i) {
        EXPECT_TRUE(exchange(registration).starts_with("HTTP/1.1 200 OK"));
    }
    EXPECT_EQ(exchange(registration), error("403 Forbidden", "Extension.TooManyExtensions",
                                            "Extension limit (10) reached"));
}

// If it fails, the event goes to a client that has gone, and the function waits in vain.
TEST_F(RuntimeApiTest, NoticesThatAWaitingClientHasGone) {
    api.begin("id-1");
    send(kNext);
    client.reset();
    connection->on_readable(api, buffer);
    EXPECT_TRUE(connection->dead());
}

}  // namespace
}  // namespace millbeck::sinks
