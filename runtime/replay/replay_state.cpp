#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/log.hpp"
#include "runtime/replay/replay_registry.hpp"

namespace millbeck::runtime {

using base::Code;
using base::Result;
using base::Status;
using shardlog::SequenceNumber;

namespace {

// Between two writes of counts while a replay runs.
constexpr base::Milliseconds kStoreEvery{1'000};

}  // namespace

// At most once in kStoreEvery, whoever comes first.
void ReplayRegistry::note_progress(const std::string& name) {
    const base::Instant now = context_.run.clock.instant();
    {
        const base::MutexLock lock(mutex_);
        const auto found = entries_.find(name);
        if (found == entries_.end() || now - found->second.stored < kStoreEvery) {
            return;
        }
        found->second.stored = now;
    }
    if (const Status stored = store(name); !stored) {
        base::log(base::LogLevel::Warn, "runtime", "the counts of a replay were not stored",
                  {{"replay", name}, {"error", stored.error().message}});
    }
}

// Its run is at rest: finished, or as was wished.
void ReplayRegistry::settle(const std::string& name) {
    ReplayState state = ReplayState::Finished;
    std::string problem;
    {
        const base::MutexLock lock(mutex_);
        const auto found = entries_.find(name);
        if (found == entries_.end() || !found->second.run) {
            return;
        }
        const Entry& entry = found->second;
        if (entry.run->is_lost()) {
            state = ReplayState::Failed;
            problem =
                "the target does not hold what was replayed to it any more; begin a new replay";
        } else if (!entry.run->finished()) {
            state = entry.wish;
        }
    }
    if (const Status ended = end(name, state, std::move(problem)); !ended) {
        base::log(base::LogLevel::Warn, "runtime", "the end of a replay was not stored",
                  {{"replay", name}, {"error", ended.error().message}});
    }
}

// The state first, then what it makes superfluous.
Status ReplayRegistry::end(const std::string& name, ReplayState state, std::string problem) {
    std::shared_ptr<ReplayRun> run;  // ended outside of the lock
    std::unique_ptr<shardlog::Pin> pin;
    {
        const base::MutexLock lock(mutex_);
        Entry& entry = entries_.at(name);
        if (entry.run) {
            entry.before += entry.run->counts();
            entry.record.counts = entry.before;
        }
        run = std::exchange(entry.run, nullptr);
        entry.is_starting = false;
        entry.record.state = state;
        entry.record.problem = std::move(problem);
        if (has_ended(state)) {
            entry.record.ended = context_.run.clock.wall();
            pin = std::move(entry.pin);
        }
    }
    MB_TRY_STATUS(store(name));
    if (!has_ended(state)) {
        return {};
    }
    MB_TRY(const auto id, checkpoints_of_replay(context_.run.checkpoints, name));
    return context_.run.checkpoints.forget(id);
}

Status ReplayRegistry::store(const std::string& name) {
    const base::MutexLock order(storing_);
    std::string document;
    ReplaySpec spec;
    {
        const base::MutexLock lock(mutex_);
        const auto found = entries_.find(name);
        if (found == entries_.end()) {
            return {};
        }
        Entry& entry = found->second;
        if (entry.run) {
            entry.record.counts = entry.before;
            entry.record.counts += entry.run->counts();
        }
        document = to_document(entry.record);
        spec = entry.record.spec;
    }
    MB_TRY_STATUS(documents_->put(kReplayKind, {.name = name, .json = std::move(document)}));
    if (spec.target.kind == ReplayTarget::Kind::Reader) {
        return {};
    }
    MB_TRY(const auto position, replay_position(context_.run.checkpoints, spec));
    const base::MutexLock lock(mutex_);
    if (const auto found = entries_.find(name); found != entries_.end() && found->second.pin) {
        found->second.pin->advance(std::min(position, spec.choice.range.to));
    }
    return {};
}

ReplayStatus ReplayRegistry::status_of(const Entry& entry) const {
    ReplayStatus status{.record = entry.record, .problem = entry.record.problem};
    const ReplayChoice& choice = entry.record.spec.choice;
    if (entry.record.state == ReplayState::Finished) {
        status.part_done = 1;
    } else if (entry.run) {
        status.record.counts = entry.before;
        status.record.counts += entry.run->counts();
        status.part_done = entry.run->part_done();
        status.problem = entry.run->problem();
    } else if (entry.record.taken && choice.range.from <= choice.range.to) {
        const auto all = choice.range.to.next().position() - choice.range.from.position();
        const auto done = entry.record.taken->position() - choice.range.from.position();
        status.part_done = static_cast<double>(done) / static_cast<double>(all);
    }
    return status;
}

std::vector<ReplayStatus> ReplayRegistry::list() const {
    const base::MutexLock lock(mutex_);
    std::vector<ReplayStatus> all;
    for (const auto& [name, entry] : entries_) {
        all.push_back(status_of(entry));
    }
    return all;
}

Result<ReplayStatus> ReplayRegistry::find(const std::string& name) const {
    const base::MutexLock lock(mutex_);
    const auto found = entries_.find(name);
    if (found == entries_.end()) {
        return base::fail(Code::NotFound, fmt::format("there is no replay named \"{}\"", name));
    }
    return status_of(found->second);
}

}  // namespace millbeck::runtime
