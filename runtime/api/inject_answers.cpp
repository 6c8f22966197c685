#include "runtime/api/inject_answers.hpp"

#include <optional>
#include <utility>

#include <fmt/format.h>

#include "runtime/api/inject_body.hpp"
#include "runtime/api/inject_json.hpp"
#include "runtime/api/inject_streams.hpp"
#include "runtime/config/nearest.hpp"
#include "runtime/inject/injection.hpp"
#include "sinks/sink.hpp"

namespace millbeck::runtime {

using base::Code;
using base::Result;
using base::Status;

namespace {

std::optional<FaultKind> kind_of(std::string_view what) {
    for (const FaultKind kind : {FaultKind::DuplicateBatch, FaultKind::Delay,
                                 FaultKind::FailHandler, FaultKind::CrashAfterReply}) {
        if (what == to_string(kind)) {
            return kind;
        }
    }
    return std::nullopt;
}

Result<InjectBody> parse_fault(FaultKind kind, std::string_view text) {
    switch (kind) {
        case FaultKind::DuplicateBatch:
            return InjectBody::parse(text, {"trigger", "times"});
        case FaultKind::Delay:
            return InjectBody::parse(text, {"trigger", "by", "times", "for"});
        case FaultKind::FailHandler:
            return InjectBody::parse(text, {"trigger", "times", "error", "partial"});
        case FaultKind::CrashAfterReply:
            return InjectBody::parse(text, {"trigger"});
    }
    return base::fail(Code::Internal, "a fault without a kind");
}

Result<Fault> read_fault(FaultKind kind, std::string_view text) {
    MB_TRY(const InjectBody body, parse_fault(kind, text));
    Fault fault;
    fault.kind = kind;
    MB_TRY(fault.trigger, body.needed_text("trigger"));
    MB_TRY(fault.times, body.count("times"));
    MB_TRY(fault.lasts, body.duration("for"));
    if (!fault.times && !fault.lasts) {
        fault.times = 1;
    }
    MB_TRY(const auto by, body.duration("by"));
    if (kind == FaultKind::Delay && !by) {
        return base::fail(Code::Invalid,
                          "\"by\" is missing: how long a delivery waits, like 500ms");
    }
    fault.by = by.value_or(base::Milliseconds{0});
    MB_TRY(const auto error, body.text("error"));
    fault.error = error.value_or("");
    MB_TRY(fault.partial, body.count("partial"));
    return fault;
}

// What the trigger would never meet, or could not understand, is refused.
Status check_target(const Fault& fault, const ApiContext& context) {
    const auto delivery = context.triggers.delivery_of(fault.trigger);
    if (!delivery) {
        std::vector<std::string> names;
        for (const TriggerStatus& each : context.triggers.brief_status()) {
            names.push_back(each.spec.name);
        }
        return base::fail(Code::NotFound,
                          fmt::format("there is no trigger or sink named \"{}\"{}", fault.trigger,
                                      did_you_mean(fault.trigger, names)));
    }
    const triggers::TriggerSpec& spec = delivery->spec;
    if (fault.kind == FaultKind::DuplicateBatch && delivery->sink->position_keeper() != nullptr) {
        return base::fail(Code::Invalid,
                          fmt::format("sink \"{}\" stores its position with its data, so no batch "
                                      "comes to it twice",
                                      spec.name));
    }
    const bool reports =
        spec.report_batch_item_failures && spec.tumbling_window == base::Milliseconds{0};
    if (fault.partial && !reports) {
        return base::fail(Code::Invalid,
                          fmt::format("\"partial\" is for triggers with report_batch_item_failures "
                                      "and without a tumbling_window; \"{}\" is none",
                                      spec.name));
    }
    return {};
}

Result<std::string> arm(FaultKind kind, std::string_view text, const ApiContext& context) {
    MB_TRY(Fault fault, read_fault(kind, text));
    MB_TRY_STATUS(check_target(fault, context));
    MB_TRY_STATUS(context.injection->plan.arm(std::move(fault)));
    return inject_json(context);
}

Result<std::string> clear(std::string_view text, const ApiContext& context) {
    MB_TRY(const InjectBody body, InjectBody::parse(text, {"trigger"}));
    MB_TRY(const auto trigger, body.text("trigger"));
    context.injection->plan.clear(trigger.value_or(""));
    return inject_json(context);
}

}  // namespace

bool is_inject_route(std::string_view route) {
    return route == "GET inject" || route.starts_with("POST inject/");
}

std::vector<std::string> injected_into(const ApiContext& context, std::string_view trigger) {
    std::vector<std::string> names;
    if (context.injection != nullptr) {
        for (const FaultKind kind : context.injection->plan.armed_for(trigger)) {
            names.emplace_back(to_string(kind));
        }
    }
    return names;
}

Result<std::string> answer_inject(const std::string& route, std::string_view body,
                                  const ApiContext& context) {
    if (route == "GET inject") {
        return inject_json(context);
    }
    if (context.injection == nullptr) {
        return base::fail(Code::Unsupported, std::string(kInjectIsOff));
    }
    const std::string_view what = std::string_view(route).substr(route.find('/') + 1);
    if (what == "split-shard" || what == "roll-shard") {
        return inject_into_shards(what, body, context);
    }
    if (what == "expire-iterators") {
        return expire_iterators(body, context);
    }
    if (what == "trim") {
        return trim_stream(body, context);
    }
    if (what == "clear") {
        return clear(body, context);
    }
    if (const auto kind = kind_of(what)) {
        return arm(*kind, body, context);
    }
    return base::fail(Code::NotFound, fmt::format("there is no {}", route));
}

}  // namespace millbeck::runtime
