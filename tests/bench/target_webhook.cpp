// The webhook sink, and libcurl with the same bodies, to our HTTP server with no work behind it.
#include <fmt/format.h>

#include "sinks/webhook/webhook_sink.hpp"
#include "tests/bench/bare_curl.hpp"
#include "tests/bench/target_bench.hpp"
#include "tests/support/target_server.hpp"

namespace millbeck::bench {
namespace {

class WebhookTarget final : public Target {
  public:
    explicit WebhookTarget(std::size_t records) : load_(repeated_load(records)) {
        const std::string url = fmt::format("http://127.0.0.1:{}/", server_.port());
        sinks::WebhookOptions options;
        options.url = url;
        sink_ = must(sinks::open_webhook(std::move(options), world_.context()));
        bare_.times = load_.times;
        for (const auto& batches : load_.shards) {
            std::string body;
            for (const sinks::Message& message : batches[0].messages) {
                body += body.empty() ? '[' : ',';
                body += message.record;
            }
            bare_.bodies.push_back({body + ']'});
            const std::vector<std::string> headers{
                "Expect:", "Content-Type: application/json", "Idempotency-Key: bench",
                "Millbeck-Table: bench", "Millbeck-Shard: " + batches[0].shard_id};
            bare_.curls.push_back(std::make_unique<BareCurl>(url, headers, 1));
        }
    }

    void write_by_sink() override { feed(world_, *sink_, load_); }
    void write_by_hand() override { bare_.send(); }
    [[nodiscard]] std::string_view yardstick() const override { return "bare libcurl"; }

  private:
    tests::TargetServer server_{{.command = [](std::uint16_t port) {
        return std::vector<std::string>{MILLBECK_HTTP_ECHO, "--port", std::to_string(port)};
    }}};
    World world_;
    const Load load_;
    BarePosts bare_;
    std::unique_ptr<sinks::Sink> sink_;
};

}  // namespace

std::unique_ptr<Target> webhook_target(std::size_t records) {
    return std::make_unique<WebhookTarget>(records);
}

}  // namespace millbeck::bench
