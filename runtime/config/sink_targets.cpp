#include "runtime/config/sink_targets.hpp"

#include "runtime/config/kafka_settings.hpp"
#include "runtime/config/memcached_settings.hpp"
#include "runtime/config/postgres_settings.hpp"
#include "runtime/config/redis_settings.hpp"
#include "runtime/config/reference_table.hpp"
#include "runtime/config/sink_target.hpp"
#include "runtime/config/sqlite_settings.hpp"
#include "sinks/kafka/kafka_sink.hpp"
#include "sinks/memcached/memcached_sink.hpp"
#include "sinks/postgres/postgres_sink.hpp"
#include "sinks/redis/redis_sink.hpp"
#include "sinks/sqlite/sqlite_sink.hpp"

namespace millbeck::runtime {

namespace {

template <typename Options>
SinkTarget target(TargetKind<Options> kind) {
    SinkTarget made{.setting = target_setting(kind), .reference = {}};
    append_table(made.reference, fmt::format("`{}` of a sink", kind.key), kind.settings);
    return made;
}

}  // namespace

const std::vector<SinkTarget>& sink_targets() {
    static const std::vector<SinkTarget> targets{
        target<sinks::KafkaOptions>({.key = "kafka",
                                     .takes = "brokers",
                                     .help = "A Kafka topic: localhost:9092, or "
                                             "kafka://localhost:9092/topic.",
                                     .settings = kafka_settings(),
                                     .from_text = kafka_from_text,
                                     .open = sinks::open_kafka}),
        target<sinks::RedisOptions>({.key = "redis",
                                     .takes = "URL",
                                     .help = "Redis or Valkey: redis://user:password@host:6379/0.",
                                     .settings = redis_settings(),
                                     .from_text = redis_from_text,
                                     .open = sinks::open_redis}),
        target<sinks::MemcachedOptions>({.key = "memcached",
                                         .takes = "host:port",
                                         .help = "Memcached, which promises less than Redis.",
                                         .settings = memcached_settings(),
                                         .from_text = memcached_from_text,
                                         .open = sinks::open_memcached}),
        target<sinks::PostgresOptions>({.key = "postgres",
                                        .takes = "URI",
                                        .help = "PostgreSQL: postgresql://user@host/database. "
                                                "Rows in columns, or as JSON.",
                                        .settings = postgres_settings(),
                                        .from_text = postgres_from_text,
                                        .open = sinks::open_postgres}),
        target<sinks::SqliteOptions>({.key = "sqlite",
                                      .takes = "path",
                                      .help = "An SQLite file. Rows in columns, or as JSON.",
                                      .settings = sqlite_settings(),
                                      .from_text = sqlite_from_text,
                                      .open = sinks::open_sqlite}),
    };
    return targets;
}

}  // namespace millbeck::runtime
