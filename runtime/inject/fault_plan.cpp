#include "runtime/inject/fault_plan.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "base/log.hpp"
#include "triggers/item_failures.hpp"

namespace millbeck::runtime {

using base::Code;
using base::Status;
using sinks::Outcome;

namespace {

Status out_of_range(std::string_view what, std::uint64_t value, std::uint64_t most) {
    return base::fail(Code::Invalid,
                      fmt::format("{} {} is out of range; allowed is 1 to {}", what, value, most));
}

Status check_duration(std::string_view what, base::Milliseconds value, base::Milliseconds most) {
    if (value >= base::Milliseconds{1} && value <= most) {
        return {};
    }
    return base::fail(Code::Invalid, fmt::format("{} of {} ms is out of range; allowed is 1 ms to "
                                                 "{} minutes",
                                                 what, value.count(), most.count() / 60'000));
}

Status check_fault(const Fault& fault) {
    if (fault.times.has_value() == fault.lasts.has_value()) {
        return base::fail(Code::Invalid, "say how often or for how long, not both");
    }
    if (fault.times && (*fault.times < 1 || *fault.times > kFaultTimesMax)) {
        return out_of_range("times", *fault.times, kFaultTimesMax);
    }
    if (fault.lasts) {
        MB_TRY_STATUS(check_duration("a time", *fault.lasts, kFaultLastsMax));
    }
    if (fault.kind == FaultKind::Delay) {
        MB_TRY_STATUS(check_duration("a delay", fault.by, kFaultDelayMax));
    }
    if (fault.partial && (*fault.partial < 1 || *fault.partial > kFaultPartialMax)) {
        return out_of_range("partial", *fault.partial, kFaultPartialMax);
    }
    if (fault.partial && !fault.error.empty()) {
        return base::fail(Code::Invalid, "a partial failure carries no error text");
    }
    if (fault.error.size() > kFaultErrorBytesMax) {
        return base::fail(Code::Invalid,
                          fmt::format("an error has at most {} bytes of UTF-8, not {}",
                                      kFaultErrorBytesMax, fault.error.size()));
    }
    return {};
}

bool has_place(const ArmedFault& armed, FaultKind kind, std::string_view trigger) {
    return armed.fault.kind == kind && armed.fault.trigger == trigger;
}

bool is_taken(const Outcome& outcome) {
    return outcome.kind == Outcome::Kind::Delivered || outcome.kind == Outcome::Kind::PartlyFailed;
}

std::string text_of(const Fault& fault) {
    return "injected: " + (fault.error.empty() ? "the call failed" : fault.error);
}

Outcome failure(const Fault& fault) {
    Outcome outcome;
    outcome.kind = Outcome::Kind::Failed;
    outcome.error = {Code::Internal, text_of(fault)};
    return outcome;
}

// The target gets the first records only, so that none counts as delivered that it never saw; then
// the reply says of the others what a function says that could not take them. What goes wrong with
// the first ones is told as it is.
Outcome fail_rest(const Fault& fault, const sinks::Batch& batch, const FaultPlan::Call& call) {
    const auto taken = static_cast<std::ptrdiff_t>(fault.partial.value_or(0));
    sinks::Batch front = batch;
    front.messages.erase(front.messages.begin() + taken, front.messages.end());
    front.payload_bytes = 0;
    for (const sinks::Message& message : front.messages) {
        front.payload_bytes += message.record.size();
    }
    Outcome outcome = call(front);
    if (triggers::read_item_failures(outcome).kind != Outcome::Kind::Delivered) {
        return outcome;
    }
    std::string failures;
    for (auto each = batch.messages.begin() + taken; each != batch.messages.end(); ++each) {
        failures +=
            fmt::format(R"({}{{"itemIdentifier":"{}"}})", failures.empty() ? "" : ",", each->id);
    }
    outcome.reply = fmt::format(R"({{"batchItemFailures":[{}]}})", failures);
    return outcome;
}

}  // namespace

std::string_view to_string(FaultKind kind) {
    switch (kind) {
        case FaultKind::DuplicateBatch:
            return "duplicate-batch";
        case FaultKind::Delay:
            return "delay";
        case FaultKind::FailHandler:
            return "fail-handler";
        case FaultKind::CrashAfterReply:
            return "crash-after-reply";
    }
    return "";
}

FaultPlan::FaultPlan(const base::Clock& clock, base::Metrics& metrics, std::function<void()> crash)
    : clock_(clock), metrics_(metrics), crash_(std::move(crash)) {}

Status FaultPlan::arm(Fault fault) {
    MB_TRY_STATUS(check_fault(fault));
    ArmedFault armed{.fault = std::move(fault), .armed_at = clock_.wall()};
    if (armed.fault.lasts) {
        armed.until = clock_.instant() + *armed.fault.lasts;
    }
    const base::MutexLock lock(mutex_);
    std::erase_if(faults_, [&](const ArmedFault& each) {
        return has_place(each, armed.fault.kind, armed.fault.trigger);
    });
    if (faults_.size() == kFaultsMax) {
        std::erase_if(faults_, [this](const ArmedFault& each) { return is_over(each); });
    }
    if (faults_.size() == kFaultsMax) {
        return base::fail(Code::LimitExceeded,
                          fmt::format("{} faults are armed; clear some first", kFaultsMax));
    }
    faults_.push_back(std::move(armed));
    std::ranges::sort(faults_, [](const ArmedFault& a, const ArmedFault& b) {
        return std::tie(a.fault.trigger, a.fault.kind) < std::tie(b.fault.trigger, b.fault.kind);
    });
    return {};
}

std::size_t FaultPlan::clear(std::string_view trigger) {
    const base::MutexLock lock(mutex_);
    std::size_t cleared = 0;
    std::erase_if(faults_, [&](const ArmedFault& each) {
        const bool goes = trigger.empty() || each.fault.trigger == trigger;
        cleared += goes && !is_over(each) ? 1U : 0U;
        return goes;
    });
    return cleared;
}

std::vector<ArmedFault> FaultPlan::all() const {
    const base::MutexLock lock(mutex_);
    std::vector<ArmedFault> all = faults_;
    for (ArmedFault& each : all) {
        each.is_over = is_over(each);
    }
    return all;
}

std::size_t FaultPlan::armed() const {
    const auto faults = all();
    return static_cast<std::size_t>(
        std::ranges::count_if(faults, [](const ArmedFault& each) { return !each.is_over; }));
}

std::vector<FaultKind> FaultPlan::armed_for(std::string_view trigger) const {
    std::vector<FaultKind> kinds;
    for (const ArmedFault& each : all()) {
        if (each.fault.trigger == trigger && !each.is_over) {
            kinds.push_back(each.fault.kind);
        }
    }
    return kinds;
}

bool FaultPlan::is_over(const ArmedFault& armed) const {
    return armed.until ? clock_.instant() >= *armed.until : armed.used >= *armed.fault.times;
}

std::optional<Fault> FaultPlan::use(FaultKind kind, const std::string& trigger,
                                    const std::function<bool(const Fault&)>& fits) {
    std::optional<Fault> used;
    {
        const base::MutexLock lock(mutex_);
        for (ArmedFault& each : faults_) {
            if (has_place(each, kind, trigger) && !is_over(each) && (!fits || fits(each.fault))) {
                ++each.used;
                used = each.fault;
            }
        }
    }
    if (used) {
        note(to_string(kind), trigger);
    }
    return used;
}

void FaultPlan::note(std::string_view what, std::string_view target) {
    metrics_
        .counter("millbeck_inject_uses_total", "Faults that were injected on somebody's wish.",
                 {{"fault", std::string(what)}, {"target", std::string(target)}})
        .add();
    base::log(base::LogLevel::Warn, "inject", "a fault is injected",
              {{"fault", what}, {"target", target}});
}

std::optional<base::Instant> FaultPlan::begins_at(const std::string& trigger) {
    const auto fault = use(FaultKind::Delay, trigger);
    return fault ? std::optional(clock_.instant() + fault->by) : std::nullopt;
}

Outcome FaultPlan::deliver(const std::string& trigger, const sinks::Batch& batch,
                           const Call& call) {
    // A batch of which all records would succeed is none that can fail in part.
    const auto fits = [&](const Fault& fault) {
        return !fault.partial || *fault.partial < batch.messages.size();
    };
    if (const auto fault = use(FaultKind::FailHandler, trigger, fits)) {
        return fault->partial ? fail_rest(*fault, batch, call) : failure(*fault);
    }
    Outcome outcome = call(batch);
    if (!is_taken(outcome)) {
        return outcome;
    }
    if (use(FaultKind::CrashAfterReply, trigger)) {
        crash_();
    }
    return use(FaultKind::DuplicateBatch, trigger) ? call(batch) : outcome;
}

}  // namespace millbeck::runtime
