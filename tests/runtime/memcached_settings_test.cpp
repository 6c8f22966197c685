#include "runtime/config/memcached_settings.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace millbeck::runtime {
namespace {

std::string shown(const base::Result<sinks::MemcachedOptions>& read) {
    if (!read) {
        return "! " + read.error().message;
    }
    std::string text;
    for (const sinks::MemcachedServer& each : read->servers) {
        text += fmt::format("{}{}|{}", text.empty() ? "" : " ", each.host, each.port);
    }
    return text;
}

TEST(MemcachedSettings, ReadsOneLine) {
    struct Row {
        std::string text, servers;
    };
    for (const Row& row : std::vector<Row>{{"cache.example", "cache.example|11211"},
                                           {"memcached://a:1,b,[::1]:2", "a|1 b|11211 ::1|2"}}) {
        EXPECT_EQ(shown(memcached_from_text(row.text)), row.servers);
    }
    for (const std::string bad : {"", ":1", "a,", "a:0", "a:x", "a:65536", "http://a", "a b"}) {
        EXPECT_EQ(shown(memcached_from_text(bad)).front(), '!') << bad;
    }
}

TEST(MemcachedSettings, RowsSetTheirFields) {
    sinks::MemcachedOptions options;
    const auto set = [&](std::string_view key, std::string_view text) {
        const auto* row = find_setting(memcached_settings(), key);
        return row != nullptr && row->set(options, Value::of(text));
    };
    EXPECT_TRUE(set("servers", "a:1,b:2"));
    EXPECT_EQ(shown(options), "a|1 b|2");
    EXPECT_TRUE(set("distribution", "modula"));
    EXPECT_FALSE(set("distribution", "random"));
    EXPECT_TRUE(set("expire_after", "1d"));
    EXPECT_EQ(options.expire_after, std::chrono::hours{24});
    EXPECT_FALSE(set("timeout", "0s"));
    EXPECT_TRUE(set("key", "x:{id}"));
    EXPECT_EQ(options.key, "x:{id}");
}

}  // namespace
}  // namespace millbeck::runtime
