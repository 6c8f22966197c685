// Who gets the records of a replay, and how: what the request leaves open, the configuration says.
#include <utility>

#include <fmt/format.h>

#include "runtime/replay/replay_request.hpp"
#include "triggers/filter/filter_criteria.hpp"

namespace millbeck::runtime {

using base::Code;
using base::Result;
using base::Status;

namespace {

Result<ReplayTarget> resolve_target(const ReplayNames& names, const std::string& into) {
    using Kind = ReplayTarget::Kind;
    if (into == "stdout" || (into.starts_with("file:") && into.size() > 5)) {
        return ReplayTarget{Kind::Reader, into};
    }
    if (names.is_function(into)) {
        return ReplayTarget{Kind::Function, into};
    }
    if (names.is_sink(into)) {
        return ReplayTarget{Kind::Sink, into};
    }
    return base::fail(
        Code::NotFound,
        fmt::format("there is no function or sink named \"{}\"; besides them there are "
                    "stdout and file:PATH",
                    into));
}

std::vector<std::string> patterns_of(const triggers::TriggerSpec& trigger) {
    std::vector<std::string> patterns;
    if (trigger.filter) {
        for (const auto& pattern : trigger.filter->patterns()) {
            patterns.push_back(pattern.text());
        }
    }
    return patterns;
}

// What the target's configuration says of deliveries to it, where the request does not.
void deliver_as(const triggers::TriggerSpec& trigger, ReplaySpec& spec) {
    spec.batch_size = trigger.batch_size;
    spec.reports_items = trigger.report_batch_item_failures;
    spec.bisects = trigger.bisect_batch_on_function_error;
}

void resolve_sink(const triggers::TriggerSpec& sink, ReplaySpec& spec) {
    deliver_as(sink, spec);
    spec.retries = sink.maximum_retry_attempts;
    if (spec.filters.empty()) {
        spec.filters = patterns_of(sink);
    }
}

// Both functions get what the trigger's gets now.
Status resolve_compared(const ReplayNames& names, const std::string& compare, ReplaySpec& spec) {
    if (spec.target.kind != ReplayTarget::Kind::Function) {
        return base::fail(
            Code::Invalid,
            fmt::format("replies of functions are compared; \"{}\" is none", spec.target.name));
    }
    for (const TriggerStatus& status : names.triggers.brief_status()) {
        const triggers::TriggerSpec& trigger = status.spec;
        const bool is_it = trigger.name == compare || trigger.id.value() == compare;
        if (!is_it || trigger.table.value() != spec.table || trigger.function.empty()) {
            continue;
        }
        deliver_as(trigger, spec);
        spec.compared = {.trigger = compare,
                         .function = trigger.function,
                         .reports_items = std::exchange(spec.reports_items, false)};
        spec.bisects = false;
        if (spec.filters.empty()) {
            spec.filters = patterns_of(trigger);
        }
        return {};
    }
    return base::fail(
        Code::NotFound,
        fmt::format("there is no trigger \"{}\" that calls a function with changes of "
                    "\"{}\"",
                    compare, spec.table));
}

}  // namespace

Result<ReplaySpec> resolve_replay(const ReplayPlaces& places, const ReplayNames& names,
                                  const ReplayRequest& request) {
    MB_TRY(auto choice, resolve_choice(places, request));
    MB_TRY(auto target, resolve_target(names, request.into));
    ReplaySpec spec;
    spec.name = request.name;
    spec.table = request.table;
    spec.choice = std::move(choice);
    for (const std::string& word : request.key) {
        spec.key += (spec.key.empty() ? "" : " ") + word;
    }
    spec.filters = request.filters;
    spec.rate = request.rate;
    spec.retries = 3;
    spec.target = std::move(target);
    for (const TriggerStatus& status : names.triggers.brief_status()) {
        const triggers::TriggerSpec& trigger = status.spec;
        if (spec.target.kind == ReplayTarget::Kind::Function &&
            trigger.function == spec.target.name && trigger.table.value() == request.table) {
            deliver_as(trigger, spec);
        }
        if (spec.target.kind == ReplayTarget::Kind::Sink && trigger.name == spec.target.name) {
            resolve_sink(trigger, spec);
        }
        if (!request.name.empty() && trigger.name == request.name) {
            return base::fail(Code::InUse,
                              fmt::format("\"{}\" is the name of a trigger or sink; choose another "
                                          "one",
                                          request.name));
        }
    }
    if (!request.compare.empty()) {
        MB_TRY_STATUS(resolve_compared(names, request.compare, spec));
    }
    if (request.batch_size > 0) {
        spec.batch_size = request.batch_size;
    }
    if (request.retries) {
        spec.retries = request.retries;
    }
    return spec;
}

}  // namespace millbeck::runtime
