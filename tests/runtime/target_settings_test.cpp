// The settings of sinks: every table takes its own defaults and refuses nonsense.
#include <gtest/gtest.h>

#include "runtime/config/dynamodb_settings.hpp"
#include "runtime/config/files_settings.hpp"
#include "runtime/config/stdout_settings.hpp"
#include "runtime/config/webhook_settings.hpp"
#include "runtime/config/zeromq_settings.hpp"

namespace millbeck::runtime {
namespace {

template <typename T>
base::Status set(const std::vector<Setting<T>>& settings, T& into, std::string_view key,
                 const std::string& text) {
    const Setting<T>* const found = find_setting(settings, key);
    return found == nullptr ? base::fail(base::Code::NotFound, std::string(key))
                            : found->set(into, Value::of(text));
}

// If it fails, a default that the reference prints cannot be written down.
template <typename T>
void expect_defaults_are_taken(const std::vector<Setting<T>>& settings) {
    for (const Setting<T>& each : settings) {
        const bool is_words =
            each.fallback.find(' ') != std::string::npos || each.fallback.starts_with("AWS_");
        if (!each.fallback.empty() && !is_words) {
            T options;
            const base::Status taken = each.set(options, Value::of(each.fallback));
            EXPECT_TRUE(taken) << each.key << ": " << taken.error().message;
        }
    }
}

TEST(TargetSettings, DefaultsAreTaken) {
    expect_defaults_are_taken(files_settings());
    expect_defaults_are_taken(webhook_settings());
    expect_defaults_are_taken(zeromq_settings());
    expect_defaults_are_taken(stdout_settings());
    expect_defaults_are_taken(dynamodb_settings());
}

TEST(TargetSettings, ValuesGoWhereTheyBelong) {
    sinks::FilesOptions files;
    EXPECT_TRUE(set(files_settings(), files, "format", "csv"));
    EXPECT_TRUE(set(files_settings(), files, "columns", "a b"));
    EXPECT_TRUE(set(files_settings(), files, "file_size", "1MB"));
    EXPECT_EQ(files.format, sinks::FilesOptions::Format::Csv);
    EXPECT_EQ(files.columns, (std::vector<std::string>{"a", "b"}));
    EXPECT_EQ(files.file_bytes, 1u << 20);
    EXPECT_FALSE(set(files_settings(), files, "zstd_level", "20"));
    EXPECT_FALSE(set(files_settings(), files, "folder", ""));
    sinks::DynamoDbOptions dynamodb;
    EXPECT_TRUE(set(dynamodb_settings(), dynamodb, "deletes", "delete"));
    EXPECT_EQ(dynamodb.deletes, sinks::DynamoDbOptions::Deletes::Delete);
}

TEST(TargetSettings, OneLineIsEnough) {
    EXPECT_EQ(files_from_text("/data")->folder, "/data");
    EXPECT_EQ(webhook_from_text("https://a.example/b")->url, "https://a.example/b");
    EXPECT_EQ(zeromq_from_text("tcp://*:1")->pattern, sinks::ZeroMqOptions::Pattern::Pub);
    EXPECT_EQ(zeromq_from_text("push tcp://*:1")->pattern, sinks::ZeroMqOptions::Pattern::Push);
    EXPECT_EQ(zeromq_from_text("push tcp://*:1")->endpoint, "tcp://*:1");
    EXPECT_EQ(stdout_from_text("rows")->form, sinks::MessageForm::Rows);
    EXPECT_EQ(dynamodb_from_text("http://127.0.0.1:1")->endpoint, "http://127.0.0.1:1");
    EXPECT_FALSE(files_from_text(""));
    EXPECT_FALSE(webhook_from_text("ftp://a"));
    EXPECT_FALSE(zeromq_from_text("5556"));
    EXPECT_FALSE(stdout_from_text("all"));
    EXPECT_FALSE(dynamodb_from_text("127.0.0.1:8000"));
}

TEST(TargetSettings, AwsEnvironmentFillsWhatIsMissing) {
    const auto look_up = [](std::string_view name) { return "of " + std::string(name); };
    sinks::DynamoDbOptions options;
    take_aws_environment(options, look_up);
    EXPECT_EQ(options.access_key_id, "of AWS_ACCESS_KEY_ID");
    EXPECT_EQ(options.session_token, "of AWS_SESSION_TOKEN");
    EXPECT_EQ(options.region, "of AWS_REGION");
    options = {};
    options.access_key_id = "mine";
    options.secret_access_key = "mine too";
    options.region = "eu-west-1";
    take_aws_environment(options, look_up);
    EXPECT_EQ(options.session_token, "");
    EXPECT_EQ(options.region, "eu-west-1");
}

}  // namespace
}  // namespace millbeck::runtime
