#include "base/http_request_parser.hpp"

#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace millbeck::base {
namespace {

using State = HttpRequestParser::State;

constexpr HttpLimits kLimits{1024, 100};

std::string hex(std::size_t number) {
    std::ostringstream text;
    text << std::hex << number;
    return text.str();
}

// Feeds `bytes` in pieces of `step`; returns what was left over.
std::string feed_in_steps(HttpRequestParser& parser, const std::string& bytes, std::size_t step) {
    std::string buffer;
    std::size_t at = 0;
    while (parser.state() < State::Complete && at < bytes.size()) {
        buffer += bytes.substr(at, step);
        at += step;
        buffer.erase(0, parser.feed(buffer));
    }
    return buffer + (at < bytes.size() ? bytes.substr(at) : "");
}

const std::string kPost =
    "POST /a?b=c HTTP/1.1\r\nHost: x\r\nX-Amz-Target: T.Put\r\ncontent-length: 5\r\n\r\nhello";

// If it fails, requests break where the network happens to cut them.
TEST(HttpRequestParser, TheCutsOfTheNetworkDoNotMatter) {
    HttpRequestParser parser(kLimits);
    for (std::size_t step = 1; step <= kPost.size(); ++step) {
        parser.begin();
        EXPECT_EQ(feed_in_steps(parser, kPost + "GET", step).substr(0, 3), "GET") << step;
        ASSERT_EQ(parser.state(), State::Complete) << step;
        EXPECT_EQ(parser.method(), "POST");
        EXPECT_EQ(parser.target(), "/a?b=c");
        EXPECT_EQ(parser.header("x-amz-target"), "T.Put");
        EXPECT_EQ(parser.header("x-amz-targe"), "");
        EXPECT_EQ(parser.body(), "hello");
        EXPECT_TRUE(parser.keep_alive());
    }
}

TEST(HttpRequestParser, ChunksAreJoinedAndTrailersAreNoHeaders) {
    HttpRequestParser parser(kLimits);
    feed_in_steps(parser,
                  "PUT / HTTP/1.1\r\nTransfer-Encoding: Chunked\r\n\r\n"
                  "3;ext=1\r\nabc\r\nA\r\n0123456789\r\n0\r\nAuthorization: no\r\n\r\n",
                  3);
    ASSERT_EQ(parser.state(), State::Complete) << parser.failure_text();
    EXPECT_EQ(parser.body(), "abc0123456789");
    EXPECT_EQ(parser.header("authorization"), "");
}

TEST(HttpRequestParser, NothingOfTheLastRequestIsLeft) {
    HttpRequestParser parser(kLimits);
    feed_in_steps(parser, kPost, kPost.size());
    parser.begin();
    EXPECT_EQ(parser.state(), State::Header);
    feed_in_steps(parser, "\r\n\r\nGET / HTTP/1.0\r\n\r\n", 1);
    ASSERT_EQ(parser.state(), State::Complete);
    EXPECT_EQ(parser.header("host"), "");
    EXPECT_EQ(parser.body(), "");
    EXPECT_FALSE(parser.keep_alive());
    EXPECT_TRUE(parser.is_http_1_0());
}

struct Refusal {
    const char* name;
    std::string request;
    unsigned status;
};

// If it fails, a request is read in two ways by two programs: that is how one is smuggled past.
TEST(HttpRequestParser, RefusesWhatItCannotBeSureOf) {
    const std::string get = "GET / HTTP/1.1\r\n";
    const std::string put = "PUT / HTTP/1.1\r\n";
    const std::vector<Refusal> rows = {
        {"garbage", "\x16\x03\x01 tls?\r\n\r\n", 400},
        {"no version", "GET /\r\n\r\n", 400},
        {"version 2", "GET / HTTP/2.0\r\n\r\n", 400},
        {"blank in a name", get + "Ho st: x\r\n\r\n", 400},
        {"header too large", get + "A: " + std::string(2000, 'a') + "\r\n\r\n", 400},
        {"endless line", "GET /" + std::string(5000, 'a'), 400},
        {"body too large", put + "Content-Length: 101\r\n\r\n", 413},
        {"chunks too large", put + "Transfer-Encoding: chunked\r\n\r\n65\r\n", 413},
        {"bad length", put + "Content-Length: 1x\r\n\r\n", 400},
        {"two lengths", put + "Content-Length: 1\r\nContent-Length: 2\r\n\r\n", 400},
        {"length and chunks", put + "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
        {"chunks and length", put + "Transfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n", 400},
        {"unknown coding", put + "Transfer-Encoding: gzip\r\n\r\n", 400},
        {"two codings", put + "Transfer-Encoding: gzip, chunked\r\n\r\n", 400},
        {"bad chunk", put + "Transfer-Encoding: chunked\r\n\r\nxyz\r\n", 400},
        {"expectation", put + "Expect: miracles\r\nContent-Length: 1\r\n\r\n", 417},
    };
    for (const Refusal& row : rows) {
        for (const std::size_t step : {std::size_t{1}, row.request.size()}) {
            HttpRequestParser parser(kLimits);
            feed_in_steps(parser, row.request, step);
            ASSERT_EQ(parser.state(), State::Failed) << row.name << " in steps of " << step;
            EXPECT_EQ(parser.failure_status(), row.status) << row.name;
            EXPECT_NE(parser.failure_text(), "") << row.name;
        }
    }
}

TEST(HttpRequestParser, ABodyOfTheLimitIsTaken) {
    HttpRequestParser parser(kLimits);
    feed_in_steps(parser, "PUT / HTTP/1.1\r\nContent-Length: 100\r\n\r\n" + std::string(100, 'b'),
                  7);
    ASSERT_EQ(parser.state(), State::Complete);
    EXPECT_EQ(parser.body().size(), 100u);
}

// If it fails, packages of code cannot be sent, or anybody may send as much.
TEST(HttpRequestParser, SomeTargetsMayHaveLargerBodies) {
    const HttpLimits limits{.header_bytes_max = 1024,
                            .body_bytes_max = 100,
                            .large_target = "/large",
                            .large_body_bytes_max = 200};
    struct Row {
        std::string target;
        std::size_t bytes;
        bool taken;
    };
    for (const Row& row : {Row{"/large/x", 200, true}, Row{"/large", 201, false},
                           Row{"/larg", 101, false}, Row{"/larg", 100, true}}) {
        for (const std::string& length : std::vector<std::string>{
                 "Content-Length: " + std::to_string(row.bytes) + "\r\n\r\n",
                 "Transfer-Encoding: chunked\r\n\r\n" + hex(row.bytes) + "\r\n"}) {
            HttpRequestParser parser(limits);
            const bool chunked = length.starts_with("Transfer");
            feed_in_steps(parser,
                          "PUT " + row.target + " HTTP/1.1\r\n" + length +
                              std::string(row.bytes, 'b') + (chunked ? "\r\n0\r\n\r\n" : ""),
                          7);
            EXPECT_EQ(parser.state() == State::Complete, row.taken) << row.target << row.bytes;
            if (!row.taken) {
                EXPECT_EQ(parser.failure_status(), 413u);
            }
        }
    }
}

// If it fails, a client that sends too much is cut off before it can read why.
TEST(HttpRequestParser, ReadsATooLongBodyToItsEndWhenAskedTo) {
    const HttpLimits limits{1024, 100, OverLimit::Drop};
    const std::string plain =
        "PUT / HTTP/1.1\r\nContent-Length: 101\r\n\r\n" + std::string(101, 'b');
    const std::string chunked = "PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n64\r\n" +
                                std::string(100, 'b') + "\r\n1\r\nc\r\n0\r\n\r\n";
    for (const std::string& request : {plain, chunked}) {
        for (const std::size_t step : {std::size_t{1}, request.size()}) {
            HttpRequestParser parser(limits);
            feed_in_steps(parser, request, step);
            ASSERT_EQ(parser.state(), State::Complete);
            EXPECT_TRUE(parser.body_was_cut());
            EXPECT_EQ(parser.body(), std::string(100, 'b'));
            parser.begin();
            feed_in_steps(parser,
                          "PUT / HTTP/1.1\r\nContent-Length: 100\r\n\r\n" + std::string(100, 'd'),
                          step);
            EXPECT_FALSE(parser.body_was_cut()) << "a body of the limit is whole";
            EXPECT_EQ(parser.body(), std::string(100, 'd'));
        }
    }
}

TEST(HttpRequestParser, KeepsTrailersApartFromHeaders) {
    const std::string request =
        "PUT / HTTP/1.1\r\nX-Kind: header\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nb\r\n0\r\n"
        "X-Kind: trailer\r\nX-Late: yes\r\n\r\n";
    for (const std::size_t step : {std::size_t{1}, request.size()}) {
        HttpRequestParser parser(kLimits);
        feed_in_steps(parser, request, step);
        ASSERT_EQ(parser.state(), State::Complete);
        EXPECT_EQ(parser.header("x-kind"), "header");
        EXPECT_EQ(parser.trailer("x-kind"), "trailer");
        EXPECT_EQ(parser.header("x-late"), "");
        EXPECT_EQ(parser.trailer("x-late"), "yes");
        parser.begin();
        EXPECT_EQ(parser.trailer("x-late"), "");
    }
    HttpRequestParser parser(kLimits);
    feed_in_steps(parser,
                  "PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: " +
                      std::string(1024, 't') + "\r\n\r\n",
                  64);
    EXPECT_EQ(parser.state(), State::Failed) << "trailers count as headers do";
}

TEST(HttpRequestParser, SaysWhenTheClientWaitsForAWord) {
    HttpRequestParser parser(kLimits);
    feed_in_steps(parser, "PUT / HTTP/1.1\r\nExpect: 100-Continue\r\nContent-Length: 1\r\n\r\n",
                  100);
    EXPECT_EQ(parser.state(), State::Body);
    EXPECT_TRUE(parser.expects_continue());
}

}  // namespace
}  // namespace millbeck::base
