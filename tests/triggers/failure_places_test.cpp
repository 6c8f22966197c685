#include "triggers/failure_places.hpp"

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/http_server.hpp"
#include "base/metrics.hpp"
#include "tests/support/temp_folder.hpp"

namespace millbeck::triggers {
namespace {

using base::Milliseconds;

FailedBatch failed_batch() {
    auto batch = std::make_shared<sinks::Batch>();
    batch->request_id = "6f9619ff-8b86-4d01-b42d-00cf4fc964ff";
    batch->shard_id = "shardId-00000001573689197000-00000001";
    batch->messages = {{.id = "100000000000000000001", .key = "", .record = R"({"n":1})"}};
    return {.trigger = TriggerId{"11111111-1111-4111-8111-111111111111"},
            .trigger_name = "notify",
            .function = "on-order",
            .stream_arn = "arn:stream",
            .failed_at = base::WallTime{Milliseconds{1'573'690'429'717}},
            .first_arrival = {},
            .last_arrival = {},
            .batch = std::move(batch)};
}

const shardlog::Identity kIdentity{.region = "eu-west-1", .account_id = "123456789012"};
constexpr const char* kArn = "arn:aws:lambda:eu-west-1:123456789012:function:on-order";

// If it fails, tools that read the service's bucket do not find what was given up.
TEST(FailureFolder, PutsEachBatchWhereTheServiceWould) {
    const tests::TempFolder folder;
    const auto files = base::system_files();
    const auto random = base::seeded_random(7);
    const auto destination =
        open_failure_folder(*files, *random, kIdentity, folder.path() / "failed");
    for (int i = 0; i < 2; ++i) {
        ASSERT_TRUE(destination->take(failed_batch()));
    }
    const base::Path day = folder.path() /
                           "failed/aws/lambda/11111111-1111-4111-8111-111111111111/"
                           "shardId-00000001573689197000-00000001/2019/11/14";
    const auto names = files->list(day);
    ASSERT_TRUE(names) << names.error().message;
    ASSERT_EQ(names->size(), 2u);
    for (const std::string& name : *names) {
        EXPECT_TRUE(name.starts_with("2019-11-14T00.13.49-")) << name;
        EXPECT_EQ(name.size(), std::string("2019-11-14T00.13.49-").size() + 36);
        EXPECT_EQ(*base::read_all(*files, day / name, 10'000),
                  failure_document(failed_batch(), kArn, Payload::Kept));
    }
}

FinishedCall finished_call() {
    return {.function = "on-order",
            .qualifier = "live",
            .request_id = "6f9619ff-8b86-4d01-b42d-00cf4fc964ff",
            .condition = "EventAgeExceeded",
            .invoke_count = 2,
            .payload = R"({"n":1})",
            .ended_at = base::WallTime{Milliseconds{1'573'690'429'717}}};
}

TEST(FailureFolder, PutsCallsWhereTheServiceWould) {
    const tests::TempFolder folder;
    const auto files = base::system_files();
    const auto random = base::seeded_random(7);
    const auto destination = open_failure_folder(*files, *random, kIdentity, folder.path());
    ASSERT_TRUE(destination->take(finished_call()));
    const base::Path day = folder.path() / "aws/lambda/async/on-order/2019/11/14";
    const auto names = files->list(day);
    ASSERT_TRUE(names) << names.error().message;
    ASSERT_EQ(names->size(), 1u);
    EXPECT_TRUE(names->at(0).starts_with("2019-11-14T00.13.49-")) << names->at(0);
    EXPECT_EQ(*base::read_all(*files, day / names->at(0), 10'000),
              call_document(finished_call(), kIdentity));
}

// If it fails, a full disk or a file in the way loses what was given up.
TEST(FailureFolder, SaysWhenItCannotTakeABatch) {
    const tests::TempFolder folder;
    const auto files = base::system_files();
    const auto random = base::seeded_random(7);
    ASSERT_TRUE(base::write_atomically(*files, folder.path() / "failed", "a file"));
    const auto destination =
        open_failure_folder(*files, *random, kIdentity, folder.path() / "failed");
    EXPECT_FALSE(destination->take(failed_batch()));
}

class FailureUrlTest : public testing::Test {
  protected:
    FailureUrlTest() {
        base::HttpServerOptions options;
        options.port = 0;
        options.threads = 1;
        auto opened = base::HttpServer::open(
            options,
            [this](const base::HttpRequest& request, const base::Responder& respond) {
                posted.push_back(std::string(request.method()) + " " +
                                 std::string(request.target()) + " " +
                                 std::string(request.header("content-type")) + " " +
                                 std::string(request.body()));
                base::HttpResponse response;
                response.status = status;
                respond(std::move(response));
            },
            metrics);
        EXPECT_TRUE(opened) << opened.error().message;
        server = std::move(*opened);
        server->start();
    }
    ~FailureUrlTest() override { server->stop(Milliseconds{10'000}); }

    [[nodiscard]] std::string origin() const {
        return "http://127.0.0.1:" + std::to_string(server->port());
    }

    base::Metrics metrics;
    unsigned status = 204;
    std::vector<std::string> posted;
    std::unique_ptr<base::HttpServer> server;
};

TEST_F(FailureUrlTest, PostsTheDocument) {
    const std::string document = failure_document(failed_batch(), kArn, Payload::Kept);
    for (const std::string path : {"/failed?from=notify", ""}) {
        auto destination = open_failure_url(kIdentity, origin() + path);
        ASSERT_TRUE(destination) << destination.error().message;
        ASSERT_TRUE((*destination)->take(failed_batch()));
        EXPECT_EQ(posted.back(),
                  "POST " + (path.empty() ? "/" : path) + " application/json " + document);
        ASSERT_TRUE((*destination)->take(finished_call()));
        EXPECT_TRUE(posted.back().ends_with(call_document(finished_call(), kIdentity)));
    }
}

// If it fails, a batch counts as kept although nobody took it.
TEST_F(FailureUrlTest, AnAnswerThatIsNotASuccessTakesNothing) {
    auto destination = open_failure_url(kIdentity, origin());
    ASSERT_TRUE(destination);
    for (const unsigned refusal : {199u + 101u, 400u, 500u}) {
        status = refusal;
        const auto taken = (*destination)->take(failed_batch());
        ASSERT_FALSE(taken);
        EXPECT_EQ(taken.error().code, base::Code::Unavailable);
        EXPECT_EQ(taken.error().message, "it answered with status " + std::to_string(refusal));
    }
}

TEST(FailureUrl, IsRefusedUnlessItIsHttp) {
    for (const char* url : {"", "ftp://host/", "host:80", "https://host/"}) {
        const auto opened = open_failure_url(kIdentity, url);
        ASSERT_FALSE(opened) << url;
        EXPECT_EQ(opened.error().message, "\"" + std::string(url) + "\" is not an http:// URL");
    }
}

}  // namespace
}  // namespace millbeck::triggers
