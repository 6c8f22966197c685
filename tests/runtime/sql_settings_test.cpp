// The settings of copies in SQLite and PostgreSQL.
#include <gtest/gtest.h>

#include "runtime/config/postgres_settings.hpp"
#include "runtime/config/sqlite_settings.hpp"

namespace millbeck::runtime {
namespace {

using sinks::sql::Columns;
using sinks::sql::ColumnType;

template <typename T>
base::Status set(const std::vector<Setting<T>>& settings, T& into, const std::string& key,
                 const std::string& yaml) {
    const auto* found = find_setting(settings, key);
    return found == nullptr ? base::fail(base::Code::NotFound, key)
                            : base::Status(found->set(into, parse_yaml("test", yaml).value()));
}

TEST(SqlSettings, ReachTheOptions) {
    sinks::SqliteOptions sqlite;
    for (const auto& [key, yaml] :
         std::vector<std::pair<std::string, std::string>>{{"path", "copy.sqlite"},
                                                          {"durability", "normal"},
                                                          {"into", "'{sink}'"},
                                                          {"columns", "{n: number, doc: json}"},
                                                          {"new_attributes", "ignore"},
                                                          {"columns_max", "7"},
                                                          {"history", "true"},
                                                          {"tombstones", "2h"}}) {
        const auto done = set(sqlite_settings(), sqlite, key, yaml);
        EXPECT_TRUE(done) << key << ": " << done.error().message;
    }
    EXPECT_EQ(sqlite.path, "copy.sqlite");
    EXPECT_EQ(sqlite.durability, base::Durability::Normal);
    EXPECT_EQ(sqlite.into, "{sink}");
    EXPECT_EQ(sqlite.declared, (std::map<std::string, ColumnType>{{"n", ColumnType::Number},
                                                                  {"doc", ColumnType::Json}}));
    EXPECT_EQ(sqlite.new_attributes, sinks::sql::NewAttributes::Ignore);
    EXPECT_EQ(sqlite.columns_max, 7u);
    EXPECT_EQ(sqlite.history, "{table}_history");
    EXPECT_EQ(sqlite.tombstones, std::chrono::hours{2});

    sinks::PostgresOptions postgres;
    for (const auto& [key, yaml] :
         std::vector<std::pair<std::string, std::string>>{{"connection", "postgresql://me@host/db"},
                                                          {"connections", "9"},
                                                          {"connect_timeout", "3s"},
                                                          {"columns", "json"},
                                                          {"history", "log"}}) {
        const auto done = set(postgres_settings(), postgres, key, yaml);
        EXPECT_TRUE(done) << key << ": " << done.error().message;
    }
    EXPECT_EQ(postgres.connection, "postgresql://me@host/db");
    EXPECT_EQ(postgres.connections, 9u);
    EXPECT_EQ(postgres.connect_timeout, std::chrono::seconds{3});
    EXPECT_EQ(postgres.columns, Columns::Json);
    EXPECT_EQ(postgres.history, "log");
}

TEST(SqlSettings, NonsenseIsRefusedInWords) {
    sinks::PostgresOptions options;
    for (const auto& [key, yaml] :
         std::vector<std::pair<std::string, std::string>>{{"connection", "'password=secret x'"},
                                                          {"connections", "65"},
                                                          {"connections", "0"},
                                                          {"connect_timeout", "1ms"},
                                                          {"columns", "jsno"},
                                                          {"columns", "{n: integer}"},
                                                          {"new_attributes", "drop"},
                                                          {"columns_max", "1001"},
                                                          {"tombstones", "366d"}}) {
        const auto done = set(postgres_settings(), options, key, yaml);
        ASSERT_FALSE(done) << key;
        EXPECT_EQ(done.error().code, base::Code::Invalid);
        EXPECT_EQ(done.error().message.find("secret"), std::string::npos);
    }
}

TEST(SqlSettings, OneLineIsEnough) {
    EXPECT_EQ(sqlite_from_text("a/b.sqlite").value().path, "a/b.sqlite");
    EXPECT_FALSE(sqlite_from_text(""));
    EXPECT_EQ(postgres_from_text("host=x dbname=y").value().connection, "host=x dbname=y");
    EXPECT_FALSE(postgres_from_text("nonsense here"));
}

}  // namespace
}  // namespace millbeck::runtime
