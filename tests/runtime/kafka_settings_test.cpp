#include "runtime/config/kafka_settings.hpp"

#include <gtest/gtest.h>

namespace millbeck::runtime {
namespace {

using sinks::KafkaFormat;
using sinks::KafkaMode;
using sinks::KafkaOptions;

base::Status set(KafkaOptions& options, const std::string& key, const Value& value) {
    const auto* const setting = find_setting(kafka_settings(), key);
    EXPECT_NE(setting, nullptr) << key;
    return setting->set(options, value);
}

TEST(KafkaSettings, FillTheOptions) {
    KafkaOptions options;
    const auto yaml = parse_yaml("x", R"(
brokers: a:9092,b:9092
topic: "all-{table}"
format: debezium
mode: transactional
create_topic: false
partitions: 12
topic_settings: {cleanup.policy: compact}
compression: zstd
linger: 5ms
queue_bytes_max: 128MB
transaction_timeout: 10s
properties: {security.protocol: sasl_ssl, sasl.username: me}
)");
    ASSERT_TRUE(yaml) << yaml.error().message;
    for (const auto& member : yaml->members) {
        const auto done = set(options, member.key, member.value);
        ASSERT_TRUE(done) << member.key << ": " << done.error().message;
    }
    EXPECT_EQ(options.brokers, "a:9092,b:9092");
    EXPECT_EQ(options.topic, "all-{table}");
    EXPECT_EQ(options.format, KafkaFormat::Debezium);
    EXPECT_EQ(options.mode, KafkaMode::Transactional);
    EXPECT_FALSE(options.create_topic);
    EXPECT_EQ(options.partitions, 12u);
    EXPECT_EQ(options.topic_settings.at("cleanup.policy"), "compact");
    EXPECT_EQ(options.compression, "zstd");
    EXPECT_EQ(options.linger, base::Milliseconds{5});
    EXPECT_EQ(options.queue_bytes_max, 128u << 20);
    EXPECT_EQ(options.transaction_timeout, base::Milliseconds{10'000});
    EXPECT_EQ(options.properties.at("sasl.username"), "me");
    EXPECT_FALSE(set(options, "partitions", Value::of("0")));
    EXPECT_FALSE(set(options, "mode", Value::of("exactly-once")));
    EXPECT_FALSE(set(options, "properties", Value::of("a=b")));
}

TEST(KafkaSettings, OneLineIsEnough) {
    struct Row {
        std::string text;
        std::string brokers;  // "": refused
        std::string topic;
    };
    const std::vector<Row> rows{
        {"localhost:9092", "localhost:9092", "{table}"},
        {"a:9092,b:9092", "a:9092,b:9092", "{table}"},
        {"kafka://a:9092", "a:9092", "{table}"},
        {"kafka://a:9092,b:9092/changes", "a:9092,b:9092", "changes"},
        {"kafka:///changes", "", ""},
        {"kafka://a:9092/", "", ""},
        {"http://a:9092", "", ""},
        {"kafka://user:secret@a:9092", "", ""},
        {"", "", ""},
    };
    for (const Row& row : rows) {
        const auto options = kafka_from_text(row.text);
        ASSERT_EQ(options.has_value(), !row.brokers.empty()) << row.text;
        if (options) {
            EXPECT_EQ(options->brokers, row.brokers);
            EXPECT_EQ(options->topic, row.topic);
        } else {
            EXPECT_EQ(options.error().message.find("secret"), std::string::npos);
        }
    }
}

}  // namespace
}  // namespace millbeck::runtime
