#include "base/http_server.hpp"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <future>
#include <optional>

#include <gtest/gtest.h>
#include <unistd.h>

#include "base/http_client.hpp"
#include "base/mutex.hpp"
#include "tests/support/lowered_limit.hpp"
#include "tests/support/raw_client.hpp"
#include "tests/support/stderr_pipe.hpp"

namespace millbeck::base {
namespace {

using tests::RawClient;

constexpr Milliseconds kGenerous{30'000};

std::string post(const std::string& target, const std::string& body,
                 const std::string& headers = "") {
    return "POST " + target + " HTTP/1.1\r\nHost: test\r\n" + headers +
           "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

std::string body_of(const std::string& answer) {
    return answer.substr(answer.find("\r\n\r\n") + 4);
}

bool has(const std::string& answer, std::string_view text) {
    return answer.find(text) != std::string::npos;
}

HttpResponse text_answer(std::string body) {
    return {200, "text/plain", {}, std::move(body)};
}

// Requests that a handler laid aside, for the test to answer when it likes.
class Waiting {
  public:
    void push(const HttpRequest& request, Responder respond) {
        const MutexLock lock(mutex_);
        requests_.push_back({&request, std::move(respond)});
        changed_.notify_all();
    }

    struct Entry {
        const HttpRequest* request = nullptr;
        Responder respond;
    };
    Entry pop() {
        const MutexLock lock(mutex_);
        while (requests_.empty()) {
            changed_.wait(mutex_);
        }
        Entry entry = std::move(requests_.front());
        requests_.pop_front();
        return entry;
    }

  private:
    Mutex mutex_;
    ConditionVariable changed_;
    std::deque<Entry> requests_ MB_GUARDED_BY(mutex_);
};

class HttpServerTest : public testing::Test {
  protected:
    // Answers `<method> <target> <body>`, except /later: laid aside in waiting_.
    void serve(HttpServerOptions options = {}) {
        options.port = 0;
        options.threads = options.threads == 0 ? 2 : options.threads;
        server_ = HttpServer::open(
                      options,
                      [this](const HttpRequest& request, Responder respond) {
                          if (request.target() == "/later") {
                              waiting_.push(request, std::move(respond));
                              return;
                          }
                          respond(text_answer(std::string(request.method()) + " " +
                                              std::string(request.target()) + " " +
                                              std::string(request.body())));
                      },
                      metrics_)
                      .value();
        server_->start();
    }

    RawClient connect() { return RawClient(server_->port()); }

    double open_connections() {
        return metrics_.gauge("millbeck_base_http_connections", "").value();
    }

    Metrics metrics_;
    Waiting waiting_;
    std::unique_ptr<HttpServer> server_;
};

TEST_F(HttpServerTest, AnswersAndKeepsTheConnection) {
    serve();
    RawClient client = connect();
    for (int i = 0; i < 3; ++i) {
        ASSERT_TRUE(client.send(post("/a", std::to_string(i))));
        const std::string answer = client.read_answer();
        EXPECT_TRUE(has(answer, "HTTP/1.1 200 OK\r\nServer: Millbeck\r\nDate: ")) << answer;
        EXPECT_FALSE(has(answer, "Connection:")) << answer;
        EXPECT_EQ(body_of(answer), "POST /a " + std::to_string(i));
    }
    EXPECT_EQ(metrics_.counter("millbeck_base_http_requests_total", "").value(), 3);
    EXPECT_EQ(open_connections(), 1);
}

TEST_F(HttpServerTest, ClosesWhenTheClientWantsIt) {
    serve();
    RawClient modern = connect();
    ASSERT_TRUE(modern.send(post("/a", "", "Connection: close\r\n")));
    EXPECT_TRUE(has(modern.read_to_end(), "\r\nConnection: close\r\n"));
    RawClient old = connect();
    ASSERT_TRUE(old.send("GET /a HTTP/1.0\r\n\r\n"));
    EXPECT_TRUE(has(old.read_to_end(), "GET /a "));
    RawClient old_but_keen = connect();
    ASSERT_TRUE(old_but_keen.send("GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"));
    EXPECT_TRUE(has(old_but_keen.read_answer(), "\r\nConnection: keep-alive\r\n"));
    ASSERT_TRUE(old_but_keen.send(post("/b", "")));
    EXPECT_EQ(body_of(old_but_keen.read_answer()), "POST /b ");
}

// If it fails, a pipelining client gets another item than the one it asked for.
TEST_F(HttpServerTest, PipelinedRequestsAreAnsweredInOrder) {
    serve();
    RawClient client = connect();
    std::string requests;
    for (int i = 0; i < 50; ++i) {
        requests += post(i % 5 == 2 ? "/later" : "/now", std::to_string(i));
    }
    ASSERT_TRUE(client.send(requests));
    std::jthread later([this] {
        for (int i = 0; i < 10; ++i) {
            const auto entry = waiting_.pop();
            entry.respond(text_answer("later " + std::string(entry.request->body())));
        }
    });
    for (int i = 0; i < 50; ++i) {
        const std::string expected = i % 5 == 2 ? "later " : "POST /now ";
        EXPECT_EQ(body_of(client.read_answer()), expected + std::to_string(i));
    }
}

TEST_F(HttpServerTest, AnswersMayComeFromAnyThreadAndOnlyOnce) {
    serve();
    std::vector<RawClient> clients;
    for (int i = 0; i < 8; ++i) {
        clients.push_back(connect());
        ASSERT_TRUE(clients.back().send(post("/later", std::to_string(i))));
    }
    std::vector<std::jthread> threads;
    for (int i = 0; i < 8; ++i) {
        threads.emplace_back([this] {
            const auto entry = waiting_.pop();
            const std::string body(entry.request->body());
            entry.respond(text_answer("first " + body));
            entry.respond(text_answer("second " + body));
        });
    }
    for (int i = 0; i < 8; ++i) {
        EXPECT_EQ(body_of(clients[static_cast<std::size_t>(i)].read_answer()),
                  "first " + std::to_string(i));
        ASSERT_TRUE(clients[static_cast<std::size_t>(i)].send(post("/a", "")));
        EXPECT_EQ(body_of(clients[static_cast<std::size_t>(i)].read_answer()), "POST /a ");
    }
}

// If it fails, a forgotten request blocks its client, and every stop, until a time-out.
TEST_F(HttpServerTest, ARequestNobodyAnswersIsA500) {
    serve();
    RawClient client = connect();
    ASSERT_TRUE(client.send(post("/later", "")));
    waiting_.pop();
    EXPECT_TRUE(has(client.read_answer(), "HTTP/1.1 500 "));
    ASSERT_TRUE(client.send(post("/a", "")));
    EXPECT_EQ(body_of(client.read_answer()), "POST /a ");
}

TEST_F(HttpServerTest, ChunkedBodiesAndContinue) {
    serve();
    RawClient client = connect();
    ASSERT_TRUE(
        client.send("PUT /c HTTP/1.1\r\nTransfer-Encoding: chunked\r\nExpect: "
                    "100-continue\r\n\r\n"));
    EXPECT_EQ(client.read_answer(), "HTTP/1.1 100 Continue\r\n\r\n");
    ASSERT_TRUE(client.send("3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"));
    EXPECT_EQ(body_of(client.read_answer()), "PUT /c abcde");
}

TEST_F(HttpServerTest, HeadHasALengthAndNoBody) {
    serve();
    RawClient client = connect();
    ASSERT_TRUE(client.send("HEAD /a HTTP/1.1\r\nConnection: close\r\n\r\n"));
    const std::string answer = client.read_to_end();
    EXPECT_TRUE(has(answer, "Content-Length: 8\r\n")) << answer;
    EXPECT_EQ(body_of(answer), "");
}

// If it fails, one client fills the server's memory, or never learns why it was refused.
TEST_F(HttpServerTest, TooLargeIsRefusedAndTheRefusalArrives) {
    serve({.address = "127.0.0.1", .body_bytes_max = 1000, .header_bytes_max = 2000});
    RawClient body = connect();
    body.send(post("/a", std::string(1 << 20, 'x')));
    const std::string too_large = body.read_to_end();
    EXPECT_TRUE(has(too_large, "HTTP/1.1 413 ")) << too_large;
    EXPECT_TRUE(has(too_large, "Connection: close\r\n"));

    RawClient chunked = connect();
    ASSERT_TRUE(chunked.send("PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3e9\r\n"));
    chunked.finish_sending();
    EXPECT_TRUE(has(chunked.read_to_end(), "HTTP/1.1 413 "));

    RawClient header = connect();
    header.send("GET / HTTP/1.1\r\nA: " + std::string(100'000, 'a'));
    header.finish_sending();
    EXPECT_TRUE(has(header.read_to_end(), "HTTP/1.1 400 "));

    RawClient garbage = connect();
    ASSERT_TRUE(garbage.send("nonsense\r\n\r\n"));
    garbage.finish_sending();
    EXPECT_TRUE(has(garbage.read_to_end(), "HTTP/1.1 400 "));

    RawClient just_right = connect();
    ASSERT_TRUE(just_right.send(post("/", std::string(1000, 'x'))));
    EXPECT_TRUE(has(just_right.read_answer(), "200 OK"));
}

// The parser waits for a line end that never comes; its buffer has a limit all the same.
TEST_F(HttpServerTest, AnEndlessChunkExtensionIsCutOff) {
    serve();
    RawClient client = connect();
    std::string request = "PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5;x=";
    bool open = client.send(request);
    for (int i = 0; i < 10'000 && open; ++i) {
        open = client.send(std::string(4096, 'a'));
    }
    EXPECT_FALSE(open);
}

TEST_F(HttpServerTest, ASlowReaderGetsEveryByte) {
    constexpr std::size_t kBytes = 4u << 20;
    HttpServerOptions options;
    options.port = 0;
    options.threads = 1;
    server_ = HttpServer::open(
                  options,
                  [](const HttpRequest&, const Responder& respond) {
                      respond(text_answer(std::string(kBytes, 'z')));
                  },
                  metrics_)
                  .value();
    server_->start();
    RawClient client(server_->port(), 4096);
    ASSERT_TRUE(client.send(post("/", "") + post("/", "")));
    // Meanwhile the one thread serves others.
    RawClient other(server_->port());
    ASSERT_TRUE(other.send(post("/", "", "Connection: close\r\n")));
    EXPECT_EQ(body_of(other.read_to_end()).size(), kBytes);
    EXPECT_EQ(body_of(client.read_answer()), std::string(kBytes, 'z'));
    EXPECT_EQ(body_of(client.read_answer()).size(), kBytes);
}

// If it fails, connections that say nothing pile up until no more fit.
TEST_F(HttpServerTest, IdleAndHalfSentConnectionsAreClosed) {
    serve({.address = "127.0.0.1", .idle_timeout = Milliseconds{40}});
    RawClient silent = connect();
    RawClient half = connect();
    ASSERT_TRUE(half.send("POST / HTTP/1.1\r\nContent-Length: 10\r\n\r\nhalf"));
    EXPECT_EQ(silent.read_to_end(), "");
    EXPECT_EQ(half.read_to_end(), "");
    // A request that is being answered is not idle.
    RawClient waits = connect();
    ASSERT_TRUE(waits.send(post("/later", "")));
    const auto entry = waiting_.pop();
    RawClient witness = connect();
    EXPECT_EQ(witness.read_to_end(), "") << "closed after a whole timeout";
    entry.respond(text_answer("at last"));
    EXPECT_EQ(body_of(waits.read_answer()), "at last");
}

TEST_F(HttpServerTest, OverTheLimitConnectionsAreClosedAtOnce) {
    serve({.address = "127.0.0.1", .connections_max = 1});
    {
        RawClient first = connect();
        ASSERT_TRUE(first.send(post("/a", "")));
        EXPECT_TRUE(has(first.read_answer(), "200 OK"));
        EXPECT_EQ(connect().read_to_end(), "");
        ASSERT_TRUE(first.send(post("/a", "", "Connection: close\r\n")));
        EXPECT_TRUE(has(first.read_to_end(), "200 OK"));
    }
    // The place is given back right after the socket is closed, which the client sees first.
    std::string answer;
    for (int i = 0; i < 10'000 && answer.empty(); ++i) {
        RawClient next = connect();
        next.send(post("/a", ""));
        answer = next.read_answer();
    }
    EXPECT_TRUE(has(answer, "200 OK"));
}

// If it fails, a process that is out of file descriptors stops serving those who are connected, or
// burns a core, or never accepts anybody again.
TEST_F(HttpServerTest, OutOfDescriptorsItServesOnAndAcceptsLater) {
    serve();
    RawClient connected = connect();
    ASSERT_TRUE(connected.send(post("/a", "")));
    ASSERT_TRUE(has(connected.read_answer(), "200 OK"));
    tests::StderrPipe said;
    std::optional<RawClient> waits;
    {
        // The lowest free number is the last one allowed, and the client's end takes it.
        const int lowest = ::dup(STDERR_FILENO);
        ::close(lowest);
        const tests::LoweredLimit limit(RLIMIT_NOFILE, static_cast<rlim_t>(lowest) + 1);
        waits.emplace(server_->port());
        ASSERT_TRUE(waits->send(post("/b", "")));
        EXPECT_TRUE(has(said.wait_for("cannot accept connections"), "errno=24"));
        ASSERT_TRUE(connected.send(post("/c", "")));
        EXPECT_EQ(body_of(connected.read_answer()), "POST /c ");
        said.wait_for("retry_ms=20");  // it has tried again, after a pause
    }
    EXPECT_EQ(body_of(waits->read_answer()), "POST /b ");
    const std::string lines = said.end();
    // Pauses double up to a second: a minute of this test has no more lines than this.
    EXPECT_LT(std::count(lines.begin(), lines.end(), '\n'), 70) << lines;
}

TEST_F(HttpServerTest, TellsWhenThePeerHasGone) {
    serve();
    auto client = std::make_unique<RawClient>(server_->port());
    ASSERT_TRUE(client->send(post("/later", "")));
    const auto entry = waiting_.pop();
    EXPECT_FALSE(entry.request->peer_closed());
    client.reset();
    const auto deadline = std::chrono::steady_clock::now() + kGenerous;
    while (!entry.request->peer_closed() && std::chrono::steady_clock::now() < deadline) {
        std::this_thread::yield();
    }
    EXPECT_TRUE(entry.request->peer_closed());
    entry.respond(text_answer("nobody hears"));
}

// If it fails, a clean stop loses answers to writes that were made.
TEST_F(HttpServerTest, StopLetsAnswersInFlightFinishAndClosesIdleOnes) {
    serve();
    RawClient idle = connect();
    ASSERT_TRUE(idle.send(post("/a", "")));
    idle.read_answer();
    RawClient busy = connect();
    ASSERT_TRUE(busy.send(post("/later", "") + post("/a", "not any more")));
    const auto entry = waiting_.pop();
    std::jthread stopper([this] { server_->stop(kGenerous); });
    EXPECT_EQ(idle.read_to_end(), "");
    entry.respond(text_answer("done"));
    const std::string answer = busy.read_to_end();
    EXPECT_TRUE(has(answer, "Connection: close\r\n")) << answer;
    EXPECT_EQ(body_of(answer), "done");
    stopper.join();
    EXPECT_EQ(open_connections(), 0);
}

// If it fails, one hung handler keeps the program from ending.
TEST_F(HttpServerTest, StopGivesUpAtItsDeadlineAndLateAnswersAreIgnored) {
    serve();
    RawClient client = connect();
    ASSERT_TRUE(client.send(post("/later", "body")));
    auto entry = std::make_unique<Waiting::Entry>(waiting_.pop());
    server_->stop(Milliseconds{1});
    EXPECT_EQ(client.read_to_end(), "");
    server_.reset();
    EXPECT_EQ(entry->request->body(), "body") << "readable until it is answered";
    EXPECT_TRUE(entry->request->peer_closed());
    entry->respond(text_answer("late"));
    entry.reset();
}

TEST_F(HttpServerTest, StopAndAnswersMayRace) {
    for (int round = 0; round < 20; ++round) {
        serve();
        std::vector<RawClient> clients;
        for (int i = 0; i < 4; ++i) {
            clients.push_back(connect());
            ASSERT_TRUE(clients.back().send(post("/later", "")));
        }
        std::vector<std::jthread> threads;
        for (int i = 0; i < 4; ++i) {
            threads.emplace_back([entry = waiting_.pop()] { entry.respond(text_answer("x")); });
        }
        server_->stop(Milliseconds{round % 2});
        server_.reset();
    }
}

TEST_F(HttpServerTest, OpenRefusesWithWords) {
    serve();
    const auto open = [&](HttpServerOptions options) {
        const auto opened = HttpServer::open(
            options, [](const HttpRequest&, const Responder&) {}, metrics_);
        return opened ? Code::Internal : opened.error().code;
    };
    HttpServerOptions taken;
    taken.port = server_->port();
    EXPECT_EQ(open(taken), Code::InUse);
    EXPECT_EQ(open({.address = "nowhere"}), Code::Invalid);
    EXPECT_EQ(open({.address = "192.0.2.1", .port = 0}), Code::Io);
    EXPECT_EQ(open({.address = "127.0.0.1", .threads = 65}), Code::Invalid);
    EXPECT_EQ(open({.address = "127.0.0.1", .header_bytes_max = 0}), Code::Invalid);
    EXPECT_EQ(open({.address = "127.0.0.1", .idle_timeout = Milliseconds{0}}), Code::Invalid);
}

TEST_F(HttpServerTest, AServerThatNeverStartedStops) {
    HttpServerOptions options;
    options.port = 0;
    auto opened = HttpServer::open(
        options, [](const HttpRequest&, const Responder&) {}, metrics_);
    opened.value()->stop(kGenerous);
}

TEST_F(HttpServerTest, OurClientTalksToIt) {
    serve();
    const std::string origin = "http://127.0.0.1:" + std::to_string(server_->port());
    auto client = HttpClient::open(origin + "/").value();
    for (int i = 0; i < 2; ++i) {
        const auto answer = client->send("POST", "/x?y=1", "body", {{"A", "b"}}, kGenerous).value();
        EXPECT_EQ(answer.status, 200u);
        EXPECT_EQ(answer.body, "POST /x?y=1 body");
        EXPECT_EQ(answer.headers.at("content-type"), "text/plain");
    }
    EXPECT_EQ(client->send("GET", "/", "", {}, kGenerous).value().body, "GET / ");
    EXPECT_EQ(client->send("DELETE", "/d", "", {}, kGenerous).value().body, "DELETE /d ");
    EXPECT_EQ(client->send("HEAD", "/d", "", {}, kGenerous).value().body, "");
    EXPECT_EQ(metrics_.counter("millbeck_base_http_requests_total", "").value(), 5);
    EXPECT_EQ(open_connections(), 1) << "one connection for all";
    EXPECT_EQ(client->send("POST", "/later", "", {}, Milliseconds{1}).error().code,
              Code::DeadlineExceeded);
    EXPECT_EQ(client->send("GET", "/", "", {{"A", "b\r\nC: d"}}, kGenerous).error().code,
              Code::Invalid);
    server_->stop(Milliseconds{1});
    EXPECT_EQ(client->send("GET", "/", "", {}, kGenerous).error().code, Code::Unavailable);
    for (const char* bad : {"", "ftp://x", "http://x/path", "http://", "http://x?q"}) {
        EXPECT_FALSE(HttpClient::open(bad)) << bad;
    }
}

}  // namespace
}  // namespace millbeck::base
