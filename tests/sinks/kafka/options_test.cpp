#include "sinks/kafka/kafka_options.hpp"
#include "tests/sinks/kafka/kafka_harness.hpp"

namespace millbeck::sinks {
namespace {

KafkaOptions good() {
    KafkaOptions options;
    options.brokers = "127.0.0.1:1";
    return options;
}

std::string refusal_of(const KafkaOptions& options) {
    KafkaWorld world;
    const auto opened = world.try_open(options);
    if (opened) {
        return "";
    }
    EXPECT_EQ(opened.error().code, base::Code::Invalid);
    return opened.error().message;
}

// If it fails, a node does not start while its brokers are down.
TEST(KafkaOptions, OpeningNeedsNoBroker) {
    EXPECT_EQ(refusal_of(good()), "");
    auto transactional = good();
    transactional.mode = KafkaMode::Transactional;
    EXPECT_EQ(refusal_of(transactional), "");
}

TEST(KafkaOptions, SaysWhatIsWrong) {
    struct Row {
        std::function<void(KafkaOptions&)> change;
        std::string words;
    };
    const std::vector<Row> rows{
        {[](auto& o) { o.brokers = ""; },
         "brokers: a Kafka sink needs at least one, like localhost:9092"},
        {[](auto& o) { o.topic = "a b"; },
         "topic: \"a b\" is no name of a topic: 1 to 249 letters, digits, '.', '_' and '-'"},
        {[](auto& o) { o.topic = std::string(250, 'a'); }, ""},
        {[](auto& o) { o.partitions = 0; }, "partitions must be 1 to 10000"},
        {[](auto& o) { o.linger = base::Milliseconds{60'001}; }, "linger must be 0s to 1m"},
        {[](auto& o) { o.concurrency = 0; }, "concurrency must be 1 to 1000"},
        {[](auto& o) { o.compression = "brotli"; },
         "compression must be none, gzip, snappy, lz4 or zstd"},
        {[](auto& o) {
             o.mode = KafkaMode::Transactional;
             o.positions_topic = "{table}";
         },
         "mode transactional needs a transactional_id, and a positions_topic that is not the "
         "topic"},
        {[](auto& o) { o.properties["no.such"] = "1"; }, "properties: librdkafka knows no no.such"},
        {[](auto& o) { o.properties["security.protocol"] = "quantum"; }, ""},
    };
    for (const Row& row : rows) {
        KafkaOptions options = good();
        row.change(options);
        const std::string words = refusal_of(options);
        EXPECT_NE(words, "");
        if (!row.words.empty()) {
            EXPECT_EQ(words, row.words);
        }
    }
}

// If it fails, a line of settings turns the sink's promise into a hope.
TEST(KafkaOptions, RefusesPropertiesThatBreakThePromise) {
    for (const auto& [property, value] : std::map<std::string, std::string>{
             {"acks", "1"},
             {"enable.idempotence", "false"},
             {"request.required.acks", "0"},
             {"max.in.flight", "1000"},
             {"retries", "0"},
             {"queuing.strategy", "lifo"},
             {"isolation.level", "read_uncommitted"},
             {"transactional.id", "mine"},
             {"bootstrap.servers", "elsewhere:1"},
             {"partitioner", "random"},
         }) {
        KafkaOptions options = good();
        options.properties[property] = value;
        EXPECT_TRUE(refusal_of(options).starts_with("properties: " + property + " cannot be set: "))
            << property;
    }
    KafkaOptions options = good();
    options.properties = {
        {"partitioner", "consistent_random"}, {"client.id", "mine"},
        {"socket.keepalive.enable", "true"},  {"security.protocol", "sasl_plaintext"},
        {"sasl.mechanism", "PLAIN"},          {"sasl.username", "me"},
        {"sasl.password", "s3cr3t"}};
    EXPECT_EQ(refusal_of(options), "");
}

// If it fails, a password is in the log of a failed start.
TEST(KafkaOptions, WordsHoldNoSecrets) {
    for (const std::string property :
         {"ssl.key.password", "sasl.password", "ssl.key.pem", "ssl.certificate.pem",
          "ssl.keystore.password", "sasl.oauthbearer.client.secret", "ssl.ca.pem"}) {
        KafkaOptions options = good();
        options.properties = {{"security.protocol", "ssl"}, {property, "s3cr3t"}};
        EXPECT_EQ(refusal_of(options).find("s3cr3t"), std::string::npos) << property;
    }
}

}  // namespace
}  // namespace millbeck::sinks
