#include "runtime/lambda/function_registry.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "base/log.hpp"
#include "base/mutex.hpp"
#include "runtime/lambda/document_store.hpp"
#include "runtime/lambda/function_resolve.hpp"

namespace millbeck::runtime::lambda {

namespace {

using base::Code;
using base::Instant;
using base::Result;
using base::Status;
using sinks::Outcome;
using Record = std::shared_ptr<const FunctionRecord>;
using Instance = std::shared_ptr<FunctionInstance>;

constexpr std::string_view kKind = "function";  // of documents
constexpr base::Milliseconds kFarewell{2'000};  // of processes whose function has changed

// Behind a name, as long as the function is there.
struct Entry {
    Record record;
    std::map<std::string, Instance> instances;  // by version, as far as they were called
    unsigned running = 0;                       // calls, over all versions
};

// A call that is admitted.
struct Admitted {
    std::string version;
    Instance instance;
};

class Registry;

// What triggers deliver to.
class FunctionSink final : public sinks::Sink {
  public:
    FunctionSink(Registry& registry, FunctionReference function)
        : registry_(registry), function_(std::move(function)) {}

    Outcome deliver(const sinks::Batch& batch, Instant deadline) override;
    [[nodiscard]] unsigned concurrency() const override;
    // The registry stops all functions.
    void stop(Instant /*deadline*/) override {}

  private:
    Registry& registry_;
    const FunctionReference function_;
};

class Registry final : public FunctionRegistry {
  public:
    explicit Registry(RegistryOptions options)
        : options_(std::move(options)),
          code_(options_.files, options_.random, options_.data / "functions", options_.zip) {}
    Registry(const Registry&) = delete;
    Registry& operator=(const Registry&) = delete;
    ~Registry() override { stop(options_.function.clock.instant()); }

    Status open(std::vector<Configured> configured) {
        for (Configured& each : configured) {
            MB_TRY_STATUS(open_configured(std::move(each)));
        }
        return open_stored();
    }

    [[nodiscard]] Record find(std::string_view name) const override {
        const base::MutexLock lock(mutex_);
        const auto found = entries_.find(name);
        return found == entries_.end() ? nullptr : found->second.record;
    }

    [[nodiscard]] std::vector<Record> all() const override {
        const base::MutexLock lock(mutex_);
        std::vector<Record> records;
        for (const auto& [name, entry] : entries_) {
            records.push_back(entry.record);
        }
        return records;
    }

    [[nodiscard]] bool exists(const FunctionReference& function) const override {
        const Record record = find(function.name);
        return record != nullptr && resolve(*record, function.qualifier, 0.0) != nullptr;
    }

    [[nodiscard]] std::shared_ptr<sinks::Sink> sink_for(FunctionReference function) override {
        return std::make_shared<FunctionSink>(*this, std::move(function));
    }

    FunctionCallResult call(const FunctionReference& function, sinks::InvokeRequest request,
                            Instant deadline) override;

    [[nodiscard]] unsigned concurrency(const FunctionReference& function) const {
        const base::MutexLock lock(mutex_);
        const auto found = entries_.find(function.name);
        if (found == entries_.end()) {
            return kAccountConcurrency;
        }
        return std::clamp(limit_of(found->second), 1U, kAccountConcurrency);
    }

    Result<FunctionPackage> install(const std::string& function, std::string_view zip) override {
        return code_.install(function, zip);
    }

    [[nodiscard]] base::Path code_folder(const std::string& function,
                                         const FunctionVersion& version) const override {
        return code_.path(function, version.code_folder);
    }

    Status put(FunctionRecord record) override;
    Status remove(const std::string& name) override;

    [[nodiscard]] unsigned reserved() const override {
        const base::MutexLock lock(mutex_);
        unsigned sum = 0;
        for (const auto& [name, entry] : entries_) {
            sum += entry.record->reserved.value_or(0);
        }
        return sum;
    }

    base::Milliseconds end_unused() override {
        const Instant last_used = options_.function.clock.instant() - options_.idle_timeout;
        for (const Instance& instance : instances()) {
            instance->end_unused(last_used);
        }
        constexpr base::Milliseconds kOftenest{1'000};
        constexpr base::Milliseconds kRarest{60'000};
        return std::clamp(options_.idle_timeout / 4, kOftenest, kRarest);
    }

    void stop(Instant deadline) override {
        {
            const base::MutexLock lock(mutex_);
            stopped_ = true;
        }
        for (const Instance& instance : instances()) {
            instance->stop(deadline);
        }
    }

  private:
    Status open_configured(Configured configured);
    Status open_stored();
    Status store(const FunctionRecord& record);
    [[nodiscard]] Instance make_instance(const FunctionRecord& record,
                                         const FunctionVersion& version) const;
    LambdaResult<Admitted> admit(const FunctionReference& function);
    void leave(const std::string& name);
    void retire(std::vector<Instance>& gone);
    void tidy(const std::string& name);

    [[nodiscard]] std::vector<Instance> instances() const {
        const base::MutexLock lock(mutex_);
        std::vector<Instance> all;
        for (const auto& [name, entry] : entries_) {
            for (const auto& [version, instance] : entry.instances) {
                all.push_back(instance);
            }
        }
        return all;
    }

    // Calls at once. A configured function's processes are counted by its handler.
    [[nodiscard]] unsigned limit_of(const Entry& entry) const MB_REQUIRES(mutex_) {
        const auto own = configured_limits_.find(entry.record->name);
        return entry.record->from_file && own != configured_limits_.end()
                   ? own->second
                   : entry.record->reserved.value_or(kAccountConcurrency);
    }

    const RegistryOptions options_;
    FunctionCode code_;                         // the lane's
    std::unique_ptr<DocumentStore> documents_;  // the lane's; made with the first function
    std::map<std::string, std::vector<std::weak_ptr<FunctionInstance>>> retired_;  // the lane's

    mutable base::Mutex mutex_;
    std::map<std::string, Entry, std::less<>> entries_ MB_GUARDED_BY(mutex_);
    std::map<std::string, unsigned> configured_limits_ MB_GUARDED_BY(mutex_);
    bool stopped_ MB_GUARDED_BY(mutex_) = false;
};

Status Registry::open_configured(Configured configured) {
    const std::string name = configured.handler.function;
    FunctionRecord record = record_of_configured(configured.handler);
    const unsigned limit = configured.handler.concurrency;
    configured.handler.debug = options_.function.debug == name;
    auto handler = sinks::open_handler(std::move(configured.handler), options_.function.clock,
                                       options_.function.metrics, options_.function.on_stderr,
                                       options_.function.pump);
    if (!handler) {
        return base::fail(Code::Invalid, fmt::format("{}: function \"{}\": {}", configured.place,
                                                     name, handler.error().message));
    }
    const base::MutexLock lock(mutex_);
    Entry& entry = entries_[name];
    entry.record = std::make_shared<const FunctionRecord>(std::move(record));
    entry.instances.emplace(
        kLatest, std::make_shared<FunctionInstance>(options_.function, std::move(*handler)));
    configured_limits_[name] = limit;
    return {};
}

// A function that the file has as well stays stored, and comes back when it leaves the file.
Status Registry::open_stored() {
    const base::Path file = options_.data / "functions.db";
    MB_TRY(const bool there, options_.files.exists(file));
    if (!there) {
        return {};
    }
    MB_TRY(documents_, DocumentStore::open(file));
    MB_TRY(const auto documents, documents_->all(kKind));
    std::map<std::string, std::set<std::string>> used;
    for (const Document& document : documents) {
        auto parsed = parse_function_document(document.json);
        if (!parsed) {
            return base::with_context(fmt::format("{}: {}", file.native(), document.name),
                                      std::move(parsed).error());
        }
        FunctionRecord record = std::move(*parsed);
        used[record.name] = code_folders(record);
        const base::MutexLock lock(mutex_);
        if (entries_.contains(record.name)) {
            base::log(base::LogLevel::Warn, "runtime",
                      "a function made by the API is hidden by one of the configuration file",
                      {{"function", record.name}});
            continue;
        }
        const std::string name = record.name;
        entries_[name].record = std::make_shared<const FunctionRecord>(std::move(record));
    }
    code_.sweep(used);
    return {};
}

Instance Registry::make_instance(const FunctionRecord& record,
                                 const FunctionVersion& version) const {
    const base::Path code = version.code_path.empty() ? code_.path(record.name, version.code_folder)
                                                      : base::Path(version.code_path);
    return std::make_shared<FunctionInstance>(
        options_.function, handler_options(record.name, version, code, options_.function));
}

LambdaResult<Admitted> Registry::admit(const FunctionReference& function) {
    // Between 0 and 1, for aliases that lead to two versions.
    constexpr double kRange = 1.0 / 18446744073709551616.0;
    const double draw = static_cast<double>(options_.random.next_u64()) * kRange;
    const base::MutexLock lock(mutex_);
    const auto found = entries_.find(function.name);
    const FunctionVersion* version = found == entries_.end()
                                         ? nullptr
                                         : resolve(*found->second.record, function.qualifier, draw);
    if (version == nullptr) {
        return tl::unexpected(function_not_found(options_.function.identity, function));
    }
    if (stopped_) {
        return refuse(kService, "Millbeck is stopping");
    }
    Entry& entry = found->second;
    if (!entry.record->from_file && entry.running >= limit_of(entry)) {
        return tl::unexpected(throttled(entry.record->reserved.has_value()));
    }
    Instance& instance = entry.instances[version->version];
    if (!instance) {
        instance = make_instance(*entry.record, *version);
    }
    ++entry.running;
    return Admitted{version->version, instance};
}

void Registry::leave(const std::string& name) {
    const base::MutexLock lock(mutex_);
    const auto found = entries_.find(name);
    if (found != entries_.end() && found->second.running > 0) {
        --found->second.running;
    }
}

FunctionCallResult Registry::call(const FunctionReference& function, sinks::InvokeRequest request,
                                  Instant deadline) {
    const std::string arn = function_arn(options_.function.identity, function);
    request.invoked_arn = arn;
    // A function may change between being looked up and being called; then it is looked up again.
    // An instance that takes no more calls is out of the list by then, so each look finds a newer
    // one, nothing, or a registry that stops.
    FunctionCallResult answer;
    bool has_changed = true;
    while (has_changed) {
        auto admitted = admit(function);
        if (!admitted) {
            answer.refusal = std::move(admitted).error();
            return answer;
        }
        answer.version = admitted->version;
        auto handler = admitted->instance->handler();
        if (handler) {
            answer.result = (*handler)->invoke(request, deadline);
        } else {
            answer.result.outcome = {.kind = Outcome::Kind::NotInvoked,
                                     .failed = {},
                                     .error = std::move(handler).error(),
                                     .reply = {}};
        }
        leave(function.name);
        const Outcome& outcome = answer.result.outcome;
        has_changed = outcome.kind == Outcome::Kind::NotInvoked &&
                      outcome.error.code == Code::Cancelled &&
                      options_.function.clock.instant() < deadline;
    }
    if (answer.result.outcome.kind == Outcome::Kind::NotInvoked) {
        answer.refusal = refusal_of(answer.result.outcome.error);
    }
    return answer;
}

Status Registry::store(const FunctionRecord& record) {
    if (!documents_) {
        MB_TRY(documents_, DocumentStore::open(options_.data / "functions.db"));
    }
    return documents_->put(kKind, {record.name, function_document(record)});
}

Status Registry::put(FunctionRecord record) {
    MB_TRY_STATUS(store(record));
    const std::string name = record.name;
    std::vector<Instance> gone;
    {
        const base::MutexLock lock(mutex_);
        Entry& entry = entries_[name];
        for (auto each = entry.instances.begin(); each != entry.instances.end();) {
            const FunctionVersion* before = entry.record->version(each->first);
            const FunctionVersion* now = record.version(each->first);
            const bool same = before != nullptr && now != nullptr && runs_alike(*before, *now);
            if (!same) {
                gone.push_back(std::move(each->second));
            }
            each = same ? std::next(each) : entry.instances.erase(each);
        }
        entry.record = std::make_shared<const FunctionRecord>(std::move(record));
    }
    for (const Instance& instance : gone) {
        retired_[name].push_back(instance);
    }
    retire(gone);
    tidy(name);
    return {};
}

Status Registry::remove(const std::string& name) {
    if (documents_) {
        MB_TRY([[maybe_unused]] const bool was_there, documents_->remove(kKind, name));
    }
    std::vector<Instance> gone;
    {
        const base::MutexLock lock(mutex_);
        const auto found = entries_.find(name);
        if (found != entries_.end()) {
            for (auto& [version, instance] : found->second.instances) {
                gone.push_back(std::move(instance));
            }
            entries_.erase(found);
        }
    }
    for (const Instance& instance : gone) {
        retired_[name].push_back(instance);
    }
    retire(gone);
    tidy(name);
    return {};
}

// Lets go of them: from here on only calls that run hold them.
void Registry::retire(std::vector<Instance>& gone) {
    for (const Instance& instance : gone) {
        instance->retire(options_.function.clock.instant() + kFarewell);
    }
    gone.clear();
}

// Calls that still run may read their code: then its folder waits for the next change, or start.
void Registry::tidy(const std::string& name) {
    auto& retired = retired_[name];
    retired.erase(std::remove_if(retired.begin(), retired.end(),
                                 [](const auto& each) { return each.expired(); }),
                  retired.end());
    if (!retired.empty()) {
        return;
    }
    retired_.erase(name);
    const Record record = find(name);
    code_.remove_others(name, record == nullptr ? std::set<std::string>{} : code_folders(*record));
}

Outcome FunctionSink::deliver(const sinks::Batch& batch, Instant deadline) {
    FunctionCallResult answer = registry_.call(function_, {.batch = &batch}, deadline);
    if (!answer.refusal) {
        return std::move(answer.result.outcome);
    }
    return {.kind = Outcome::Kind::NotInvoked,
            .failed = {},
            .error = {Code::Unavailable, std::move(answer.refusal->message)},
            .reply = {}};
}

unsigned FunctionSink::concurrency() const {
    return registry_.concurrency(function_);
}

}  // namespace

Result<std::unique_ptr<FunctionRegistry>> FunctionRegistry::open(
    RegistryOptions options, std::vector<Configured> configured) {
    auto registry = std::make_unique<Registry>(std::move(options));
    MB_TRY_STATUS(registry->open(std::move(configured)));
    return std::unique_ptr<FunctionRegistry>(std::move(registry));
}

}  // namespace millbeck::runtime::lambda
