#include "sinks/memcached/memcached_sink.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/log.hpp"
#include "base/mutex.hpp"
#include "sinks/memcached/client.hpp"
#include "sinks/memcached/entry.hpp"

namespace millbeck::sinks {

using base::Code;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t kServersMax = 100;
constexpr unsigned kConnectionsMax = 64;

class MemcachedSink final : public Sink {
  public:
    MemcachedSink(memcached::EntryMaker maker, const SinkContext& context)
        : maker_(std::move(maker)),
          name_(context.name),
          clock_(context.clock),
          too_large_(context.metrics.counter("millbeck_sinks_memcached_too_large_entries",
                                             "Entries deleted because no server takes them.",
                                             {{"sink", context.name}})) {}

    Outcome deliver(const Batch& batch, base::Instant deadline) override {
        if (batch.messages.empty()) {
            return {};
        }
        if (!enter()) {
            return {.kind = Outcome::Kind::NotInvoked,
                    .failed = {},
                    .error = {Code::Cancelled, "the sink is being stopped"},
                    .reply = {}};
        }
        auto client = take_idle();
        const bool is_new = client == nullptr;
        Outcome outcome = write_all(batch, deadline, client);
        if (outcome.kind != Outcome::Kind::Delivered && !is_new && !cut_ &&
            outcome.error.code != Code::DeadlineExceeded) {
            client.reset();  // it may have died while it lay idle
            outcome = write_all(batch, deadline, client);
        }
        leave(outcome.kind == Outcome::Kind::Delivered ? std::move(client) : nullptr);
        return outcome;
    }

    [[nodiscard]] unsigned concurrency() const override { return maker_.options().connections; }

    void stop(base::Instant deadline) override {
        const base::MutexLock lock(mutex_);
        closed_ = true;
        idle_.clear();
        while (users_ > 0) {
            const auto left = deadline - clock_.instant();
            if (left <= left.zero()) {
                cut_ = true;  // between two commands, each of which has its own limit
                changed_.wait(mutex_);
            } else {
                changed_.wait_for(mutex_, left);
            }
        }
    }

  private:
    using ClientPointer = std::unique_ptr<memcached::Client>;

    static Outcome failed(base::Error error, bool was_asked) {
        Outcome outcome;
        const bool counts = was_asked || error.code != Code::Unavailable;
        outcome.kind = counts ? Outcome::Kind::Failed : Outcome::Kind::NotInvoked;
        outcome.error = std::move(error);
        return outcome;
    }

    Outcome write_all(const Batch& batch, base::Instant deadline, ClientPointer& client) {
        if (client == nullptr) {
            client = std::make_unique<memcached::Client>(maker_.options());
        }
        for (const Message& message : batch.messages) {
            const auto left = std::chrono::ceil<base::Milliseconds>(deadline - clock_.instant());
            if (left.count() <= 0) {
                return failed({Code::DeadlineExceeded, "the servers did not answer in time"}, true);
            }
            if (cut_) {
                return failed({Code::Cancelled, "the sink is being stopped"}, true);
            }
            auto entry = maker_.make(message, clock_.wall());
            if (!entry) {
                return failed(std::move(entry).error(), true);
            }
            const auto written = client->write(*entry, std::min(left, maker_.options().timeout));
            if (!written) {
                return failed(written.error(), client->was_asked());
            }
            if (*written == memcached::Client::Written::TooLarge) {
                note_too_large(entry->value->size());
            }
        }
        return {};
    }

    void note_too_large(std::size_t bytes) {
        too_large_.add();
        if (!has_logged_.exchange(true)) {
            base::log(base::LogLevel::Warn, "sinks",
                      "Memcached takes no entry of this size; such entries are deleted, which is "
                      "counted from now on (raise the server's -I)",
                      {{"sink", name_}, {"bytes", std::uint64_t{bytes}}});
        }
    }

    bool enter() {
        const base::MutexLock lock(mutex_);
        users_ += closed_ ? 0 : 1;
        return !closed_;
    }

    ClientPointer take_idle() {
        const base::MutexLock lock(mutex_);
        ClientPointer taken;
        if (!idle_.empty()) {
            taken = std::move(idle_.back());
            idle_.pop_back();
        }
        return taken;
    }

    void leave(ClientPointer client) {
        const base::MutexLock lock(mutex_);
        if (client != nullptr && !closed_) {
            idle_.push_back(std::move(client));
        }
        --users_;
        changed_.notify_all();
    }

    const memcached::EntryMaker maker_;
    const std::string name_;
    const base::Clock& clock_;
    base::Counter& too_large_;
    std::atomic<bool> has_logged_ = false;
    std::atomic<bool> cut_ = false;
    base::Mutex mutex_;
    base::ConditionVariable changed_;
    std::vector<ClientPointer> idle_ MB_GUARDED_BY(mutex_);
    unsigned users_ MB_GUARDED_BY(mutex_) = 0;
    bool closed_ MB_GUARDED_BY(mutex_) = false;
};

base::Status check(const MemcachedOptions& options) {
    const auto refuse = [](std::string_view what) {
        return base::fail(Code::Invalid, fmt::format("memcached: {}", what));
    };
    if (options.servers.empty() || options.servers.size() > kServersMax) {
        return refuse("servers must be 1 to 100");
    }
    for (const MemcachedServer& each : options.servers) {
        if (each.host.empty() || each.port == 0) {
            return refuse("a server needs a host and a port of 1 to 65535");
        }
    }
    if (options.timeout < 1ms || options.timeout > 60s) {
        return refuse("timeout must be 1ms to 60s");
    }
    if (options.connections < 1 || options.connections > kConnectionsMax) {
        return refuse("connections must be 1 to 64");
    }
    if (options.expire_after < 0ms || options.expire_after > 24h * 3'650) {
        return refuse("expire_after must be 0s to 3650d");
    }
    return {};
}

}  // namespace

base::Result<std::unique_ptr<Sink>> open_memcached(MemcachedOptions options,
                                                   const SinkContext& context) {
    MB_TRY_STATUS(check(options));
    auto maker = memcached::EntryMaker::create(std::move(options), context.table);
    if (!maker) {
        return base::with_context("memcached", std::move(maker).error());
    }
    return std::unique_ptr<Sink>(std::make_unique<MemcachedSink>(std::move(*maker), context));
}

}  // namespace millbeck::sinks
