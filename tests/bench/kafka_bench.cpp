// Records into a real Kafka broker: the sink in both modes, and a bare librdkafka producer loop at
// equal settings with equal messages, on the same broker in the same run.
// Usage: kafka_bench [--quick] [kafka] [kafka_tx] [kafka_rows]
// One JSON line per figure; without names, all of them. Needs tests/support/kafka/install.sh.
#include <algorithm>
#include <array>
#include <chrono>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <librdkafka/rdkafka.h>

#include "base/clock.hpp"
#include "base/metrics.hpp"
#include "base/random.hpp"
#include "sinks/kafka/client.hpp"
#include "sinks/kafka/kafka_sink.hpp"
#include "sinks/kafka/producer.hpp"
#include "sinks/position_keeper.hpp"
#include "tests/bench/shard_batch.hpp"
#include "tests/support/kafka/broker.hpp"

namespace millbeck::sinks {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::size_t kShards = 4;
constexpr std::size_t kBatch = 1'000;
constexpr int kRounds = 5;
// Before them: a broker's paths become machine code only after some seconds of work, those of
// transactions after some more.
constexpr int kWarmUps = 3;

struct World {
    base::SystemClock clock;
    std::unique_ptr<base::Random> random = base::system_random();
    base::Metrics metrics;
    std::unique_ptr<base::FileSystem> files = base::system_files();
    std::string brokers;
};

// One batch of a shard; sent again and again: what differs does not matter to a broker.
Batch make_shard_batch(std::size_t shard, Content content) {
    return tests::make_shard_batch(
        {.shard = shard, .first = shard * kBatch, .count = kBatch, .content = content});
}

// Records per second of one sink fed by four shards at once; 0: it failed.
double measure_sink(World& world, const KafkaOptions& options, std::size_t records,
                    Content content) {
    auto sink = open_kafka(
        options, {"bench", "bench", world.clock, *world.random, world.metrics, *world.files});
    const auto soon = [&] { return world.clock.instant() + std::chrono::seconds{60}; };
    if (!sink) {
        fmt::print(stderr, "kafka_bench: {}\n", sink.error().message);
        return 0;
    }
    if (auto* keeper = (*sink)->position_keeper(); keeper != nullptr) {
        if (const auto begun = keeper->begin("g-1", soon()); !begun) {
            fmt::print(stderr, "kafka_bench: {}\n", begun.error().message);
            return 0;
        }
    }
    std::atomic<bool> good = true;
    const auto feed = [&](std::size_t shard, std::size_t batches) {
        Batch batch = make_shard_batch(shard, content);
        for (std::size_t i = 0; i < batches && good; ++i) {
            batch.position = fmt::format("{}-{}", batches, i);
            batch.request_id = fmt::format("{}-{}-{}", shard, batches, i);
            const Outcome outcome = (*sink)->deliver(batch, soon());
            if (outcome.kind != Outcome::Kind::Delivered) {
                fmt::print(stderr, "kafka_bench: {}\n", outcome.error.message);
                good = false;
            }
        }
    };
    feed(0, 20);  // connections, topics
    const auto begin = SteadyClock::now();
    {
        std::vector<std::jthread> threads;
        for (std::size_t shard = 0; shard < kShards; ++shard) {
            threads.emplace_back(feed, shard, records / kShards / kBatch);
        }
    }
    const std::chrono::duration<double> took = SteadyClock::now() - begin;
    return good ? static_cast<double>(records) / took.count() : 0;
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wold-style-cast"  // in the library's macros
void produce(rd_kafka_t* handle, rd_kafka_topic_t* topic, const Batch& batch,
             const Message& message) {
    while (rd_kafka_producev(handle, RD_KAFKA_V_RKT(topic),
                             RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
                             RD_KAFKA_V_KEY(message.key.data(), message.key.size()),
                             RD_KAFKA_V_VALUE(const_cast<char*>(message.record.data()),  // NOLINT
                                              message.record.size()),
                             RD_KAFKA_V_HEADER("sequence", message.id.data(),
                                               static_cast<ssize_t>(message.id.size())),
                             RD_KAFKA_V_HEADER("event", "INSERT", 6),
                             RD_KAFKA_V_HEADER("shard", batch.shard_id.data(),
                                               static_cast<ssize_t>(batch.shard_id.size())),
                             RD_KAFKA_V_END) == RD_KAFKA_RESP_ERR__QUEUE_FULL) {
        std::this_thread::yield();
    }
}
#pragma GCC diagnostic pop

constexpr int kPatienceMs = 60'000;

bool is_good(const kafka::Owned<rd_kafka_error_t>& error) {
    return error == nullptr;
}

// The library's own best: one thread that produces without waiting, one that hears reports. In
// transactions: as many messages in each as the sink's have at most, a batch of every shard.
double measure_bare(const KafkaOptions& options, std::size_t records) {
    const auto names = kafka::check_options(options, "bench", "bench");
    const bool is_tx = options.mode == KafkaMode::Transactional;
    auto conf = kafka::make_conf(
        options, *names, is_tx ? kafka::Role::TransactionalProducer : kafka::Role::Producer);
    std::atomic<std::size_t> reported = 0;
    rd_kafka_conf_set_opaque(conf->get(), &reported);
    rd_kafka_conf_set_dr_msg_cb(
        conf->get(), [](rd_kafka_t*, const rd_kafka_message_t* message, void* counter) {
            if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
                static_cast<std::atomic<std::size_t>*>(counter)->fetch_add(1);
            }
        });
    auto handle = kafka::make_handle(std::move(*conf), RD_KAFKA_PRODUCER);
    const kafka::Owned<rd_kafka_topic_t> topic(
        rd_kafka_topic_new(handle->get(), names->topic.c_str(), nullptr));
    using Error = kafka::Owned<rd_kafka_error_t>;
    bool good = !is_tx || is_good(Error(rd_kafka_init_transactions(handle->get(), kPatienceMs)));
    std::vector<Batch> batches;
    for (std::size_t shard = 0; shard < kShards; ++shard) {
        batches.push_back(make_shard_batch(shard, Content::Changes));
    }
    std::jthread hearing([&](const std::stop_token& stop) {
        while (!stop.stop_requested()) {
            rd_kafka_poll(handle->get(), 100);
        }
    });
    const auto begin = SteadyClock::now();
    for (std::size_t i = 0; i < records && good; ++i) {
        if (is_tx && i % (kShards * kBatch) == 0) {
            good = is_good(Error(rd_kafka_begin_transaction(handle->get())));
        }
        const Batch& batch = batches[i / kBatch % kShards];
        produce(handle->get(), topic.get(), batch, batch.messages[i % kBatch]);
        if (is_tx && (i + 1) % (kShards * kBatch) == 0) {
            good = is_good(Error(rd_kafka_commit_transaction(handle->get(), kPatienceMs))) && good;
        }
    }
    rd_kafka_flush(handle->get(), kPatienceMs);
    const std::chrono::duration<double> took = SteadyClock::now() - begin;
    hearing.request_stop();
    hearing.join();
    return good && reported == records ? static_cast<double>(records) / took.count() : 0;
}

double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

bool run(const std::set<std::string>& names, std::size_t records) {
    tests::KafkaBroker broker(MILLBECK_KAFKA);
    World world;
    world.brokers = broker.brokers();
    KafkaOptions options;
    options.brokers = world.brokers;
    KafkaOptions transactional = options;
    transactional.mode = KafkaMode::Transactional;
    std::vector<double> bare, kafka, bare_tx, kafka_tx, rows;
    for (int round = 0; round < kWarmUps + kRounds; ++round) {
        kafka.push_back(measure_sink(world, options, records, Content::Changes));
        bare.push_back(measure_bare(options, records));
        if (names.contains("kafka_tx")) {
            kafka_tx.push_back(measure_sink(world, transactional, records, Content::Changes));
            bare_tx.push_back(measure_bare(transactional, records));
        }
        if (names.contains("kafka_rows")) {
            rows.push_back(measure_sink(world, options, records, Content::Rows));
        }
        if (round + 1 == kWarmUps) {
            bare.clear(), kafka.clear(), bare_tx.clear(), kafka_tx.clear(), rows.clear();
        }
    }
    const auto print = [&](std::string_view name, double value, std::string_view of, double yard) {
        fmt::print(
            "{{\"bench\": \"{}\", \"value\": {:.0f}, \"unit\": \"records/s\", \"of\": \"{}\", "
            "\"ratio\": {:.2f}}}\n",
            name, value, of, value / yard);
        return value > 0;
    };
    bool good = true;
    if (names.contains("kafka")) {
        good = print("kafka", median(kafka), "bare librdkafka", median(bare)) && good;
    }
    if (names.contains("kafka_tx")) {
        good = print("kafka_tx", median(kafka_tx), "kafka", median(kafka)) && good;
        print("kafka_tx_bare", median(kafka_tx), "bare librdkafka in transactions",
              median(bare_tx));
    }
    if (names.contains("kafka_rows")) {
        good = print("kafka_rows", median(rows), "bare librdkafka", median(bare)) && good;
    }
    return good;
}

}  // namespace
}  // namespace millbeck::sinks

int main(int argc, char** argv) {
    std::size_t records = 500'000;
    const std::set<std::string> all{"kafka", "kafka_tx", "kafka_rows"};
    std::set<std::string> names;
    for (int i = 1; i < argc; ++i) {
        const std::string argument = argv[i];
        if (argument == "--quick") {
            records = 200'000;
        } else if (all.contains(argument)) {
            names.insert(argument);
        } else {
            fmt::print(stderr, "usage: kafka_bench [--quick] [kafka] [kafka_tx] [kafka_rows]\n");
            return 2;
        }
    }
    if (const auto why = millbeck::tests::why_no_kafka(MILLBECK_KAFKA); !why.empty()) {
        fmt::print(stderr, "kafka_bench: {}\n", why);
        return 3;
    }
    return millbeck::sinks::run(names.empty() ? all : names, records) ? 0 : 1;
}
