// The Memcached sink on real servers: its contract, its entries, failures and a kill test.
#include <array>
#include <atomic>
#include <cstdlib>
#include <map>
#include <random>
#include <set>
#include <thread>

#include "base/file_system.hpp"
#include "base/random.hpp"
#include "base/unique_fd.hpp"
#include "sinks/memcached/client.hpp"
#include "sinks/memcached/memcached_sink.hpp"
#include "tests/sinks/batches.hpp"
#include "tests/sinks/sink_contract.hpp"
#include "tests/support/seed.hpp"
#include "tests/support/target_server.hpp"

namespace millbeck::sinks {
namespace {

tests::TargetServerOptions memcached_server(std::vector<std::string> more) {
    return {.command = [more = std::move(more)](std::uint16_t port) {
        std::vector<std::string> command{"memcached", "-l", "127.0.0.1", "-p",
                                         std::to_string(port)};
        if (::geteuid() == 0) {
            command.insert(command.end(), {"-u", "nobody"});
        }
        command.insert(command.end(), more.begin(), more.end());
        return command;
    }};
}

class Memcached {
  public:
    explicit Memcached(std::vector<std::string> more = {})
        : server(memcached_server(std::move(more))) {}

    [[nodiscard]] MemcachedOptions options() const {
        MemcachedOptions options;
        options.servers = {{"127.0.0.1", server.port()}};
        return options;
    }
    std::unique_ptr<Sink> open(MemcachedOptions options) {
        auto opened = open_memcached(std::move(options), context());
        EXPECT_TRUE(opened) << opened.error().message;
        return std::move(*opened);
    }
    std::unique_ptr<Sink> open() { return open(options()); }
    SinkContext context() {
        return {.name = "cache",
                .table = "orders",
                .clock = clock,
                .random = *random_,
                .metrics = metrics,
                .files = *files_};
    }
    [[nodiscard]] base::Instant soon() const { return clock.instant() + std::chrono::seconds{60}; }

    // What the server answers to a line, up to `end`.
    std::string ask(const std::string& command, std::string_view end = "END\r\n") const {
        const sockaddr_in address = tests::target_server_parts::loopback(server.port());
        const base::UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
        EXPECT_EQ(::connect(socket.get(),
                            reinterpret_cast<const sockaddr*>(&address),  // NOLINT: the API's cast
                            sizeof address),
                  0);
        const std::string line = command + "\r\n";
        EXPECT_EQ(::send(socket.get(), line.data(), line.size(), MSG_NOSIGNAL),
                  static_cast<ssize_t>(line.size()));
        std::string text;
        std::array<char, 65'536> buffer{};
        const auto is_refused = [&] { return text.starts_with("BUSY") && text.ends_with("\r\n"); };
        while (!text.ends_with(end) && !is_refused()) {
            const ssize_t got = ::recv(socket.get(), buffer.data(), buffer.size(), 0);
            if (got <= 0) {
                break;
            }
            text.append(buffer.data(), static_cast<std::size_t>(got));
        }
        return text;
    }

    // "nil" for a miss.
    std::string get(const std::string& key) const {
        const std::string text = ask("get " + key);
        const auto begin = text.find("\r\n");
        return text.starts_with("VALUE") ? text.substr(begin + 2, text.size() - begin - 9) : "nil";
    }

    // Of all entries: what the server says, a line each.
    [[nodiscard]] std::string dump() const {
        for (;;) {  // one dump at a time, and the last one may still be ending
            std::string text = ask("lru_crawler metadump all");
            if (!text.starts_with("BUSY")) {
                return text;
            }
        }
    }

    // Its keys, as they are written (the dump shows them URL-encoded).
    [[nodiscard]] std::vector<std::string> keys() const {
        std::vector<std::string> found;
        const std::string text = dump();
        for (auto at = text.find("key="); at != std::string::npos; at = text.find("key=", at)) {
            at += 4;
            found.push_back(text.substr(at, text.find(' ', at) - at));
        }
        return found;
    }

    tests::TargetServer server;
    base::SystemClock clock;
    base::Metrics metrics;

