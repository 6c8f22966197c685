#include "sinks/webhook/webhook_sink.hpp"

#include <algorithm>
#include <charconv>

#include <curl/curl.h>
#include <fmt/format.h>

#include "base/hmac.hpp"
#include "sinks/http/http_lanes.hpp"
#include "sinks/outcome.hpp"
#include "sinks/range_check.hpp"

namespace millbeck::sinks {

namespace {

constexpr std::string_view kTarget = "a webhook";  // in sentences

using base::Code;
using base::Instant;
using base::Status;
using Kind = Outcome::Kind;

constexpr unsigned kTooManyRequests = 429;
constexpr unsigned kUnavailable = 503;
constexpr std::size_t kAnswerBytesMax = 1u << 20;
constexpr std::size_t kShownBytesMax = 200;
constexpr std::size_t kSecretBytesMax = 4'096;
constexpr base::Milliseconds kRetryAfterMax{3'600'000};

// The answer's first line, as a hint.
std::string hint_of(const std::string& body) {
    const std::string line = body.substr(0, std::min(body.find_first_of("\r\n"), kShownBytesMax));
    return line.empty() ? "" : ": " + line;
}

class WebhookSink final : public Sink {
  public:
    WebhookSink(WebhookOptions options, std::unique_ptr<HttpLanes> lanes,
                const SinkContext& context)
        : options_(std::move(options)), context_(context), lanes_(std::move(lanes)) {}

    Outcome deliver(const Batch& batch, Instant deadline) override {
        if (batch.messages.empty()) {
            return {};
        }
        HttpCall call;
        if (Status written = write_body(batch, call.body); !written) {
            return outcome_of(Kind::Failed, written.error());
        }
        write_headers(batch, call);
        const auto answers = lanes_->send({std::move(call)}, deadline);
        return outcome_of_answer(answers[0]);
    }

    [[nodiscard]] unsigned concurrency() const override { return options_.concurrency; }
    void stop(Instant deadline) override { lanes_->stop(deadline); }

  private:
    Status write_body(const Batch& batch, std::string& body) const {
        const bool is_array = options_.body == WebhookOptions::Body::Array;
        body.reserve(batch.payload_bytes + batch.messages.size() + 2);
        body += is_array ? "[" : "";
        for (const Message& message : batch.messages) {
            body += is_array && &message != batch.messages.data() ? "," : "";
            MB_TRY_STATUS(
                append_message(body, message, batch.shard_id, options_.form, options_.mapping));
            body += is_array ? "" : "\n";
        }
        body += is_array ? "]" : "";
        return {};
    }

    void write_headers(const Batch& batch, HttpCall& call) const {
        const bool is_array = options_.body == WebhookOptions::Body::Array;
        auto& headers = call.headers;
        headers.push_back(fmt::format("Content-Type: application/{}json", is_array ? "" : "x-nd"));
        headers.push_back("Idempotency-Key: " + batch.request_id);
        headers.push_back("Millbeck-Table: " + context_.table);
        headers.push_back("Millbeck-Shard: " + batch.shard_id);
        for (const auto& [name, value] : options_.headers) {
            headers.push_back(value.empty() ? name + ";" : fmt::format("{}: {}", name, value));
        }
        if (!options_.secret.empty()) {
            const std::int64_t seconds = base::to_millis(context_.clock.wall()) / 1'000;
            const std::string mark = base::to_hex(
                base::hmac_sha256(options_.secret, fmt::format("{}.{}", seconds, call.body)));
            headers.push_back(fmt::format("Millbeck-Signature: t={},v1={}", seconds, mark));
        }
    }

    [[nodiscard]] Outcome outcome_of_answer(const HttpAnswer& answer) const {
        if (!answer.is_answered()) {
            Outcome outcome =
                outcome_of(answer.was_sent ? Kind::Failed : Kind::NotInvoked, answer.error);
            outcome.error.message = "the webhook: " + outcome.error.message;
            if (answer.error.code == Code::DeadlineExceeded) {
                outcome.kind = Kind::Failed;
            }
            return outcome;
        }
        if (answer.status >= 200 && answer.status < 300) {
            return {};
        }
        const auto found = answer.headers.find("retry-after");
        const bool asks = found != answer.headers.end();
        const bool is_throttled =
            answer.status == kTooManyRequests || (answer.status == kUnavailable && asks);
        const bool is_client_error = answer.status >= 300 && answer.status < 500;
        Outcome outcome = outcome_of(
            is_throttled ? Kind::NotInvoked : Kind::Failed,
            {is_throttled ? Code::Unavailable : (is_client_error ? Code::Invalid : Code::Io),
             fmt::format("the webhook answered {}{}", answer.status, hint_of(answer.body))});
        if (asks) {
            outcome.retry_after = parse_retry_after(found->second, context_.clock.wall());
        }
        return outcome;
    }

    const WebhookOptions options_;
    const SinkContext context_;
    const std::unique_ptr<HttpLanes> lanes_;
};

Status check(const WebhookOptions& options) {
    MB_TRY_STATUS(check_form(options.form, options.mapping));
    MB_TRY_STATUS(
        check_range(kTarget, "connect_timeout (ms)", options.connect_timeout.count(), 1, 60'000));
    MB_TRY_STATUS(check_range(kTarget, "timeout (ms)", options.timeout.count(), 1, 900'000));
    MB_TRY_STATUS(check_range(kTarget, "concurrency", options.concurrency, 1, 64));
    for (const auto& [name, value] : options.headers) {
        constexpr std::string_view kToken =
            "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&'*+-.^_`|~";
        const bool is_header =
            !name.empty() && name.find_first_not_of(kToken) == std::string::npos &&
            value.find_first_of(std::string_view("\r\n\0", 3)) == std::string::npos;
        if (!is_header) {
            return base::fail(Code::Invalid, fmt::format("\"{}\" is no header of a webhook", name));
        }
    }
    return {};
}

}  // namespace

base::Milliseconds parse_retry_after(const std::string& text, base::WallTime now) {
    std::int64_t seconds = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (error != std::errc() || end != text.data() + text.size()) {
        const std::time_t date = curl_getdate(text.c_str(), nullptr);
        seconds = date < 0 ? 0 : date - base::to_millis(now) / 1'000;
    }
    const std::int64_t most = kRetryAfterMax.count() / 1'000;
    return std::chrono::seconds{std::clamp<std::int64_t>(seconds, 0, most)};
}

base::Result<std::unique_ptr<Sink>> open_webhook(WebhookOptions options,
                                                 const SinkContext& context) {
    MB_TRY_STATUS(check(options));
    if (!options.secret_file.empty()) {
        if (!options.secret.empty()) {
            return base::fail(Code::Invalid, "a webhook has a secret or a secret_file, not both");
        }
        MB_TRY(options.secret, base::read_all(context.files, options.secret_file, kSecretBytesMax));
        options.secret.erase(options.secret.find_last_not_of("\r\n") + 1);
        if (options.secret.empty()) {
            return base::fail(Code::Invalid, "the secret_file of a webhook is empty");
        }
    }
    MB_TRY(auto lanes, HttpLanes::open({.url = options.url,
                                        .lanes = options.concurrency,
                                        .parallel = 1,
                                        .connect_timeout = options.connect_timeout,
                                        .timeout = options.timeout,
                                        .answer_bytes_max = kAnswerBytesMax,
                                        .ca_file = options.ca_file},
                                       context.clock));
    return std::make_unique<WebhookSink>(std::move(options), std::move(lanes), context);
}

}  // namespace millbeck::sinks
