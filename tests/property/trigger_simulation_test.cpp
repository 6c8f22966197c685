// Whole triggers on a clock of their own: shards that roll, split and merge, several workers side
// by side, targets that fail in every way, full disks, crashes. One seed, one life; a failing seed
// prints itself, and MB_SEED=<it> lives it again.
#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "base/log.hpp"
#include "base/random.hpp"
#include "tests/property/shard_changes.hpp"
#include "tests/property/trigger_promises.hpp"
#include "tests/support/fake_shard_log.hpp"
#include "tests/support/memory_checkpoints.hpp"
#include "tests/support/seed.hpp"
#include "triggers/shard_plan.hpp"
#include "triggers/shard_worker.hpp"

namespace millbeck::triggers {
namespace {

using base::Milliseconds;
using shardlog::SequenceNumber;
using shardlog::Shard;
using shardlog::ShardId;
using Kind = sinks::Outcome::Kind;

constexpr int kLives = 2'000;
constexpr int kMovesOfALife = 120;
constexpr int kMovesToFinish = 5'000;
constexpr std::uint64_t kKeys = 6;

class Life;

// A trigger as the program runs it, by hand: workers for each shard that may run, one for a lane.
class SimulatedTrigger final : public FailureDestination {
  public:
    SimulatedTrigger(Life& life, TriggerSpec spec);

    base::Status take(const FailedBatch& failed) override;
    void crash() { runners_.clear(); }
    // As the program changes a trigger: what is out ends, then the old workers are gone.
    void change(TriggerSpec spec);
    // Removes it, and makes it anew under another id.
    void remove();
    void plan();
    // Lets one of its workers do something. False: every shard is finished.
    bool move(bool everything_works);
    void check();
    [[nodiscard]] const TriggerSpec& spec() const { return spec_; }

  private:
    using LaneId = std::pair<ShardId, std::uint32_t>;
    struct Runner {
        std::unique_ptr<ShardWorker> worker;
        std::shared_ptr<const sinks::Batch> out;  // being delivered
        TriggerSpec spec;                         // that it began with
    };
    void begin(const shardlog::Stream& stream);
    void end_all();
    void plan(const shardlog::Stream& stream, std::map<LaneId, Runner>& running);
    void check(const shardlog::Stream& stream);
    [[nodiscard]] bool is_parked(const TriggerId& trigger, const std::string& id) const;
    [[nodiscard]] TriggerId id_on(const shardlog::Stream& stream) const;
    void answer(Runner& runner, bool everything_works);
    void report(Runner& runner, const sinks::Batch& batch, std::size_t took);
    static std::string state_after(const sinks::Batch& batch, std::size_t took);

    Runner start(const shardlog::Stream& stream, const ShardStart& start, Lane lane,
                 std::shared_ptr<LaneFrontier> frontier);

    Life& life_;
    TriggerSpec spec_;
    std::uint32_t generation_ = 0;  // of its id: how often it was removed
    std::set<shardlog::StreamId> begun_;
    Promises promises_;
    std::map<LaneId, Runner> runners_;
    std::map<ShardId, SequenceNumber> stored_;
};

class Life {
  public:
    explicit Life(std::uint64_t seed) : dice(base::seeded_random(seed)) {
        for (std::uint64_t i = 0; i <= below(2); ++i) {
            triggers_.push_back(std::make_unique<SimulatedTrigger>(*this, random_spec(i)));
        }
    }

    void live() {
        for (int i = 0; i < kMovesOfALife && !testing::Test::HasFailure(); ++i) {
            change_the_world();
            SimulatedTrigger& trigger = *triggers_[below(triggers_.size())];
            trigger.plan();
            trigger.move(false);
            trigger.check();
        }
        finish();
    }

    std::uint64_t below(std::uint64_t limit) { return dice->next_u64() % limit; }
    bool once_in(std::uint64_t times) { return below(times) == 0; }

    std::unique_ptr<base::Random> dice;
    base::VirtualClock clock;
    tests::FakeShardLog log{clock};
    tests::MemoryCheckpoints checkpoints;
    std::unique_ptr<ParkingLot> parking = *ParkingLot::open_in_memory({});
    base::Metrics metrics;
    std::optional<base::Error> destination_error;
    std::vector<shardlog::Stream> streams{log.add_stream("orders", 2)};  // the newest last
    std::map<std::string, Written> written;                              // by sequence number