  private:
    std::unique_ptr<base::Random> random_ = base::seeded_random(1);
    std::unique_ptr<base::FileSystem> files_ = base::system_files();
};

class SilentServer {
  public:
    SilentServer() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in address = tests::target_server_parts::loopback(0);
        socklen_t size = sizeof address;
        auto* generic = reinterpret_cast<sockaddr*>(&address);  // NOLINT: the socket API's cast
        EXPECT_EQ(::bind(socket_.get(), generic, size), 0);
        EXPECT_EQ(::listen(socket_.get(), 8), 0);
        EXPECT_EQ(::getsockname(socket_.get(), generic, &size), 0);
        port_ = ntohs(address.sin_port);
    }
    [[nodiscard]] std::uint16_t port() const { return port_; }

  private:
    base::UniqueFd socket_;
    std::uint16_t port_ = 0;
};

class MemcachedTarget final : public SinkTarget {
  public:
    MemcachedTarget() : cache_({"-m", "256"}), full_({"-M", "-m", "2"}) {}
    std::unique_ptr<Sink> open_working() override { return cache_.open(); }
    std::unique_ptr<Sink> open_refusing() override {
        fill_up();
        return full_.open();
    }
    std::unique_ptr<Sink> open_hanging() override {
        MemcachedOptions options;
        options.servers = {{"127.0.0.1", silent_.port()}};
        return cache_.open(options);
    }
    std::vector<std::string> durable_ids() override {
        std::vector<std::string> ids;
        for (const std::string& key : cache_.keys()) {
            constexpr std::string_view kPrefix = "orders%3A";
            ids.push_back(key.substr(kPrefix.size()));
        }
        std::sort(ids.begin(), ids.end(), [](const std::string& a, const std::string& b) {
            return a.size() != b.size() ? a.size() < b.size() : a < b;
        });
        return ids;
    }

