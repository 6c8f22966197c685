#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "runtime/replay/replay_registry.hpp"

namespace millbeck::runtime {

using base::Code;
using base::Result;
using base::Status;
using shardlog::SequenceNumber;

namespace {

tl::unexpected<base::Error> no_such_replay(const std::string& name) {
    return base::fail(Code::NotFound, fmt::format("there is no replay named \"{}\"", name));
}

}  // namespace

Status ReplayRegistry::pause(const std::string& name) {
    std::shared_ptr<ReplayRun> run;
    {
        const base::MutexLock lock(mutex_);
        const auto found = entries_.find(name);
        if (found == entries_.end()) {
            return no_such_replay(name);
        }
        if (!found->second.run) {
            return base::fail(Code::Invalid,
                              fmt::format("the replay \"{}\" does not run: it is {}", name,
                                          to_string(found->second.record.state)));
        }
        found->second.wish = ReplayState::Paused;
        run = found->second.run;
    }
    run->retire();
    return {};
}

Status ReplayRegistry::resume(const std::string& name) {
    {
        const base::MutexLock lock(mutex_);
        const auto found = entries_.find(name);
        if (found == entries_.end()) {
            return no_such_replay(name);
        }
        Entry& entry = found->second;
        if (entry.run && entry.wish == ReplayState::Running) {
            return {};
        }
        if (entry.run || entry.is_starting) {
            return base::fail(Code::InUse, fmt::format("the replay \"{}\" is coming to rest; try "
                                                       "again",
                                                       name));
        }
        if (has_ended(entry.record.state) ||
            entry.record.spec.target.kind == ReplayTarget::Kind::Reader) {
            return base::fail(Code::Invalid,
                              has_ended(entry.record.state)
                                  ? fmt::format("the replay \"{}\" has ended: it is {}", name,
                                                to_string(entry.record.state))
                                  : fmt::format("the replay \"{}\" goes on when its command is "
                                                "given again with --as {}",
                                                name, name));
        }
        MB_TRY_STATUS(check_room(false));
        MB_TRY_STATUS(check_target(entry.record.spec));
        entry.is_starting = true;
        ++entry.record.resumed;
    }
    MB_TRY_STATUS(run(name));
    return store(name);
}

Status ReplayRegistry::cancel(const std::string& name) {
    std::shared_ptr<ReplayRun> run;
    {
        const base::MutexLock lock(mutex_);
        const auto found = entries_.find(name);
        if (found == entries_.end()) {
            return no_such_replay(name);
        }
        if (has_ended(found->second.record.state)) {
            return {};
        }
        found->second.wish = ReplayState::Cancelled;
        run = found->second.run;
    }
    if (run) {
        run->retire();
        return {};
    }
    return end(name, ReplayState::Cancelled, "");
}

Status ReplayRegistry::drop(const std::string& name) {
    {
        const base::MutexLock lock(mutex_);
        const auto found = entries_.find(name);
        if (found == entries_.end()) {
            return no_such_replay(name);
        }
        if (!has_ended(found->second.record.state)) {
            return base::fail(Code::InUse,
                              fmt::format("the replay \"{}\" is {}; cancel it first", name,
                                          to_string(found->second.record.state)));
        }
    }
    MB_TRY_STATUS(forget_differences(name));
    const base::MutexLock order(storing_);
    MB_TRY([[maybe_unused]] const bool removed, documents_->remove(kReplayKind, name));
    const base::MutexLock lock(mutex_);
    entries_.erase(name);
    return {};
}

Status ReplayRegistry::note_taken(const std::string& name, SequenceNumber taken,
                                  std::uint64_t records) {
    bool is_done = false;
    {
        const base::MutexLock lock(mutex_);
        const auto found = entries_.find(name);
        if (found == entries_.end()) {
            return no_such_replay(name);
        }
        Entry& entry = found->second;
        const ReplaySpec& spec = entry.record.spec;
        if (spec.target.kind != ReplayTarget::Kind::Reader ||
            entry.record.state != ReplayState::Running) {
            return base::fail(Code::Invalid, fmt::format("the replay \"{}\" is not read: it is {}",
                                                         name, to_string(entry.record.state)));
        }
        if (taken > entry.record.taken.value_or(spec.choice.range.from)) {
            entry.record.counts.records += records;
            entry.record.taken = taken;
            entry.pin->advance(std::min(taken, spec.choice.range.to));
        }
        is_done = taken > spec.choice.range.to;
    }
    return is_done ? end(name, ReplayState::Finished, "") : store(name);
}

}  // namespace millbeck::runtime
