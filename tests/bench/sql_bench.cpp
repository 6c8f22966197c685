// Copies in SQLite and PostgreSQL: rows of 300 B upserted in batches of 1000 with their position,
// on one connection. The yardstick of PostgreSQL is the same rows by hand on the same server: COPY
// into a staging table and a merge, without JSON, versions or positions. One JSON line for each. It
// starts the server itself. Usage: sql_bench [sqlite] [postgres] [--quick]
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>

#include "base/metrics.hpp"
#include "base/random.hpp"
#include "sinks/position_keeper.hpp"
#include "sinks/postgres/pg_connection.hpp"
#include "sinks/postgres/postgres_sink.hpp"
#include "sinks/sqlite/sqlite_sink.hpp"
#include "tests/bench/bench_item.hpp"
#include "tests/sinks/postgres/postgres_harness.hpp"

namespace millbeck::sinks {
namespace {

constexpr std::size_t kBatch = 1'000;

struct World {
    base::SystemClock clock;
    base::Metrics metrics;
    std::unique_ptr<base::Random> random = base::seeded_random(1);
    std::unique_ptr<base::FileSystem> files = base::system_files();
    [[nodiscard]] SinkContext context() {
        return {.name = "bench",
                .table = "bench_copy",
                .clock = clock,
                .random = *random,
                .metrics = metrics,
                .files = *files};
    }
    [[nodiscard]] base::Instant soon() const {
        return clock.instant() + base::Milliseconds{60'000};
    }
};

// Batches of a table's items; their keys come in no order, as a hash's would.
class Batches {
  public:
    explicit Batches(std::size_t items) {
        for (std::size_t i = 0; i < items; ++i) {
            const std::size_t key = i * 7'919 % items;
            ids_.push_back("1" + tests::padded(i, 20));
            keys_.push_back(R"({"id":{"S":"user-)" + tests::padded(key, 7) + R"("}})");
            images_.push_back(tests::bench_item(key, i));
        }
    }
    [[nodiscard]] std::size_t size() const { return ids_.size() / kBatch; }
    [[nodiscard]] Batch batch(std::size_t number, std::size_t round) const {
        Batch batch;
        batch.request_id = "bench";
        batch.shard_id = "shard-1";
        batch.table = "bench_copy";
        batch.generation = "g-1";
        batch.position = std::to_string(round * ids_.size() + number * kBatch);
        for (std::size_t i = number * kBatch; i < (number + 1) * kBatch; ++i) {
            batch.messages.push_back({.id = ids_[i],
                                      .key = keys_[i],
                                      .record = images_[i],
                                      .new_image = images_[i],
                                      .event = Event::Modify});
        }
        return batch;
    }
    // The same rows as COPY's text, for the yardstick.
    [[nodiscard]] std::string copy_text(std::size_t number, std::size_t items) const {
        std::string text;
        for (std::size_t i = number * kBatch; i < (number + 1) * kBatch; ++i) {
            text += "user-" + tests::padded(i * 7'919 % items, 7) + "\t" + std::to_string(i) +
                    "\t" + std::string(230, 'x') + "\t" + ids_[i] + "\n";
        }
        return text;
    }

  private:
    std::vector<std::string> ids_, keys_, images_;
};

[[noreturn]] void give_up(const std::string& why) {
    std::fprintf(stderr, "sql_bench: %s\n", why.c_str());
    std::exit(1);
}

// Records a second, into an empty copy first, then over the rows that are there: the median.
double measure(World& world, Sink& sink, const Batches& batches, int rounds, unsigned shards) {
    if (const auto begun = sink.position_keeper()->begin("g-1", world.soon()); !begun) {
        give_up(begun.error().message);
    }
    std::vector<double> rates;
    for (int round = 0; round < rounds; ++round) {
        const auto begin = std::chrono::steady_clock::now();
        std::vector<std::jthread> running;
        for (unsigned shard = 0; shard < shards; ++shard) {
            running.emplace_back([&, shard] {
                for (std::size_t i = shard; i < batches.size(); i += shards) {
                    Batch batch = batches.batch(i, static_cast<std::size_t>(round));
                    batch.shard_id = "shard-" + std::to_string(shard);
                    const Outcome outcome = sink.deliver(batch, world.soon());
                    if (outcome.kind != Outcome::Kind::Delivered) {
                        give_up(outcome.error.message);
                    }
                }
            });
        }
        running.clear();
        const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
        rates.push_back(static_cast<double>(batches.size() * kBatch) / took.count());
    }
    std::sort(rates.begin(), rates.end());
    return rates[rates.size() / 2];
}

void bench_sqlite(const Batches& batches, int rounds) {
    World world;
    const auto folder = std::filesystem::temp_directory_path() /
                        ("millbeck-sql-bench-" + base::make_hex(*base::system_random(), 8));
    std::filesystem::create_directory(folder);
    SqliteOptions options;
    options.path = folder / "copy.sqlite";
    const auto sink = std::move(open_sqlite(options, world.context()).value());
    const double rate = measure(world, *sink, batches, rounds, 2);
    std::printf("{\"bench\": \"sqlite\", \"value\": %.0f, \"unit\": \"records/s\"}\n", rate);
    sink->stop(world.soon());
    std::filesystem::remove_all(folder);
}

// What one would write by hand.
double by_hand(World& world, PgConnection& server, const Batches& batches, int rounds) {
    using Kind = PgConnection::Step::Kind;
    const auto need = [](const auto& result) {
        if (!result) {
            give_up(result.error().message);
        }
    };
    need(server.run(
        "DROP TABLE IF EXISTS bench_hand; CREATE TABLE bench_hand (id text COLLATE \"C\" "
        "PRIMARY KEY, v numeric, text text, _sequence numeric(40)); CREATE TEMP TABLE "
        "hand_stage (LIKE bench_hand) ON COMMIT DELETE ROWS",
        world.soon()));
    std::vector<double> rates;
    for (int round = 0; round < rounds; ++round) {
        const auto begin = std::chrono::steady_clock::now();
        for (std::size_t i = 0; i < batches.size(); ++i) {
            const std::string rows = batches.copy_text(i, batches.size() * kBatch);
            need(
                server.send("BEGIN; COPY hand_stage FROM STDIN; INSERT INTO bench_hand SELECT * "
                            "FROM hand_stage ON CONFLICT (id) DO UPDATE SET v = excluded.v, text = "
                            "excluded.text, _sequence = excluded._sequence; COMMIT",
                            world.soon()));
            for (Kind kind = Kind::Done; kind != Kind::End;) {
                auto step = server.next(world.soon());
                need(step);
                kind = step->kind;
                if (kind == Kind::CopyIn) {
                    need(server.copy(rows, world.soon()));
                    need(server.end_copy(world.soon()));
                }
            }
        }
        const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
        rates.push_back(static_cast<double>(batches.size() * kBatch) / took.count());
    }
    need(server.run("DROP TABLE bench_hand", world.soon()));
    std::sort(rates.begin(), rates.end());
    return rates[rates.size() / 2];
}

void bench_postgres(const std::string& connection, const Batches& batches, int rounds) {
    World world;
    PostgresOptions options;
    options.connection = connection;
    const auto sink = std::move(open_postgres(options, world.context()).value());
    const double ours = measure(world, *sink, batches, rounds, 1);
    sink->stop(world.soon());
    auto server = PgConnection::open(
        {.connection = connection, .clock = world.clock, .interrupt = nullptr}, world.soon());
    if (!server) {
        give_up(server.error().message);
    }
    const double hand = by_hand(world, **server, batches, rounds);
    std::printf(
        "{\"bench\": \"postgres\", \"value\": %.0f, \"unit\": \"records/s\", \"of\": "
        "\"COPY and merge by hand\", \"ratio\": %.2f}\n",
        ours, ours / hand);
}

}  // namespace
}  // namespace millbeck::sinks

int main(int argc, char** argv) {
    const std::vector<std::string> words(argv + 1, argv + argc);
    const bool quick = std::find(words.begin(), words.end(), "--quick") != words.end();
    const millbeck::sinks::Batches batches(quick ? 50'000 : 500'000);
    const int rounds = 3;
    const auto wants = [&](std::string_view name) {
        const bool is_named = std::find(words.begin(), words.end(), name) != words.end();
        return is_named || words.size() == (quick ? 1u : 0u);
    };
    if (wants("sqlite")) {
        millbeck::sinks::bench_sqlite(batches, rounds);
    }
    if (wants("postgres")) {
        const millbeck::sinks::PostgresServer server;
        millbeck::sinks::bench_postgres(server.connection("postgres"), batches, rounds);
    }
    return 0;
}
