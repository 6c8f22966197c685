// The broker dies at random points under load; afterwards nothing is missing, and in mode
// transactional nothing is there twice. MILLBECK_KILL_ROUNDS: how often (5).
#include <atomic>
#include <cstdlib>
#include <iterator>
#include <map>
#include <set>
#include <thread>

#include "sinks/position_keeper.hpp"
#include "tests/sinks/batches.hpp"
#include "tests/sinks/kafka/shared_broker.hpp"
#include "tests/support/seed.hpp"

namespace millbeck::sinks {
namespace {

using namespace std::chrono_literals;

int rounds() {
    const char* text = std::getenv("MILLBECK_KILL_ROUNDS");  // NOLINT(concurrency-mt-unsafe)
    return text != nullptr ? std::atoi(text) : 5;            // NOLINT(cert-err34-c): a test's own
}

// One shard's changes, delivered one batch after the other, as its worker does.
class Feeder {
  public:
    static constexpr std::size_t kStride = 10'000'000;

    Feeder(std::size_t number, KafkaMode mode) : number_(number), mode_(mode) {}

    // Where the next batch begins, as the target says, or as was acknowledged.
    void continue_from(const Positions& positions) {
        const auto found = positions.find(shard_id());
        next_ = found == positions.end() ? 0 : std::stoul(found->second);
    }

    // Until `end` is set or the sink ends.
    void feed(Sink& sink, const KafkaWorld& world, const std::atomic<bool>& end,
              std::atomic<std::size_t>& delivered) {
        constexpr std::size_t kBatch = 50;
        while (!end) {
            Batch batch = make_batch(number_ * kStride + next_, kBatch);
            batch.shard_id = shard_id();
            batch.request_id = shard_id() + "-" + std::to_string(next_);
            batch.generation = mode_ == KafkaMode::Transactional ? "g-1" : "";
            batch.position = std::to_string(next_ + kBatch);
            const Outcome outcome = sink.deliver(batch, world.in(5s));
            if (outcome.kind == Outcome::Kind::Delivered) {
                next_ += kBatch;
                ++delivered;
                delivered.notify_all();
            }
        }
    }

    [[nodiscard]] std::size_t next() const { return next_; }
    [[nodiscard]] std::string shard_id() const { return "shard-" + std::to_string(number_); }

  private:
    std::size_t number_;
    KafkaMode mode_;
    std::size_t next_ = 0;
};

class KafkaKills : public testing::TestWithParam<KafkaMode> {};

TEST_P(KafkaKills, NothingIsLost) {
    MB_NEEDS_KAFKA();
    KafkaWorld world;
    KafkaOptions options;
    options.brokers = SharedBroker::get().brokers();
    options.mode = GetParam();
    const std::string table = SharedBroker::new_table();
    const bool is_exact = options.mode == KafkaMode::Transactional;
    std::vector<Feeder> feeders;
    for (std::size_t i = 0; i < 4; ++i) {
        feeders.emplace_back(i, options.mode);
    }
    auto random = base::seeded_random(tests::test_seed(5));
    auto& server = SharedBroker::get().server();
    for (int round = 0; round < rounds(); ++round) {
        auto sink = world.open(options, table);
        if (is_exact) {
            auto* keeper = sink->position_keeper();
            auto found = keeper->positions("g-1", world.soon());
            ASSERT_TRUE(found) << found.error().message;
            if (round == 0) {
                ASSERT_TRUE(keeper->begin("g-1", world.soon()));
                found->emplace();
            }
            ASSERT_TRUE(found->has_value()) << "round " << round;
            for (Feeder& feeder : feeders) {
                feeder.continue_from(**found);
            }
        }
        std::atomic<bool> end = false;
        std::atomic<std::size_t> delivered = 0;
        std::vector<std::jthread> threads;
        for (Feeder& feeder : feeders) {
            threads.emplace_back([&] { feeder.feed(*sink, world, end, delivered); });
        }
        const std::size_t enough = random->next_u64() % 100;
        for (std::size_t now = delivered; now < enough; now = delivered) {
            delivered.wait(now);
        }
        if (round % 2 == 0) {
            server.kill();
            server.start();
        }
        // With the odd rounds, the sink is cut off in the middle.
        sink->stop(world.clock.instant());
        end = true;
        threads.clear();
    }
    if (is_exact) {
        // A transaction that was cut off hides what follows from readers until the next sink ends
        // it.
        const auto sink = world.open(options, table);
        ASSERT_TRUE(sink->position_keeper()->positions("g-1", world.soon()));
    }
    std::map<std::string, std::set<std::size_t>> seen;
    std::size_t count = 0;
    for (const std::string& sequence : sequences_in(consume_all(options.brokers, table))) {
        const std::size_t number = std::stoul(sequence);
        seen["shard-" + std::to_string(number / Feeder::kStride)].insert(number % Feeder::kStride);
        ++count;
    }
    std::size_t distinct = 0;
    for (const Feeder& feeder : feeders) {
        const auto& numbers = seen[feeder.shard_id()];
        distinct += numbers.size();
        // Behind what was acknowledged, a batch that was cut off may be there in parts.
        const auto acknowledged =
            std::distance(numbers.begin(), numbers.lower_bound(feeder.next()));
        EXPECT_EQ(static_cast<std::size_t>(acknowledged), feeder.next())
            << "a hole in " << feeder.shard_id();
    }
    EXPECT_GT(distinct, 0u);
    if (is_exact) {
        EXPECT_EQ(count, distinct) << "something is there twice";
    }
    std::printf("%d rounds, %zu messages, %zu of them again\n", rounds(), count, count - distinct);
}

INSTANTIATE_TEST_SUITE_P(Modes, KafkaKills,
                         testing::Values(KafkaMode::Idempotent, KafkaMode::Transactional));

}  // namespace
}  // namespace millbeck::sinks
