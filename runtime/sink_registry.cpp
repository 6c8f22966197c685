#include "runtime/sink_registry.hpp"

#include <condition_variable>
#include <future>
#include <mutex>
#include <stop_token>
#include <utility>

#include <fmt/format.h>

#include "base/thread_name.hpp"

namespace millbeck::runtime {

using base::Code;
using base::Result;
using base::Status;

namespace {

// For what is in flight when a comparison asks for quiet.
constexpr base::Milliseconds kQuietDeadline{60'000};
constexpr base::Milliseconds kTendEvery{1'000};
constexpr base::Milliseconds kTendDeadline{10'000};
// What the documents of paused sinks are called in their store.
constexpr std::string_view kPaused = "paused";

}  // namespace

Result<std::unique_ptr<SinkRegistry>> SinkRegistry::open(const SinkRegistryContext& context,
                                                         const std::vector<SinkConfig>& sinks) {
    std::unique_ptr<SinkRegistry> registry(new SinkRegistry(context));
    if (!sinks.empty()) {
        MB_TRY(registry->documents_, lambda::DocumentStore::open(context.file));
    }
    for (const SinkConfig& sink : sinks) {
        if (const Status added = registry->add(sink); !added) {
            return base::with_context(fmt::format("{}: sink \"{}\"", sink.place, sink.spec.name),
                                      added.error());
        }
    }
    if (!sinks.empty()) {
        registry->tending_ = std::jthread(
            [self = registry.get()](const std::stop_token& stop) { self->tend(stop); });
    }
    return registry;
}

// What is due without a batch, of every sink.
void SinkRegistry::tend(const std::stop_token& stop) {
    base::name_this_thread("tend sinks");
    std::mutex unshared;
    std::condition_variable_any never;
    std::unique_lock lock(unshared);
    while (!never.wait_for(lock, stop, kTendEvery, [&stop] { return stop.stop_requested(); })) {
        std::map<std::string, Entry> sinks;
        {
            const base::MutexLock reading(mutex_);
            sinks = sinks_;
        }
        for (const auto& [name, entry] : sinks) {
            entry.sink->tend(context_.clock.instant() + kTendDeadline);
        }
    }
}

SinkRegistry::~SinkRegistry() {
    stop(context_.clock.instant());
}

Status SinkRegistry::add(const SinkConfig& config) {
    MB_TRY(auto opened, config.open(config.mapping, {.name = config.spec.name,
                                                     .table = config.spec.table.value(),
                                                     .clock = context_.clock,
                                                     .random = context_.random,
                                                     .metrics = context_.metrics,
                                                     .files = context_.files}));
    std::shared_ptr<sinks::Sink> sink = std::move(opened);
    MB_TRY(const auto pause, documents_->find(kPaused, config.spec.name));
    triggers::TriggerSpec spec = config.spec;
    spec.enabled = spec.enabled && !pause;
    MB_TRY_STATUS(context_.triggers.add(spec, sink));
    const base::MutexLock lock(mutex_);
    sinks_[config.spec.name] = {config.spec, std::move(sink), pause.has_value()};
    return {};
}

Result<SinkRegistry::Entry> SinkRegistry::find(const std::string& name) const {
    const base::MutexLock lock(mutex_);
    const auto found = sinks_.find(name);
    if (found == sinks_.end()) {
        return base::fail(Code::NotFound, fmt::format("there is no sink named \"{}\"", name));
    }
    return found->second;
}

Status SinkRegistry::set_enabled(const std::string& name, bool enabled,
                                 std::function<void()> done) {
    MB_TRY(Entry entry, find(name));
    entry.spec.enabled = enabled && entry.spec.enabled;
    return context_.triggers.update(entry.spec, entry.sink, std::move(done));
}

Status SinkRegistry::pause(const std::string& name, std::function<void()> done) {
    MB_TRY_STATUS(find(name));
    MB_TRY_STATUS(documents_->put(kPaused, {.name = name, .json = "{}"}));
    MB_TRY_STATUS(set_enabled(name, false, std::move(done)));
    const base::MutexLock lock(mutex_);
    sinks_[name].paused = true;
    return {};
}

Status SinkRegistry::resume(const std::string& name, std::function<void()> done) {
    MB_TRY_STATUS(find(name));
    MB_TRY([[maybe_unused]] const bool removed, documents_->remove(kPaused, name));
    MB_TRY_STATUS(set_enabled(name, true, std::move(done)));
    const base::MutexLock lock(mutex_);
    sinks_[name].paused = false;
    return {};
}

bool SinkRegistry::is_paused(const std::string& name) const {
    const base::MutexLock lock(mutex_);
    const auto found = sinks_.find(name);
    return found != sinks_.end() && found->second.paused;
}

Status SinkRegistry::begin_anew(const std::string& name) {
    MB_TRY_STATUS(find(name));
    return context_.triggers.begin_copy(name);
}

Status SinkRegistry::verify(const std::string& name, Repair repair,
                            std::function<void(Result<Comparison>)> done) {
    MB_TRY(Entry entry, find(name));
    if (entry.sink->copy_reader() == nullptr) {
        return base::fail(Code::Unsupported,
                          fmt::format("what {} holds cannot be read back, so it cannot be compared",
                                      entry.spec.sink));
    }
    const base::MutexLock lock(mutex_);
    if (comparing_) {
        return base::fail(Code::InUse, "a comparison runs already; try again when it has ended");
    }
    comparing_ = true;
    comparison_ = std::jthread([this, entry = std::move(entry), repair, done = std::move(done)] {
        base::name_this_thread("verify");
        auto compared = compare(entry, repair);
        {
            const base::MutexLock ending(mutex_);
            comparing_ = false;
        }
        done(std::move(compared));
    });
    return {};
}

// Nothing is delivered between the two updates.
Result<Comparison> SinkRegistry::compare(const Entry& entry, Repair repair) {
    const auto wait_for = [this, &entry](bool enabled) -> Status {
        auto reached = std::make_shared<std::promise<void>>();
        auto future = reached->get_future();
        MB_TRY_STATUS(set_enabled(entry.spec.name, enabled && !entry.paused,
                                  [reached] { reached->set_value(); }));
        return future.wait_for(kQuietDeadline) == std::future_status::ready
                   ? Status{}
                   : base::fail(Code::DeadlineExceeded, "the sink does not come to rest");
    };
    MB_TRY_STATUS(wait_for(false));
    auto compared = [&]() -> Result<Comparison> {
        for (const TriggerStatus& status : context_.triggers.brief_status()) {
            if (status.spec.name != entry.spec.name) {
                continue;
            }
            MB_TRY(const auto generation, context_.checkpoints.generation(status.spec.id));
            MB_TRY(auto checkpoints, context_.checkpoints.load(status.spec.id));
            MB_TRY(const auto parts, shardlog::parse_stream_arn(status.stream_arn));
            const auto stream = context_.log.find_stream(parts.table, parts.label);
            MB_TRY(const auto image, context_.store.image(status.spec.table));
            if (!generation || !stream) {
                break;
            }
            return compare_copy({.log = context_.log,
                                 .clock = context_.clock,
                                 .identity = context_.identity,
                                 .spec = status.spec,
                                 .stream = *stream,
                                 .generation = *generation,
                                 .checkpoints = std::move(checkpoints),
                                 .image = *image,
                                 .sink = *entry.sink},
                                repair);
        }
        return base::fail(Code::Unavailable, "the copy has not begun yet; try again");
    }();
    MB_TRY_STATUS(wait_for(true));
    return compared;
}

void SinkRegistry::stop(base::Instant deadline) {
    std::map<std::string, Entry> sinks;
    std::jthread comparison;
    {
        const base::MutexLock lock(mutex_);
        sinks = sinks_;
        comparison = std::move(comparison_);
    }
    tending_ = {};
    for (const auto& [name, entry] : sinks) {
        entry.sink->stop(deadline);
    }
}

}  // namespace millbeck::runtime
