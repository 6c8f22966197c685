#include "sinks/redis/redis_sink.hpp"

#include <chrono>
#include <utility>

#include <fmt/format.h>

#include "sinks/redis/copy.hpp"
#include "sinks/redis/delivery.hpp"
#include "sinks/redis/positions.hpp"

namespace millbeck::sinks {

using base::Code;
using namespace std::chrono_literals;

namespace {

Outcome outcome_of(base::Error error) {
    // Nobody answered, or nobody was asked: no attempt is used.
    const bool was_asked = error.code != Code::Unavailable && error.code != Code::Cancelled;
    Outcome outcome;
    outcome.kind = was_asked ? Outcome::Kind::Failed : Outcome::Kind::NotInvoked;
    outcome.error = std::move(error);
    return outcome;
}

class RedisSink final : public Sink {
  public:
    RedisSink(redis::ItemWriter writer, std::unique_ptr<redis::TlsContext> tls,
              const SinkContext& context)
        : writer_(std::move(writer)),
          server_(writer_.options(), std::move(tls), context.clock),
          positions_(server_, writer_),
          copy_(server_, writer_),
          skipped_(context.metrics.counter(
              "millbeck_sinks_redis_older_messages",
              "Messages not written because the server held something newer.",
              {{"sink", context.name}})) {}

    Outcome deliver(const Batch& batch, base::Instant deadline) override {
        if (batch.messages.empty()) {
            return {};
        }
        const auto done = redis::Delivery(server_, writer_, batch, deadline).run();
        if (!done) {
            return outcome_of(done.error());
        }
        skipped_.add(static_cast<double>(done->skipped));
        Outcome outcome;
        if (done->is_lost) {
            outcome.kind = Outcome::Kind::PositionLost;
        }
        return outcome;
    }

    [[nodiscard]] unsigned concurrency() const override { return writer_.options().connections; }
    void stop(base::Instant deadline) override { server_.stop(deadline); }
    PositionKeeper* position_keeper() override { return &positions_; }
    CopyReader* copy_reader() override { return &copy_; }

  private:
    const redis::ItemWriter writer_;
    redis::Server server_;
    redis::Positions positions_;
    redis::Copy copy_;
    base::Counter& skipped_;
};

template <typename Number>
base::Status check_range(std::string_view name, Number value, Number least, Number most) {
    if (value < least || value > most) {
        return base::fail(Code::Invalid, fmt::format("redis: {} must be {} to {}, not {}", name,
                                                     least, most, value));
    }
    return {};
}

base::Status check(const RedisOptions& options) {
    MB_TRY_STATUS(check_range("port", unsigned{options.port}, 1U, 65'535U));
    MB_TRY_STATUS(check_range("database", options.database, 0U, 65'535U));
    MB_TRY_STATUS(check_range("connections", options.connections, 1U, 64U));
    MB_TRY_STATUS(
        check_range("connect_timeout in ms", options.connect_timeout.count(), 1L, 60'000L));
    MB_TRY_STATUS(check_range("tombstone_for in ms", options.tombstone_for.count(),
                              base::Milliseconds{1min}.count(),
                              base::Milliseconds{24h * 365}.count()));
    if (options.unix_socket.empty() && options.host.empty()) {
        return base::fail(Code::Invalid, "redis: host is empty");
    }
    if (!options.user.empty() && options.password.empty()) {
        return base::fail(Code::Invalid, "redis: a user needs a password");
    }
    if (options.cert_file.empty() != options.key_file.empty()) {
        return base::fail(Code::Invalid, "redis: cert_file and key_file go together");
    }
    const bool has_files = !options.ca_file.empty() || !options.cert_file.empty();
    if (has_files && !options.tls) {
        return base::fail(Code::Invalid, "redis: ca_file, cert_file and key_file are for tls");
    }
    if (options.tls && !options.unix_socket.empty()) {
        return base::fail(Code::Invalid, "redis: a unix socket has no tls");
    }
    if (options.key_tag && options.database != 0) {
        return base::fail(Code::Invalid,
                          "redis: key_tag is for clusters, which have database 0 only");
    }
    if (options.meta_field.empty()) {
        return base::fail(Code::Invalid, "redis: meta_field is empty");
    }
    return {};
}

}  // namespace

base::Result<std::unique_ptr<Sink>> open_redis(RedisOptions options, const SinkContext& context) {
    MB_TRY_STATUS(check(options));
    std::unique_ptr<redis::TlsContext> tls;
    if (options.tls) {
        auto created = redis::TlsContext::create(options);
        if (!created) {
            return base::with_context("redis", std::move(created).error());
        }
        tls = std::move(*created);
    }
    auto writer = redis::ItemWriter::create(std::move(options), context.name, context.table);
    if (!writer) {
        return base::with_context("redis", std::move(writer).error());
    }
    return std::unique_ptr<Sink>(
        std::make_unique<RedisSink>(std::move(*writer), std::move(tls), context));
}

}  // namespace millbeck::sinks
