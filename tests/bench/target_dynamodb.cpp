// The DynamoDB sink, and libcurl with the same PutItems, as many at once, to a Millbeck of its own.
// Every write is newer than what is there, so that none is refused by its condition.
#include <fmt/format.h>

#include "sinks/dynamodb/dynamodb_item.hpp"
#include "sinks/dynamodb/dynamodb_sink.hpp"
#include "tests/bench/bare_curl.hpp"
#include "tests/bench/shard_batch.hpp"
#include "tests/bench/target_bench.hpp"
#include "tests/support/dynamo_client.hpp"
#include "tests/support/target_server.hpp"

namespace millbeck::bench {
namespace {

class DynamoDbTarget final : public Target {
  public:
    explicit DynamoDbTarget(std::size_t records) : records_(records) {
        options_.endpoint = fmt::format("http://127.0.0.1:{}", server_.port());
        make_table();
        sink_ = must(sinks::open_dynamodb(options_, world_.context()));
        for (std::size_t shard = 0; shard < kShards; ++shard) {
            bare_.curls.push_back(
                std::make_unique<BareCurl>(options_.endpoint + "/", headers(), options_.parallel));
        }
    }

    void prepare() override {
        load_.shards.assign(kShards, {});
        bare_.bodies.assign(kShards, {});
        const sinks::DynamoDbItems items(options_);
        for (std::size_t i = 0; i < records_; i += kBatch, next_ += kBatch) {
            const std::size_t shard = i / kBatch % kShards;
            auto batch = tests::make_shard_batch(
                {.shard = shard, .first = next_, .count = kBatch, .keys = records_});
            for (const sinks::Message& message : batch.messages) {
                bare_.bodies[shard].push_back(must(items.request(
                    message, "bench", {.generation = batch.generation, .sequence = message.id})));
            }
            load_.shards[shard].push_back(std::move(batch));
        }
    }

    void write_by_sink() override { feed(world_, *sink_, load_); }
    void write_by_hand() override { bare_.send(); }
    [[nodiscard]] std::string_view yardstick() const override { return "bare libcurl"; }

  private:
    void make_table() const {
        tests::DynamoClient client(options_.endpoint);
        const auto made = must(client.table(
            "CreateTable",
            R"({"TableName":"bench","BillingMode":"PAY_PER_REQUEST","AttributeDefinitions":)"
            R"([{"AttributeName":"id","AttributeType":"S"}],)"
            R"("KeySchema":[{"AttributeName":"id","KeyType":"HASH"}]})"));
        constexpr unsigned kOk = 200;
        if (made.status != kOk) {
            give_up(made.body);
        }
    }

    // As the sink's, but signed once: a local endpoint looks at the form of a signature only.
    static std::vector<std::string> headers() {
        return {"Expect:", "content-type: application/x-amz-json-1.0",
                "x-amz-date: 20200101T000000Z", "x-amz-target: DynamoDB_20120810.PutItem",
                "authorization: AWS4-HMAC-SHA256 "
                "Credential=millbeck/20200101/us-east-1/dynamodb/aws4_request, "
                "SignedHeaders=content-type;host;x-amz-date;x-amz-target, Signature=" +
                    std::string(64, '0')};
    }

    tests::TargetServer server_{{.command = [](std::uint16_t port) {
        return std::vector<std::string>{MILLBECK_PROGRAM, "serve",
                                        "--data",         "data",
                                        "--listen",       "127.0.0.1:" + std::to_string(port)};
    }}};
    World world_;
    const std::size_t records_;
    sinks::DynamoDbOptions options_;
    Load load_;
    BarePosts bare_;
    std::size_t next_ = 0;  // no message of a batch to come is older
    std::unique_ptr<sinks::Sink> sink_;
};

}  // namespace

std::unique_ptr<Target> dynamodb_target(std::size_t records) {
    return std::make_unique<DynamoDbTarget>(records);
}

}  // namespace millbeck::bench
