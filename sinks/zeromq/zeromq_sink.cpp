#include "sinks/zeromq/zeromq_sink.hpp"

#include <optional>

#include <fmt/format.h>

#include "sinks/one_at_a_time.hpp"
#include "sinks/outcome.hpp"
#include "sinks/range_check.hpp"
#include "sinks/zeromq/zeromq_push.hpp"
#include "sinks/zeromq/zeromq_socket.hpp"

namespace millbeck::sinks {

namespace {

constexpr std::string_view kTarget = "ZeroMQ";  // in sentences

using base::Code;
using base::Instant;
using base::Status;
using Kind = Outcome::Kind;
using Pattern = ZeroMqOptions::Pattern;

constexpr std::size_t kKeyCharacters = 40;  // Z85 of 32 bytes
constexpr std::size_t kKeyFileBytesMax = 4'096;
constexpr std::size_t kEpochCharacters = 12;

class ZeroMqSink final : public Sink {
  public:
    ZeroMqSink(ZeroMqOptions options, const std::string& secret_key, const SinkContext& context)
        : options_(std::move(options)),
          table_(context.table),
          clock_(context.clock),
          socket_(ZeroMqSocket::make(options_, secret_key, clock_)),
          push_(*socket_, options_, base::make_hex(context.random, kEpochCharacters), clock_) {}

    Status open() { return socket_->open(); }

    Outcome deliver(const Batch& batch, Instant deadline) override {
        if (batch.messages.empty()) {
            return {};
        }
        if (clock_.instant() >= deadline) {
            return outcome_of(Kind::Failed, {Code::DeadlineExceeded, "the time was over at once"});
        }
        if (auto refused = gate_.enter()) {
            return std::move(*refused);
        }
        Outcome outcome = send(batch, deadline);
        gate_.leave();
        return outcome;
    }

    // One thread for each socket: ZeroMQ's law.
    [[nodiscard]] unsigned concurrency() const override { return 1; }

    void stop(Instant deadline) override {
        if (!gate_.close(deadline)) {
            socket_->interrupt();
        }
    }

  private:
    Outcome send(const Batch& batch, Instant deadline) {
        if (Status opened = socket_->open(); !opened) {
            return outcome_of(Kind::NotInvoked, opened.error());
        }
        std::vector<std::string> rows;
        if (options_.form == MessageForm::Rows) {
            rows.resize(batch.messages.size());
            for (std::size_t i = 0; i < rows.size(); ++i) {
                const Status formed =
                    append_flat_row(rows[i], batch.messages[i], batch.shard_id, options_.mapping);
                if (!formed) {
                    return outcome_of(Kind::Failed, formed.error());
                }
            }
        }
        std::vector<ZeroMqPush::Parts> parts;
        parts.reserve(batch.messages.size());
        for (std::size_t i = 0; i < batch.messages.size(); ++i) {
            const Message& message = batch.messages[i];
            parts.push_back({.table = table_,
                             .key = message.key,
                             .sequence = message.id,
                             .record = rows.empty() ? message.record : rows[i]});
        }
        return options_.pattern == Pattern::Pub ? publish(parts) : push(parts, deadline);
    }

    Outcome publish(const std::vector<ZeroMqPush::Parts>& messages) {
        for (const auto& each : messages) {
            const auto sent = socket_->send({each.table, each.key, each.sequence, each.record});
            if (!sent) {
                return outcome_of(Kind::Failed, sent.error());
            }
        }
        return {};
    }

    Outcome push(const std::vector<ZeroMqPush::Parts>& messages, Instant deadline) {
        const auto pushed = push_.push(messages, deadline);
        return pushed.status ? Outcome{}
                             : outcome_of(pushed.was_asked ? Kind::Failed : Kind::NotInvoked,
                                          pushed.status.error());
    }

    const ZeroMqOptions options_;
    const std::string table_;
    const base::Clock& clock_;
    const std::unique_ptr<ZeroMqSocket> socket_;
    ZeroMqPush push_;

    OneAtATime gate_;
};

Status check(const ZeroMqOptions& options) {
    MB_TRY_STATUS(check_form(options.form, options.mapping));
    MB_TRY_STATUS(check_range(kTarget, "high_water_mark", options.high_water_mark, 1, 10'000'000));
    MB_TRY_STATUS(check_range(kTarget, "credit_max", options.credit_max, 1, 1'000'000));
    MB_TRY_STATUS(
        check_range(kTarget, "subscriber_wait (ms)", options.subscriber_wait.count(), 0, 60'000));
    MB_TRY_STATUS(check_range(kTarget, "subscriber_timeout (ms)",
                              options.subscriber_timeout.count(), 1'000, 3'600'000));
    if (options.endpoint.find("://") == std::string::npos) {
        return base::fail(Code::Invalid,
                          fmt::format("\"{}\" is no ZeroMQ endpoint such as tcp://127.0.0.1:5556",
                                      options.endpoint));
    }
    const bool connects = options.join == ZeroMqOptions::Join::Connect;
    return connects && !options.curve_secret_key_file.empty()
               ? base::fail(Code::Invalid, "CURVE is for a ZeroMQ sink that binds")
               : Status{};
}

base::Result<std::string> read_key(const ZeroMqOptions& options, base::FileSystem& files) {
    if (options.curve_secret_key_file.empty()) {
        return std::string();
    }
    MB_TRY(std::string key, base::read_all(files, options.curve_secret_key_file, kKeyFileBytesMax));
    key.erase(key.find_last_not_of(" \r\n") + 1);
    if (key.size() != kKeyCharacters) {
        return base::fail(Code::Invalid, fmt::format("{} holds no CURVE key of 40 characters",
                                                     options.curve_secret_key_file.native()));
    }
    return key;
}

}  // namespace

base::Result<std::unique_ptr<Sink>> open_zeromq(ZeroMqOptions options, const SinkContext& context) {
    MB_TRY_STATUS(check(options));
    MB_TRY(const std::string secret_key, read_key(options, context.files));
    auto sink = std::make_unique<ZeroMqSink>(std::move(options), secret_key, context);
    if (const Status opened = sink->open(); !opened && opened.error().code == Code::Invalid) {
        return tl::unexpected<base::Error>(opened.error());
    }
    return std::unique_ptr<Sink>(std::move(sink));
}

}  // namespace millbeck::sinks
