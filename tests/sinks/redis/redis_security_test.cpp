// Users and passwords, TLS, unix sockets, databases.
#include "base/child_process.hpp"
#include "tests/sinks/redis/redis_harness.hpp"

namespace millbeck::sinks {
namespace {

Outcome deliver(Sink& sink, RedisHarness& redis) {
    return sink.deliver(make_batch(1, 3), redis.soon());
}

TEST(RedisSecurity, SignsIn) {
    RedisHarness redis(
        {"--user", "writer", "on", ">se:cr@et", "~*", "&*", "+@all", "--user", "default", "off"});
    struct Row {
        std::string user, password, words;
    };
    for (const Row& row : std::vector<Row>{{"writer", "se:cr@et", ""},
                                           {"writer", "wrong", "WRONGPASS"},
                                           {"nobody", "se:cr@et", "WRONGPASS"},
                                           {"", "", "NOAUTH"}}) {
        RedisOptions options = redis.options();
        options.user = row.user;
        options.password = row.password;
        const auto sink = redis.open(options);
        const Outcome outcome = deliver(*sink, redis);
        EXPECT_EQ(outcome.kind,
                  row.words.empty() ? Outcome::Kind::Delivered : Outcome::Kind::Failed)
            << outcome.error.message;
        EXPECT_NE(outcome.error.message.find(row.words), std::string::npos)
            << outcome.error.message;
        EXPECT_EQ(outcome.error.message.find("se:cr@et"), std::string::npos);
    }
}

TEST(RedisSecurity, UsesPasswordsOfTheDefaultUserAndDatabases) {
    RedisHarness redis({"--requirepass", "secret"});
    RedisOptions options = redis.options();
    options.password = "secret";
    options.database = 3;
    const auto sink = redis.open(options);
    const Outcome outcome = deliver(*sink, redis);
    EXPECT_EQ(outcome.kind, Outcome::Kind::Delivered) << outcome.error.message;
    options.database = 99;
    const auto beyond = redis.open(options);
    EXPECT_NE(deliver(*beyond, redis).error.message.find("out of range"), std::string::npos);
}

TEST(RedisSecurity, UsesAUnixSocket) {
    RedisHarness redis;
    RedisOptions options = redis.options();
    options.unix_socket = redis.server().folder() / "redis.sock";
    options.port = 1;
    options.database = 2;
    const auto sink = redis.open(options);
    const Outcome outcome = deliver(*sink, redis);
    EXPECT_EQ(outcome.kind, Outcome::Kind::Delivered) << outcome.error.message;
    EXPECT_EQ(redis.keys("*").size(), 0u);
    options.unix_socket = "/nowhere.sock";
    const auto nowhere = redis.open(options);
    EXPECT_EQ(deliver(*nowhere, redis).kind, Outcome::Kind::NotInvoked);
}

// A certificate of its own, its own signer, for 127.0.0.1.
class Certificate {
  public:
    Certificate() {
        auto child = base::ChildProcess::start(
            {.command = {"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                         "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj",
                         "/CN=redis", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key(),
                         "-out", cert()},
             .environment = {},
             .working_folder = {}});
        EXPECT_TRUE(child) << child.error().message;
        pollfd ended{child->exit_fd(), POLLIN, 0};
        EXPECT_EQ(::poll(&ended, 1, 60'000), 1);
    }
    [[nodiscard]] std::string key() const { return (folder_.path() / "key.pem").native(); }
    [[nodiscard]] std::string cert() const { return (folder_.path() / "cert.pem").native(); }

  private:
    tests::TempFolder folder_;
};

TEST(RedisSecurity, SpeaksTls) {
    const Certificate certificate;
    const Certificate other;
    const std::uint16_t tls_port = tests::free_port();
    RedisHarness redis({"--tls-port", std::to_string(tls_port), "--tls-cert-file",
                        certificate.cert(), "--tls-key-file", certificate.key(),
                        "--tls-ca-cert-file", certificate.cert(), "--tls-auth-clients", "yes"});
    RedisOptions options = redis.options();
    options.port = tls_port;
    options.tls = true;
    options.ca_file = certificate.cert();
    options.cert_file = certificate.cert();
    options.key_file = certificate.key();
    const auto sink = redis.open(options);
    const Outcome outcome = sink->deliver(make_batch(1, 1'000, 1'000), redis.soon());
    EXPECT_EQ(outcome.kind, Outcome::Kind::Delivered) << outcome.error.message;
    EXPECT_EQ(redis.keys("orders:*").size(), 1'000u);
    // Signed by somebody else.
    RedisOptions stranger = options;
    stranger.ca_file = other.cert();
    const auto distrusting = redis.open(stranger);
    const Outcome refused = deliver(*distrusting, redis);
    EXPECT_EQ(refused.kind, Outcome::Kind::Failed);
    EXPECT_NE(refused.error.message.find("certificate"), std::string::npos)
        << refused.error.message;
    // Of another host.
    RedisOptions renamed = options;
    renamed.host = "localhost";
    const auto misled = redis.open(renamed);
    const Outcome mismatch = deliver(*misled, redis);
    EXPECT_NE(mismatch.kind, Outcome::Kind::Delivered);
    EXPECT_NE(mismatch.error.message, "");
    // Without a certificate of ours, and without TLS.
    RedisOptions nameless = options;
    nameless.cert_file = nameless.key_file = "";
    const auto unknown = redis.open(nameless);
    EXPECT_EQ(deliver(*unknown, redis).kind, Outcome::Kind::Failed);
    RedisOptions plain = redis.options();
    plain.port = tls_port;
    const auto blunt = redis.open(plain);
    EXPECT_NE(deliver(*blunt, redis).kind, Outcome::Kind::Delivered);
}

TEST(RedisSecurity, KeepsTheDeadlineInTheHandshake) {
    RedisHarness redis;
    const SilentPort silent;
    RedisOptions options = redis.options();
    options.port = silent.port();
    options.tls = true;
    const auto sink = redis.open(options);
    const Outcome outcome =
        sink->deliver(make_batch(1, 1), redis.clock().instant() + std::chrono::milliseconds{50});
    EXPECT_EQ(outcome.error.code, base::Code::DeadlineExceeded) << outcome.error.message;
}

}  // namespace
}  // namespace millbeck::sinks
