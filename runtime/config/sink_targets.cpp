#include "runtime/config/sink_targets.hpp"

#include <cstdlib>

#include "runtime/config/dynamodb_settings.hpp"
#include "runtime/config/files_settings.hpp"
#include "runtime/config/kafka_settings.hpp"
#include "runtime/config/memcached_settings.hpp"
#include "runtime/config/postgres_settings.hpp"
#include "runtime/config/redis_settings.hpp"
#include "runtime/config/reference_table.hpp"
#include "runtime/config/sink_target.hpp"
#include "runtime/config/sqlite_settings.hpp"
#include "runtime/config/stdout_settings.hpp"
#include "runtime/config/webhook_settings.hpp"
#include "runtime/config/zeromq_settings.hpp"
#include "sinks/dynamodb/dynamodb_sink.hpp"
#include "sinks/files/files_sink.hpp"
#include "sinks/kafka/kafka_sink.hpp"
#include "sinks/memcached/memcached_sink.hpp"
#include "sinks/output/output_sink.hpp"
#include "sinks/postgres/postgres_sink.hpp"
#include "sinks/redis/redis_sink.hpp"
#include "sinks/sqlite/sqlite_sink.hpp"
#include "sinks/webhook/webhook_sink.hpp"
#include "sinks/zeromq/zeromq_sink.hpp"

namespace millbeck::runtime {

namespace {

template <typename Options>
SinkTarget target(TargetKind<Options> kind) {
    SinkTarget made{.setting = target_setting(kind), .reference = {}};
    append_table(made.reference, fmt::format("`{}` of a sink", kind.key), kind.settings);
    return made;
}

base::Result<std::unique_ptr<sinks::Sink>> open_with_environment(
    sinks::DynamoDbOptions options, const sinks::SinkContext& context) {
    take_aws_environment(options, [](const char* name) -> std::string {
        // NOLINTNEXTLINE(concurrency-mt-unsafe): nobody writes the environment.
        const char* const found = std::getenv(name);
        return found == nullptr ? "" : found;
    });
    return sinks::open_dynamodb(std::move(options), context);
}

}  // namespace

// NOLINTNEXTLINE(readability-function-size): a table.
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
        target<sinks::FilesOptions>({.key = "files",
                                     .takes = "folder",
                                     .help = "NDJSON or CSV files in Hive's folders, and a "
                                             "manifest of those that are complete.",
                                     .settings = files_settings(),
                                     .from_text = files_from_text,
                                     .open = sinks::open_files}),
        target<sinks::WebhookOptions>({.key = "webhook",
                                       .takes = "URL",
                                       .help = "A signed POST of each batch.",
                                       .settings = webhook_settings(),
                                       .from_text = webhook_from_text,
                                       .open = sinks::open_webhook}),
        target<sinks::ZeroMqOptions>({.key = "zeromq",
                                      .takes = "endpoint, or push and an endpoint",
                                      .help = "A live feed for subscribers, or a queue with "
                                              "acknowledgements.",
                                      .settings = zeromq_settings(),
                                      .from_text = zeromq_from_text,
                                      .open = sinks::open_zeromq}),
        target<sinks::DynamoDbOptions>({.key = "dynamodb",
                                        .takes = "URL",
                                        .help = "A table at another DynamoDB endpoint.",
                                        .settings = dynamodb_settings(),
                                        .from_text = dynamodb_from_text,
                                        .open = open_with_environment}),
        target<sinks::OutputOptions>({.key = "stdout",
                                      .takes = "records or rows",
                                      .help = "Lines on Millbeck's standard output.",
                                      .settings = stdout_settings(),
                                      .from_text = stdout_from_text,
                                      .open = sinks::open_output}),
    };
    return targets;
}

}  // namespace millbeck::runtime