  private:
    TriggerSpec random_spec(std::uint64_t number) {
        TriggerSpec spec;
        spec.name = "trigger-" + std::to_string(number);
        spec.table = streams.front().table_name;
        spec.tumbling_window = Milliseconds{once_in(3) ? 10'000 : 0};
        vary(spec);
        return spec;
    }

    // What an update may change. Windows stay: they are counted over a life.
    void vary(TriggerSpec& spec) {
        spec.batch_size = static_cast<std::uint32_t>(1 + below(8));
        spec.batching_window = Milliseconds{once_in(2) ? 0 : 3'000};
        spec.maximum_retry_attempts.reset();
        spec.maximum_record_age.reset();
        if (once_in(2)) {
            spec.maximum_retry_attempts = static_cast<std::uint32_t>(below(4));
        }
        if (once_in(3)) {
            spec.maximum_record_age = Milliseconds{60'000};
        }
        const std::uint64_t lanes_max = spec.tumbling_window.count() > 0 ? 1 : 3;
        spec.parallelization_factor = static_cast<std::uint32_t>(1 + below(lanes_max));
        spec.enabled = !once_in(5);
        const bool may_park = spec.maximum_retry_attempts && spec.tumbling_window.count() == 0;
        spec.on_poison = may_park && once_in(2) ? OnPoison::Park : OnPoison::GiveUp;
        spec.bisect_batch_on_function_error = once_in(2);
        spec.report_batch_item_failures = once_in(2);
    }

    void change_the_world() {
        clock.advance(Milliseconds{below(2'000)});
        for (std::uint64_t i = below(4); i > 0; --i) {
            write();
        }
        if (once_in(12)) {
            tests::change_shards(log, streams.back().id, *dice);
        }
        flip(checkpoints.error, 20);
        flip(destination_error, 20);
        flip(log.read_error, 30);
        if (once_in(30)) {
            for (const auto& trigger : triggers_) {
                trigger->crash();
            }
        }
        if (once_in(15)) {
            SimulatedTrigger& trigger = *triggers_[below(triggers_.size())];
            TriggerSpec spec = trigger.spec();
            vary(spec);
            trigger.change(std::move(spec));
        }
        if (once_in(10)) {
            retry_parked();
        }
        if (once_in(100)) {
            triggers_[below(triggers_.size())]->remove();
        }
        if (once_in(60)) {
            ASSERT_TRUE(log.disable_stream(streams.back().id));
            streams.push_back(log.add_stream("orders", 2));
        }
    }

    void retry_parked() {
        const auto keys = *parking->list("", 0);
        if (!keys.empty()) {
            EXPECT_TRUE(*parking->wish(keys[below(keys.size())].number, Wish::Retry));
        }
    }

    // Breaks what works, once in `times`; mends what is broken sooner.
    void flip(std::optional<base::Error>& error, std::uint64_t times) {
        if (error) {
            if (once_in(3)) {
                error.reset();
            }
        } else if (once_in(times)) {
            error = base::Error{base::Code::Io, "input/output error"};
        }
    }

    void write() {
        const std::string key = "k" + std::to_string(below(kKeys));
        const std::uint64_t hash = std::hash<std::string>{}(key);
        for (const Shard& shard : log.shards(streams.back().id)) {
            if (!shard.ending && shard.hashes.first <= hash && hash <= shard.hashes.last) {
                const auto sequence = log.put(shard.id.number(), key);
                written[sequence.to_string()] = {key + " on " + streams.back().label, clock.wall(),
                                                 shard.id.to_string()};
                return;
            }
        }
        FAIL() << "no open shard takes " << key;
    }

    // Everything works again, and the stream ends: all of it arrives or is kept.
    void finish() {
        checkpoints.error.reset();
        destination_error.reset();
        log.read_error.reset();
        ASSERT_TRUE(log.disable_stream(streams.back().id));
        for (const auto& trigger : triggers_) {
            TriggerSpec spec = trigger->spec();
            spec.enabled = true;
            trigger->change(std::move(spec));
            for (int i = 0; i < kMovesToFinish; ++i) {
                clock.advance(Milliseconds{1'000});
                trigger->plan();
                if (!trigger->move(true)) {
                    trigger->check();
                    break;
                }
                ASSERT_LT(i + 1, kMovesToFinish) << "never finished";
            }
        }
    }

    std::vector<std::unique_ptr<SimulatedTrigger>> triggers_;
};

SimulatedTrigger::SimulatedTrigger(Life& life, TriggerSpec spec)
    : life_(life), spec_(std::move(spec)), promises_(life.written) {}

TriggerId SimulatedTrigger::id_on(const shardlog::Stream& stream) const {
    return TriggerId{spec_.name + "-" + std::to_string(generation_) + " on " + stream.label};
}

void SimulatedTrigger::begin(const shardlog::Stream& stream) {
    if (begun_.contains(stream.id)) {
        return;
    }
    const auto first = first_checkpoints(life_.log, stream.id, StartingPosition::TrimHorizon);
    if (first && life_.checkpoints.advance_all(id_on(stream), *first)) {
        begun_.insert(stream.id);  // else the disk is broken just now
    }
}

// Those that wait for a turn just go.
void SimulatedTrigger::end_all() {
    while (true) {
        const auto out = std::find_if(runners_.begin(), runners_.end(),
                                      [](const auto& each) { return each.second.out != nullptr; });
        if (out == runners_.end()) {
            break;
        }
        answer(out->second, false);
    }
    runners_.clear();
}

void SimulatedTrigger::change(TriggerSpec spec) {
    end_all();
    spec_ = std::move(spec);
}

void SimulatedTrigger::remove() {
    end_all();
    for (const shardlog::Stream& stream : life_.streams) {
        EXPECT_TRUE(life_.checkpoints.forget(id_on(stream)));
        EXPECT_TRUE(life_.parking->forget(id_on(stream)));
    }
    ++generation_;
    begun_.clear();
    stored_.clear();
    promises_.forget();
}

base::Status SimulatedTrigger::take(const FailedBatch& failed) {
    if (life_.destination_error) {
        return tl::unexpected<base::Error>(*life_.destination_error);
    }
    promises_.kept(*failed.batch);
    return {};
}

void SimulatedTrigger::plan() {
    std::map<LaneId, Runner> running;
    for (const shardlog::Stream& stream : life_.streams) {
        begin(stream);
        if (begun_.contains(stream.id) && spec_.enabled) {
            plan(stream, running);
        }
    }
    runners_ = std::move(running);
}

void SimulatedTrigger::plan(const shardlog::Stream& stream, std::map<LaneId, Runner>& running) {
    const auto shards = life_.log.shards(stream.id);
    const auto starts = plan_shards(shards, *life_.checkpoints.load(id_on(stream)));
    for (const ShardStart& begin : starts) {
        const std::uint32_t lanes = spec_.parallelization_factor;
        const auto frontier =
            lanes == 1 ? nullptr
                       : std::make_shared<LaneFrontier>(life_.checkpoints, begin.from, lanes);
        for (std::uint32_t number = 0; number < lanes; ++number) {
            const auto known = runners_.find({begin.shard, number});
            running[{begin.shard, number}] =
                known != runners_.end()
                    ? std::move(known->second)
                    : start(stream, begin, {.number = number, .count = lanes}, frontier);
        }
    }
}

SimulatedTrigger::Runner SimulatedTrigger::start(const shardlog::Stream& stream,
                                                 const ShardStart& start, Lane lane,
                                                 std::shared_ptr<LaneFrontier> frontier) {
    TriggerSpec spec = spec_;
    spec.id = id_on(stream);
    auto worker = ShardWorker::create({.log = life_.log,
                                       .checkpoints = life_.checkpoints,
                                       .lane = lane,
                                       .frontier = std::move(frontier),
                                       .on_failure = this,
                                       .parking = life_.parking.get(),
                                       .window = start.window,
                                       .clock = life_.clock,
                                       .random = *life_.dice,
                                       .metrics = life_.metrics,
                                       .identity = {},
                                       .failure_level = base::LogLevel::Debug},
                                      spec, stream, start.shard, start.from);
    return {.worker = std::move(worker), .out = nullptr, .spec = std::move(spec)};
}

bool SimulatedTrigger::move(bool everything_works) {
    if (runners_.empty()) {
        return false;
    }
    auto chosen = runners_.begin();
    std::advance(chosen, static_cast<std::ptrdiff_t>(life_.below(runners_.size())));
    Runner& runner = chosen->second;
    if (runner.out) {
        answer(runner, everything_works);
        return true;
    }
    const NextMove next = runner.worker->step();
    if (const auto* deliver = std::get_if<Deliver>(&next)) {
        runner.out = deliver->batch;
        promises_.asked(*runner.out, runner.spec, life_.clock.wall(),
                        [&](const std::string& id) { return is_parked(runner.spec.id, id); });
        if (everything_works) {
            answer(runner, true);
        }
    }
    return true;
}

void SimulatedTrigger::answer(Runner& runner, bool everything_works) {
    const auto batch = std::exchange(runner.out, nullptr);
    const std::size_t all = batch->messages.size();
    const std::size_t took = all > 0 ? life_.below(all) : 0;
    const std::uint64_t fate = everything_works ? 100 : life_.below(12);
    if (fate != 0) {
        promises_.attempted(*batch, runner.spec);
    }
    switch (fate) {
        case 0:
            runner.worker->delivered(
                {.kind = Kind::NotInvoked, .failed = {}, .error = {}, .reply = ""});
            return;
        case 1:
        case 2:
        case 3:
            promises_.took(*batch, took);  // and fails then
            runner.worker->delivered(
                {.kind = Kind::Failed, .failed = {}, .error = {}, .reply = ""});
            return;
        case 4:
        case 5:
            if (all > 0) {
                promises_.took(*batch, took);
                return report(runner, *batch, took);
            }
            [[fallthrough]];
        case 6:
            promises_.took(*batch, all);
            return crash();  // before the acknowledgement is known
        default:
            promises_.took(*batch, all);
            runner.worker->delivered({.kind = Kind::Delivered,
                                      .failed = {},
                                      .error = {},
                                      .reply = "{" + state_after(*batch, all) + "}"});
    }
}

// The function of a window counts its records.
std::string SimulatedTrigger::state_after(const sinks::Batch& batch, std::size_t took) {
    const auto count = Promises::counted(batch) + static_cast<std::int64_t>(took);
    return batch.members.empty() ? "" : R"("state":{"n":)" + std::to_string(count) + "}";
}

// A reply that names the first record that was not taken; a target's own report, if the trigger
// does not listen to replies.
void SimulatedTrigger::report(Runner& runner, const sinks::Batch& batch, std::size_t took) {
    const std::string id(batch.messages[took].id);
    const std::string state = state_after(batch, took);
    if (runner.spec.report_batch_item_failures) {
        runner.worker->delivered({.kind = Kind::Delivered,
                                  .failed = {},
                                  .error = {},
                                  .reply = R"({"batchItemFailures":[{"itemIdentifier":")" + id +
                                           R"("}])" + (state.empty() ? "" : ",") + state + "}"});
    } else {
        runner.worker->delivered(
            {.kind = Kind::PartlyFailed, .failed = {id}, .error = {}, .reply = "{" + state + "}"});
    }
}

bool SimulatedTrigger::is_parked(const TriggerId& trigger, const std::string& id) const {
    const auto keys = *life_.parking->list("", 0);
    return std::any_of(keys.begin(), keys.end(), [&](const ParkedKey& key) {
        const auto records = *life_.parking->records(key.number, 1'000);
        return key.trigger_id == trigger &&
               std::any_of(records.begin(), records.end(), [&](const ParkedRecord& record) {
                   return record.sequence.to_string() == id;
               });
    });
}

// Behind a checkpoint everything was taken or kept; it never moves back; parents come first.
void SimulatedTrigger::check() {
    for (const shardlog::Stream& stream : life_.streams) {
        check(stream);
    }
}

void SimulatedTrigger::check(const shardlog::Stream& stream) {
    std::map<ShardId, Checkpoint> known;
    const auto stored = life_.checkpoints.load(id_on(stream));
    for (const Checkpoint& checkpoint : *stored) {
        known[checkpoint.shard] = checkpoint;
        SequenceNumber& before = stored_[checkpoint.shard];
        EXPECT_GE(checkpoint.next, before) << "a checkpoint moved backwards";
        if (std::exchange(before, checkpoint.next) == checkpoint.next) {
            continue;  // what is behind it was settled when it came here
        }
        const auto page =
            life_.log.read(checkpoint.shard.number(), SequenceNumber{}, {.records_max = 10'000});
        if (!page) {
            continue;  // the log is broken just now
        }
        for (const auto& record : page->records) {
            if (record.sequence < checkpoint.next) {
                const std::string id = record.sequence.to_string();
                EXPECT_TRUE(promises_.is_settled(id) || is_parked(id_on(stream), id))
                    << id << " was passed over";
            }
        }
    }
    for (const auto& [id, runner] : runners_) {
        const auto shard = life_.log.find_shard(id.first.number());
        if (shard->stream != stream.id) {
            continue;
        }
        for (const ShardId& parent : shard->parents) {
            EXPECT_TRUE(known[parent].finished) << "a child runs before its parent is finished";
        }
    }
}

// If it fails, a change is lost, doubled beyond what is promised, out of order, or tried too often.
TEST(TriggerSimulation, KeepsItsPromisesInEveryLife) {
    base::set_log_level(base::LogLevel::Error);
    testing::internal::CaptureStderr();
    const std::uint64_t first = tests::test_seed(1);
    for (std::uint64_t seed = first; seed < first + kLives && !HasFailure(); ++seed) {
        SCOPED_TRACE("MB_SEED=" + std::to_string(seed));
        Life(seed).live();
    }
    const std::string logged = testing::internal::GetCapturedStderr();
    if (HasFailure()) {
        FAIL() << "the life's log ends with: "
               << logged.substr(logged.size() < 2'000 ? 0 : logged.size() - 2'000);
    }
}

}  // namespace
}  // namespace millbeck::triggers
