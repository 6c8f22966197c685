#include "runtime/config/redis_settings.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace millbeck::runtime {
namespace {

std::string shown(const base::Result<sinks::RedisOptions>& read) {
    if (!read) {
        return "! " + read.error().message;
    }
    const sinks::RedisOptions& o = *read;
    return fmt::format("{}|{}|{}|{}|{}|{}|{}", o.host, o.port, o.unix_socket, o.database, o.user,
                       o.password, o.tls);
}

TEST(RedisSettings, ReadsOneLine) {
    struct Row {
        std::string text, options;
    };
    for (const Row& row :
         std::vector<Row>{{"redis://cache.example", "cache.example|6379||0|||false"},
                          {"rediss://h:7000/3", "h|7000||3|||true"},
                          {"redis://me:p%40ss%3A@h/", "h|6379||0|me|p@ss:|false"},
                          {"redis://:secret@h", "h|6379||0||secret|false"},
                          {"redis://[::1]:7000", "::1|7000||0|||false"},
                          {"unix:///run/redis.sock", "127.0.0.1|6379|/run/redis.sock|0|||false"},
                          {"localhost:6380", "localhost|6380||0|||false"},
                          {"localhost", "localhost|6379||0|||false"}}) {
        EXPECT_EQ(shown(redis_from_text(row.text)), row.options) << row.text;
    }
    for (const std::string bad :
         {"http://h", "redis://", "redis://h:x", "redis://h:0", "redis://h:65536", "redis://h/x",
          "redis://me@h", "redis://:%4@h", "redis://:%zz@h", "redis://h/99999"}) {
        EXPECT_EQ(shown(redis_from_text(bad)).front(), '!') << bad;
    }
}

// If it fails, a password is shown to whoever mistypes a URL.
TEST(RedisSettings, ErrorsDoNotShowSecrets) {
    for (const std::string bad :
         {"redis://me:secret@h:x", "redis://:secret%4@h", "rdis://:secret@h"}) {
        EXPECT_EQ(shown(redis_from_text(bad)).find("secret"), std::string::npos);
    }
}

Value map_of(const std::vector<std::pair<std::string, std::string>>& texts) {
    Value value;
    value.kind = Value::Kind::Map;
    for (const auto& [key, text] : texts) {
        value.members.push_back({key, 0, Value::of(text)});
    }
    return value;
}

TEST(RedisSettings, RowsSetTheirFields) {
    sinks::RedisOptions options;
    const auto set = [&](std::string_view key, const Value& value) {
        const auto* row = find_setting(redis_settings(), key);
        return row != nullptr && row->set(options, value);
    };
    EXPECT_TRUE(set("url", Value::of("rediss://me:pw@h:7000/3")));
    EXPECT_EQ(shown(options), "h|7000||3|me|pw|true");
    EXPECT_TRUE(set("layout", Value::of("template")));
    EXPECT_EQ(options.layout, sinks::RedisLayout::Template);
    EXPECT_FALSE(set("layout", Value::of("list")));
    EXPECT_TRUE(set("sorted_set", map_of({{"name", "n"}, {"score", "s"}, {"member", "m"}})));
    EXPECT_EQ(options.sorted_set.member, "m");
    EXPECT_FALSE(set("sorted_set", map_of({{"names", "n"}})));
    EXPECT_TRUE(set("tombstone_for", Value::of("3d")));
    EXPECT_FALSE(set("tombstone_for", Value::of("3s")));
    EXPECT_TRUE(set("key_tag", Value::of("true")));
    EXPECT_TRUE(options.key_tag);
    for (const auto& row : redis_settings()) {
        EXPECT_FALSE(row.help.empty()) << row.key;
    }
}

}  // namespace
}  // namespace millbeck::runtime
