#include "runtime/replay/replay_run.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "runtime/replay/replay_place.hpp"
#include "runtime/replay/replay_worker.hpp"
#include "runtime/scheduler/sink_gate.hpp"
#include "triggers/filter/filter_criteria.hpp"

namespace millbeck::runtime {

using base::Result;
using base::Status;
using shardlog::SequenceNumber;
using triggers::Checkpoint;

namespace {

// Records of the past are old: that is no reason to give one up.
constexpr base::Milliseconds kForEver{std::chrono::hours(24 * 365 * 200)};

}  // namespace

// Dead letters, and how many.
class ReplayRun::Failures final : public triggers::FailureDestination {
  public:
    explicit Failures(triggers::FailureDestination& to) : to_(to) {}

    Status take(const triggers::FailedBatch& failed) override {
        MB_TRY_STATUS(to_.take(failed));
        records_ += failed.batch->messages.size();
        ++batches_;
        return {};
    }
    [[nodiscard]] std::uint64_t records() const { return records_; }
    [[nodiscard]] std::uint64_t batches() const { return batches_; }

  private:
    triggers::FailureDestination& to_;
    std::atomic<std::uint64_t> records_{0};
    std::atomic<std::uint64_t> batches_{0};
};

ReplayRun::ReplayRun(const ReplayRunContext& context, ReplaySpec spec, ReplayTaker taker,
                     Hooks hooks)
    : context_(context),
      spec_(std::move(spec)),
      taker_(std::move(taker)),
      hooks_(std::move(hooks)),
      source_(std::make_shared<ReplaySource>(context.log.history(), spec_.choice,
                                             ReplaySourceOptions{.lanes = spec_.lanes})),
      failures_(std::make_shared<Failures>(context.dead_letters)),
      pace_(std::make_shared<triggers::Pace>(spec_.rate)),
      gate_(std::make_shared<SinkGate>(taker_.sink)) {
    trigger_.name = spec_.name;
    trigger_.table = shardlog::TableName{spec_.table};
    if (spec_.target.kind == ReplayTarget::Kind::Sink) {
        trigger_.sink = spec_.target.name;
    } else {
        trigger_.function = spec_.target.name;
    }
    trigger_.batch_size = spec_.batch_size;
    if (spec_.rate > 0) {  // a second's worth at most, so that they are spread
        trigger_.batch_size =
            static_cast<std::uint32_t>(std::min<std::uint64_t>(spec_.batch_size, spec_.rate));
    }
    trigger_.maximum_retry_attempts = spec_.retries;
    trigger_.report_batch_item_failures = spec_.reports_items;
    trigger_.bisect_batch_on_function_error = spec_.bisects;
}

Result<std::shared_ptr<ReplayRun>> ReplayRun::open(const ReplayRunContext& context, ReplaySpec spec,
                                                   ReplayTaker taker, Hooks hooks) {
    auto run = std::shared_ptr<ReplayRun>(
        new ReplayRun(context, std::move(spec), std::move(taker), std::move(hooks)));
    if (!run->spec_.filters.empty()) {
        MB_TRY(auto criteria, triggers::filter::FilterCriteria::parse(run->spec_.filters));
        run->trigger_.filter =
            std::make_shared<const triggers::filter::FilterCriteria>(std::move(criteria));
    }
    MB_TRY(run->trigger_.id, checkpoints_of_replay(context.checkpoints, run->spec_.name));
    MB_TRY_STATUS(run->find_begins());
    return run;
}

Status ReplayRun::find_begins() {
    auto& checkpoints = context_.checkpoints;
    if (spec_.target.kind == ReplayTarget::Kind::Sink) {
        MB_TRY(auto place, settle_replay_place(checkpoints, trigger_.id, *taker_.sink,
                                               first_checkpoints_of(spec_), context_.random,
                                               context_.clock.instant() + kReplayPlaceDeadline));
        generation_ = std::move(place.generation);
        begins_ = std::move(place.lanes);
        return {};
    }
    MB_TRY(begins_, checkpoints.load(trigger_.id));
    if (begins_.empty()) {
        begins_ = first_checkpoints_of(spec_);
        return checkpoints.advance_all(trigger_.id, begins_);
    }
    return {};
}

// A copy needs the items, whatever the table's stream shows of them.
shardlog::Stream ReplayRun::stream() const {
    auto stream = stream_for_replay(context_.log, spec_.choice.table, spec_.table);
    if (spec_.target.kind == ReplayTarget::Kind::Sink) {
        stream.view_type = shardlog::StreamViewType::NewAndOldImages;
    }
    return stream;
}

void ReplayRun::begin(StrandPool& pool) {
    std::vector<std::shared_ptr<WorkerStrand>> lanes;
    for (const Checkpoint& from : begins_) {
        if (!from.finished) {
            lanes.push_back(make_lane(pool, from));
        }
    }
    under_way_ = std::max<std::size_t>(lanes.size(), 1);
    {
        const base::MutexLock lock(mutex_);
        lanes_ = lanes;
    }
    for (const auto& lane : lanes) {
        lane->wake();
    }
    if (lanes.empty()) {
        lane_ended();
    }
}

std::optional<triggers::CopyContext> ReplayRun::copy_context(const Checkpoint& from) const {
    if (generation_.empty()) {
        return std::nullopt;
    }
    return triggers::CopyContext{.generation = generation_, .told = from.told, .images = {}};
}

std::shared_ptr<WorkerStrand> ReplayRun::make_lane(StrandPool& pool, const Checkpoint& from) {
    struct Borrowed {
        std::shared_ptr<ReplaySource> source;
        std::shared_ptr<Failures> failures;
    };
    triggers::WorkerContext inside{.log = *source_,
                                   .checkpoints = context_.checkpoints,
                                   .on_failure = failures_.get(),
                                   .clock = context_.clock,
                                   .random = context_.random,
                                   .metrics = context_.metrics,
                                   .identity = context_.identity,
                                   .retention = kForEver,
                                   .copy = copy_context(from)};
    std::function<void()> on_lost;
    if (!generation_.empty()) {
        on_lost = [weak = weak_from_this()] {
            if (const auto run = weak.lock()) {
                run->lost_ = true;
                run->retire();
            }
        };
    }
    auto worker = std::make_unique<ReplayWorker>(
        ReplayGround{.history = context_.log.history(),
                     .clock = context_.clock,
                     .pace = pace_,
                     .ground = std::make_shared<Borrowed>(Borrowed{source_, failures_}),
                     .on_lost = std::move(on_lost),
                     .live = context_.live},
        triggers::ShardWorker::create(std::move(inside), trigger_, stream(), from.shard,
                                      from.next));
    WorkerStrandContext around{.clock = context_.clock,
                               .sink = taker_.sink,
                               .gate = gate_,
                               .trigger = spec_.name,
                               .function = spec_.target.name,
                               .on_delivery = {},
                               .on_progress = hooks_.on_progress,
                               .on_ended =
                                   [weak = weak_from_this()] {
                                       if (const auto run = weak.lock()) {
                                           run->lane_ended();
                                       }
                                   },
                               .last_result = std::make_shared<std::atomic<triggers::LastResult>>(
                                   triggers::LastResult::None)};
    return std::make_shared<WorkerStrand>(pool, std::move(around), std::move(worker));
}

void ReplayRun::lane_ended() {
    if (under_way_.fetch_sub(1) == 1) {
        hooks_.on_ended();
    }
}

void ReplayRun::retire() {
    std::vector<std::shared_ptr<WorkerStrand>> lanes;
    {
        const base::MutexLock lock(mutex_);
        lanes = lanes_;
    }
    for (const auto& lane : lanes) {
        lane->retire();
    }
}

bool ReplayRun::finished() const {
    const base::MutexLock lock(mutex_);
    return std::all_of(lanes_.begin(), lanes_.end(), [](const auto& lane) {
        return lane->status().state == triggers::WorkerState::Finished;
    });
}

std::string ReplayRun::problem() const {
    const base::MutexLock lock(mutex_);
    for (const auto& lane : lanes_) {
        const auto status = lane->status();
        if (!status.last_error.empty()) {
            return status.last_error;
        }
    }
    return "";
}

ReplayCounts ReplayRun::counts() const {
    ReplayCounts counts{.failed_records = failures_->records(),
                        .failed_batches = failures_->batches()};
    if (taker_.comparing) {
        counts.same = taker_.comparing->same();
        counts.different = taker_.comparing->different();
    }
    const base::MutexLock lock(mutex_);
    for (const auto& lane : lanes_) {
        const auto status = lane->status();
        counts.records += status.records_delivered;
        counts.batches += status.batches_delivered;
        counts.filtered += status.records_dropped;
    }
    return counts;
}

}  // namespace millbeck::runtime