  private:
    // A server that evicts nothing, with no room for an entry as small as those of the tests.
    void fill_up() {
        memcached::Client client(full_.options());
        for (std::size_t bytes = 20; bytes < 80; bytes += 4) {
            for (int i = 0;; ++i) {
                const auto written =
                    client.write({.key = "fill-" + std::to_string(bytes) + "-" + std::to_string(i),
                                  .value = std::string(bytes, 'f')},
                                 base::Milliseconds{10'000});
                if (!written) {
                    break;
                }
            }
        }
    }

    Memcached cache_;
    Memcached full_;
    SilentServer silent_;
};

INSTANTIATE_TEST_SUITE_P(Memcached, SinkContract, testing::Values(&make_target<MemcachedTarget>));

MadeMessage item(const std::string& id, const std::string& more, Event event = Event::Modify) {
    return {
        .id = "1",
        .key = key_of(id),
        .new_image = event == Event::Remove ? "" : R"({"id":{"S":")" + id + R"("})" + more + "}",
        .event = event};
}

class MemcachedSinks : public testing::Test {
  protected:
    void open(const MemcachedOptions& options) { sink = cache.open(options); }
    void deliver(MadeMessage message) {
        const Outcome outcome =
            sink->deliver(batch_of({.messages = {std::move(message)}}), cache.soon());
        ASSERT_EQ(outcome.kind, Outcome::Kind::Delivered) << outcome.error.message;
    }

    Memcached cache;
    std::unique_ptr<Sink> sink = cache.open();
};

TEST_F(MemcachedSinks, SetsAndDeletes) {
    deliver(item("a", R"(,"n":{"N":"1.50"},"t":{"S":"\"x\"\n"})"));
    EXPECT_EQ(cache.get("orders:a"), R"({"id":"a","n":1.50,"t":"\"x\"\n"})");
    deliver(item("a", "", Event::Remove));
    EXPECT_EQ(cache.get("orders:a"), "nil");
    deliver(item("a", "", Event::Remove));
    EXPECT_EQ(sink->position_keeper(), nullptr);
    EXPECT_EQ(sink->copy_reader(), nullptr);
}

TEST_F(MemcachedSinks, KeysFitTheProtocol) {
    for (const auto& [id, key] : std::map<std::string, std::string>{{"a b", "orders:a%20b"},
                                                                    {"a%20b", "orders:a%2520b"},
                                                                    {"a\\n", "orders:a%0A"},
                                                                    {"grün", "orders:grün"}}) {
        deliver(item(id, ""));
        EXPECT_NE(cache.get(key), "nil") << key;
    }
    std::set<std::string> keys;
    for (const std::size_t length : {1u, 242u, 243u, 244u, 300u, 2'000u}) {
        for (const char last : {'x', 'y'}) {
            const std::string key =
                memcached::fitting_key("orders:" + std::string(length - 1, 'l') + last);
            EXPECT_LE(key.size(), memcached::kKeyBytesMax);
            EXPECT_TRUE(keys.insert(key).second);
            deliver(item(std::string(length - 1, 'l') + last, R"(,"n":{"N":"7"})"));
            EXPECT_NE(cache.get(key), "nil") << key;
        }
    }
}

// If it fails, the cache goes on serving what the table no longer says.
TEST_F(MemcachedSinks, WhatIsTooLargeIsDeleted) {
    deliver(item("a", R"(,"v":{"S":"small"})"));
    const std::string large = R"(,"v":{"S":")" + std::string(2'000'000, 'x') + "\"}";
    deliver(item("a", large));
    EXPECT_EQ(cache.get("orders:a"), "nil");
    deliver(item("a", large));
    EXPECT_NE(
        cache.metrics.print().find(R"(millbeck_sinks_memcached_too_large_entries{sink="cache"} 2)"),
        std::string::npos);
    deliver(item("a", ""));
    EXPECT_EQ(cache.get("orders:a"), R"({"id":"a"})");
}

TEST_F(MemcachedSinks, EntriesExpire) {
    MemcachedOptions options = cache.options();
    options.expire_at = "until";
    options.mapping.exclude = {"until"};
    open(options);
    const std::int64_t now = base::to_millis(cache.clock.wall()) / 1'000;
    const auto until = [](std::int64_t time) {
        return R"(,"until":{"N":")" + std::to_string(time) + "\"}";
    };
    const auto expires = [&](const std::string& key) {
        const std::string text = cache.dump();
        const auto at = text.find(" exp=", text.find("key=" + key + " "));
        return std::stoll(text.substr(at + 5));
    };
    deliver(item("a", until(now + 100)));
    EXPECT_NEAR(static_cast<double>(expires("orders%3Aa")), static_cast<double>(now + 100), 1);
    deliver(item("a", until(now + 90 * 24 * 3'600)));
    EXPECT_NEAR(static_cast<double>(expires("orders%3Aa")),
                static_cast<double>(now + 90 * 24 * 3'600), 1);
    deliver(item("a", until(now - 1)));
    EXPECT_EQ(cache.get("orders:a"), "nil");
    deliver(item("a", until(1'000)));
    EXPECT_EQ(expires("orders%3Aa"), -1);
    options.expire_after = std::chrono::hours{1};
    open(options);
    deliver(item("a", ""));
    EXPECT_NEAR(static_cast<double>(expires("orders%3Aa")), static_cast<double>(now + 3'600), 5);
}

TEST_F(MemcachedSinks, UsesTemplates) {
    MemcachedOptions options = cache.options();
    options.key = "{table}/{id}";
    options.value = "{n} of {id}";
    open(options);
    deliver(item("a", R"(,"n":{"N":"7"})"));
    EXPECT_EQ(cache.get("orders/a"), "7 of a");
}

TEST_F(MemcachedSinks, SpreadsKeysOverServers) {
    Memcached other;
    MemcachedOptions options = cache.options();
    options.servers.push_back({"127.0.0.1", other.server.port()});
    for (const auto distribution :
         {MemcachedDistribution::Consistent, MemcachedDistribution::Modula}) {
        options.distribution = distribution;
        open(options);
        ASSERT_EQ(sink->deliver(make_batch(1, 100), cache.soon()).kind, Outcome::Kind::Delivered);
        EXPECT_GT(cache.keys().size(), 10u);
        EXPECT_GT(other.keys().size(), 10u);
        for (std::size_t i = 1; i <= 100; ++i) {
            deliver(item(std::to_string(i), "", Event::Remove));
        }
        EXPECT_EQ(cache.keys().size() + other.keys().size(), 0u);
    }
}

TEST_F(MemcachedSinks, AServerThatIsDownWasNotAsked) {
    cache.server.kill();
    const Outcome outcome = sink->deliver(make_batch(1, 3), cache.soon());
    EXPECT_EQ(outcome.kind, Outcome::Kind::NotInvoked);
    EXPECT_EQ(outcome.error.code, base::Code::Unavailable) << outcome.error.message;
    cache.server.start();
    EXPECT_EQ(sink->deliver(make_batch(1, 3), cache.soon()).kind, Outcome::Kind::Delivered);
    // Idle connections of a restarted server are dead; nobody needs to hear of it.
    cache.server.kill();
    cache.server.start();
    EXPECT_EQ(sink->deliver(make_batch(1, 3), cache.soon()).kind, Outcome::Kind::Delivered);
    EXPECT_EQ(cache.keys().size(), 3u);
}

TEST_F(MemcachedSinks, RefusesOptionsThatMakeNoSense) {
    using Change = void (*)(MemcachedOptions&);
    for (const Change change :
         std::vector<Change>{[](MemcachedOptions& o) { o.servers.clear(); },
                             [](MemcachedOptions& o) { o.servers[0].port = 0; },
                             [](MemcachedOptions& o) { o.servers[0].host = ""; },
                             [](MemcachedOptions& o) { o.connections = 0; },
                             [](MemcachedOptions& o) { o.timeout = {}; },
                             [](MemcachedOptions& o) { o.expire_after = base::Milliseconds{-1}; },
                             [](MemcachedOptions& o) { o.key = "a {id}"; },
                             [](MemcachedOptions& o) { o.key = "{a}{b}"; },
                             [](MemcachedOptions& o) { o.value = "{"; }}) {
        MemcachedOptions options = cache.options();
        change(options);
        const auto opened = open_memcached(options, cache.context());
        ASSERT_FALSE(opened);
        EXPECT_EQ(opened.error().code, base::Code::Invalid);
        EXPECT_EQ(opened.error().message.find("memcached: "), 0u) << opened.error().message;
    }
}

// After a crash at any moment and the repetition of what was not acknowledged, what the cache holds
// is what the table says: a miss, perhaps, never a lie.
TEST_F(MemcachedSinks, AKilledServerHoldsNoLies) {
    const char* text = std::getenv("MILLBECK_KILL_ROUNDS");  // NOLINT(concurrency-mt-unsafe)
    const int rounds = text == nullptr ? 5 : std::stoi(text);
    std::mt19937_64 random(tests::test_seed(5));
    std::map<std::string, std::string> table;
    for (int round = 0; round < rounds; ++round) {
        std::vector<Batch> batches;
        for (int i = 0; i < 60; ++i) {
            std::vector<MadeMessage> messages;
            for (int j = 0; j < 10; ++j) {
                const std::string id = std::to_string(random() % 50);
                const bool is_removed = random() % 4 == 0;
                const std::string value = std::to_string(random());
                messages.push_back(item(id, R"(,"n":{"N":")" + value + "\"}",
                                        is_removed ? Event::Remove : Event::Modify));
                table[id] = is_removed ? "nil" : R"({"id":")" + id + R"(","n":)" + value + "}";
            }
            batches.push_back(batch_of({.messages = messages}));
        }
        std::atomic<std::size_t> delivered = 0;
        const std::size_t until = random() % batches.size();
        std::jthread worker([&] {
            while (delivered < batches.size() &&
                   sink->deliver(batches[delivered], cache.soon()).kind ==
                       Outcome::Kind::Delivered) {
                ++delivered;
            }
        });
        while (delivered < until) {
            std::this_thread::yield();
        }
        cache.server.kill();
        worker.join();
        cache.server.start();
        for (; delivered < batches.size(); ++delivered) {
            const Outcome outcome = sink->deliver(batches[delivered], cache.soon());
            ASSERT_EQ(outcome.kind, Outcome::Kind::Delivered) << outcome.error.message;
        }
        for (const auto& [id, value] : table) {
            const std::string held = cache.get("orders:" + id);
            EXPECT_TRUE(held == value || held == "nil") << id << ": " << held;
        }
    }
}

}  // namespace
}  // namespace millbeck::sinks
