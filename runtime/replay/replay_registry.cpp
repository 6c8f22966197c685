#include "runtime/replay/replay_registry.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/log.hpp"

namespace millbeck::runtime {

using base::Code;
using base::Result;
using base::Status;
using shardlog::SequenceNumber;

namespace {

std::string pin_owner(const std::string& name) {
    return fmt::format("replay {}", name);
}

}  // namespace

Result<std::unique_ptr<ReplayRegistry>> ReplayRegistry::open(ReplayContext context) {
    std::unique_ptr<ReplayRegistry> registry(new ReplayRegistry(std::move(context)));
    MB_TRY(registry->documents_, lambda::DocumentStore::open(registry->context_.file));
    MB_TRY_STATUS(registry->load());
    return registry;
}

ReplayRegistry::~ReplayRegistry() {
    stop(base::Milliseconds{0});
    std::unique_ptr<StrandPool> pool;
    {
        const base::MutexLock lock(mutex_);
        pool = std::move(pool_);
    }
    if (pool) {
        pool->join();  // its threads may be in calls of this
    }
    std::unique_ptr<Timekeeper> timekeeper;
    {
        const base::MutexLock lock(mutex_);
        timekeeper = std::move(timekeeper_);
    }
    if (timekeeper) {
        timekeeper->stop();
    }
}

// Counts are stored as they are then.
void ReplayRegistry::stop(base::Milliseconds deadline) {
    std::vector<std::string> running;
    StrandPool* pool = nullptr;
    {
        const base::MutexLock lock(mutex_);
        pool = pool_.get();
        for (const auto& [name, entry] : entries_) {
            if (entry.run) {
                running.push_back(name);
            }
        }
    }
    if (pool == nullptr) {
        return;
    }
    pool->stop(deadline);
    for (const std::string& name : running) {
        if (const Status stored = store(name); !stored) {
            base::log(base::LogLevel::Warn, "runtime", "the counts of a replay were not stored",
                      {{"replay", name}, {"error", stored.error().message}});
        }
    }
}

StrandPool& ReplayRegistry::pool() {
    const base::MutexLock lock(mutex_);
    if (!pool_) {
        timekeeper_ = std::make_unique<Timekeeper>();
        pool_ =
            std::make_unique<StrandPool>(*timekeeper_, std::max(1U, context_.delivery_threads / 2));
        pool_->start();
    }
    return *pool_;
}

Status ReplayRegistry::load() {
    MB_TRY(const auto documents, documents_->all(kReplayKind));
    const base::MutexLock lock(mutex_);
    for (const auto& document : documents) {
        MB_TRY(auto record, parse_document(document.name, document.json));
        Entry& entry = entries_[document.name];
        entry.before = record.counts;
        entry.differences_kept = record.counts.different;
        entry.record = std::move(record);
        const ReplaySpec& spec = entry.record.spec;
        if (has_ended(entry.record.state)) {
            continue;
        }
        MB_TRY(SequenceNumber from, replay_position(context_.run.checkpoints, spec));
        if (spec.target.kind == ReplayTarget::Kind::Reader) {
            from = entry.record.taken.value_or(spec.choice.range.from);
        }
        entry.pin = context_.run.log.pin(from, pin_owner(document.name), shardlog::PinFor::History);
    }
    return {};
}

void ReplayRegistry::start() {
    std::vector<std::string> names;
    {
        const base::MutexLock lock(mutex_);
        for (auto& [name, entry] : entries_) {
            const bool runs_here = entry.record.spec.target.kind != ReplayTarget::Kind::Reader;
            if (entry.record.state == ReplayState::Running && runs_here) {
                ++entry.record.resumed;
                names.push_back(name);
            }
        }
    }
    for (const std::string& name : names) {
        if (const Status begun = run(name); !begun) {
            base::log(base::LogLevel::Error, "runtime", "a replay cannot go on",
                      {{"replay", name}, {"error", begun.error().message}});
        }
    }
}

std::uint32_t ReplayRegistry::lanes() const {
    return std::clamp<std::uint32_t>(context_.delivery_threads / 2, 1, kReplayLanes);
}

std::string ReplayRegistry::free_name() const {
    const base::MutexLock lock(mutex_);
    std::size_t number = 1;
    while (entries_.contains(fmt::format("replay-{}", number))) {
        ++number;
    }
    return fmt::format("replay-{}", number);
}

Status ReplayRegistry::check_room(bool is_new) const {
    if (is_new && entries_.size() >= kReplaysMax) {
        return base::fail(Code::LimitExceeded,
                          fmt::format("{} replays are kept already; drop some with \"millbeck "
                                      "replays drop NAME\"",
                                      entries_.size()));
    }
    const std::size_t most = std::max<std::size_t>(1, context_.delivery_threads / 2 / lanes());
    const auto running = static_cast<std::size_t>(
        std::count_if(entries_.begin(), entries_.end(),
                      [](const auto& each) { return each.second.run != nullptr; }));
    if (running >= most) {
        return base::fail(Code::LimitExceeded,
                          fmt::format("{} replays run already, as many as half of the "
                                      "delivery_threads can; wait for one, or pause it",
                                      running));
    }
    return {};
}

Status ReplayRegistry::begin(ReplaySpec spec) {
    const std::string name = spec.name;
    const bool runs_here = spec.target.kind != ReplayTarget::Kind::Reader;
    {
        const base::MutexLock lock(mutex_);
        if (entries_.contains(name)) {
            return base::fail(Code::InUse,
                              fmt::format("there is a replay named \"{}\" already; drop it, or "
                                          "choose another name with --as",
                                          name));
        }
        MB_TRY_STATUS(check_room(true));
        MB_TRY_STATUS(check_target(spec));
        Entry& entry = entries_[name];
        entry.pin = context_.run.log.pin(spec.choice.range.from, pin_owner(name),
                                         shardlog::PinFor::History);
        entry.record.spec = std::move(spec);
        entry.record.started = context_.run.clock.wall();
    }
    Status begun = store(name);
    if (begun && runs_here) {
        begun = run(name);
    }
    if (!begun) {
        (void)documents_->remove(kReplayKind, name);
        if (const auto id = checkpoints_of_replay(context_.run.checkpoints, name)) {
            (void)context_.run.checkpoints.forget(*id);
        }
        const base::MutexLock lock(mutex_);
        entries_.erase(name);
    }
    return begun;
}

// Opens the target and starts the lanes. What goes wrong makes it Failed.
Status ReplayRegistry::run(const std::string& name) {
    ReplaySpec spec;
    {
        const base::MutexLock lock(mutex_);
        spec = entries_.at(name).record.spec;
    }
    auto opened = [&]() -> Result<std::shared_ptr<ReplayRun>> {
        MB_TRY(auto taker, open_taker(spec));
        return ReplayRun::open(context_.run, spec, std::move(taker),
                               {.on_progress = [this, name] { note_progress(name); },
                                .on_ended = [this, name] { settle(name); }});
    }();
    if (!opened) {
        (void)end(name, ReplayState::Failed, opened.error().message);
        return tl::unexpected<base::Error>(opened.error());
    }
    {
        const base::MutexLock lock(mutex_);
        Entry& entry = entries_.at(name);
        entry.run = *opened;
        entry.wish = ReplayState::Running;
        entry.record.state = ReplayState::Running;
        entry.record.problem.clear();
        entry.stored = context_.run.clock.instant();
        entry.is_starting = false;
    }
    (*opened)->begin(pool());
    return {};
}

}  // namespace millbeck::runtime
