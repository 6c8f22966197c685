// The part of a node that delivers: functions, triggers, sinks, replays, and where failures go.
#include <csignal>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <unistd.h>

#include "base/log.hpp"
#include "runtime/failure_destinations.hpp"
#include "runtime/replay/replay_functions.hpp"
#include "runtime/running_node.hpp"

namespace millbeck::runtime {

using base::Result;
using base::Status;

Status RunningNode::open_functions() {
    MB_TRY(pump_, sinks::OutputPump::create());
    pump_thread_ = std::jthread([this](std::stop_token stop) { pump_->run(std::move(stop)); });
    std::vector<lambda::FunctionRegistry::Configured> configured;
    for (const FunctionConfig& function : config_.functions) {
        configured.push_back({function.handler, function.place});
    }
    MB_TRY(functions_,
           lambda::FunctionRegistry::open({.data = config_.node.data,
                                           .function = {.clock = clock_,
                                                        .metrics = metrics_,
                                                        .identity = config_.node.identity,
                                                        .on_stderr = hooks_.on_stderr,
                                                        .pump = pump_.get(),
                                                        .debug = config_.node.debug},
                                           .files = *files_,
                                           .random = *random_,
                                           .idle_timeout = config_.node.function_idle_timeout},
                                          std::move(configured)));
    MB_TRY_STATUS(open_failures());
    return open_invokes();
}

// After the destinations: what was left of calls may be told to them at once.
Status RunningNode::open_invokes() {
    invokes_ = lambda::InvokeCalls::create(
        {.registry = *functions_,
         .clock = clock_,
         .files = *files_,
         .metrics = metrics_,
         .identity = config_.node.identity,
         .data = config_.node.data,
         .random = *random_,
         .hand_over = [this](const std::string& arn, const triggers::FinishedCall& call) {
             return destinations_->hand_over(arn, call);
         }});
    return invokes_->start();
}

DestinationContext RunningNode::destination_context() {
    return {.files = *files_,
            .random = *random_,
            .clock = clock_,
            .functions = *functions_,
            .identity = config_.node.identity,
            .call_later = [this](const lambda::FunctionReference& function, std::string payload) {
                return invokes_->call_later(function, std::move(payload));
            }};
}

Status RunningNode::open_failures() {
    failures_ = std::make_unique<FailureRoutes>(*dead_letters_);
    for (const TriggerConfig& trigger : config_.triggers) {
        auto opened = open_destination(destination_context(), trigger.spec.on_failure);
        if (!opened) {
            return base::with_context(trigger.place + ": on_failure", opened.error());
        }
        if (*opened) {
            failures_->set(trigger.spec.name, std::move(*opened));
        }
    }
    for (const SinkConfig& sink : config_.sinks) {
        auto opened = open_destination(destination_context(), sink.spec.on_failure);
        if (!opened) {
            return base::with_context(sink.place + ": on_failure", opened.error());
        }
        if (*opened) {
            failures_->set(sink.spec.name, std::move(*opened));
        }
    }
    MB_TRY(destinations_,
           DestinationTable::open(destination_context(), config_.destinations, *dead_letters_));
    return {};
}

// Nothing of it is cleaned up after a crash that was wished: that is its point.
void RunningNode::allow_inject() {
    injection_.emplace(*log_, clock_, metrics_, [] { ::kill(::getpid(), SIGKILL); });
    base::log(base::LogLevel::Warn, "inject",
              "faults may be injected: the server was started with --allow-inject");
}

Status RunningNode::open_triggers() {
    if (config_.node.allow_inject) {
        allow_inject();
    }
    triggers_ = TriggerManager::create(
        streams_log(), *checkpoints_, clock_, *random_, metrics_,
        {.threads_max = config_.node.delivery_threads,
         .unhealthy_after = config_.node.unhealthy_after,
         .identity = config_.node.identity,
         .retention = config_.node.log.retention,
         .parking = parking_.get(),
         .on_failure = failures_.get(),
         .images = [this](const shardlog::TableName& table) { return store_->image(table); },
         .on_delivery = hooks_.on_delivery,
         .faults = faults()});
    for (const TriggerConfig& trigger : config_.triggers) {
        const auto added =
            triggers_->add(trigger.spec, functions_->sink_for({trigger.spec.function, ""}));
        if (!added) {
            return base::with_context(trigger.place, added.error());
        }
    }
    MB_TRY_STATUS(open_mappings());
    MB_TRY(sinks_, SinkRegistry::open({.triggers = *triggers_,
                                       .checkpoints = *checkpoints_,
                                       .store = *store_,
                                       .log = *log_,
                                       .files = *files_,
                                       .clock = clock_,
                                       .random = *random_,
                                       .metrics = metrics_,
                                       .identity = config_.node.identity,
                                       .file = config_.node.data / "sinks.db"},
                                      config_.sinks));
    MB_TRY_STATUS(open_replays());
    triggers_->start();
    replays_->start();
    redriver_ = make_redriver(*dead_letters_, *triggers_, *store_, clock_, *functions_,
                              config_.node.identity);
    // Not before copies that go on have pinned what they need of the log.
    maintenance_.emplace(*log_, *store_, DiskWatch(*files_, config_.node.data, *log_, metrics_));
    return {};
}

// Those that were made over the API, beside the configuration's triggers.
Status RunningNode::open_mappings() {
    using lambda::FunctionReference;
    MB_TRY(documents_, lambda::DocumentStore::open(config_.node.data / "lambda.db"));
    auto mappings = lambda::MappingRegistry::open(
        {.documents = *documents_,
         .triggers = *triggers_,
         .checkpoints = *checkpoints_,
         .log = *log_,
         .failures = *failures_,
         .clock = clock_,
         .random = *random_,
         .identity = config_.node.identity,
         .function_exists = [this](const FunctionReference& to) { return functions_->exists(to); },
         .sink_for = [this](const FunctionReference& to) { return functions_->sink_for(to); },
         .destination_for = [this](const std::string& arn) { return destinations_->find(arn); }});
    if (!mappings) {
        return base::with_context(fmt::format("data folder {}", config_.node.data.native()),
                                  mappings.error());
    }
    mappings_ = std::move(*mappings);
    return {};
}

Status RunningNode::open_replays() {
    auto replays = ReplayRegistry::open(replays_into_functions({.log = *log_,
                                                                .checkpoints = *checkpoints_,
                                                                .dead_letters = *dead_letters_,
                                                                .clock = clock_,
                                                                .random = *random_,
                                                                .metrics = metrics_,
                                                                .identity = config_.node.identity},
                                                               *triggers_, *functions_, config_));
    if (!replays) {
        return base::with_context(fmt::format("data folder {}", config_.node.data.native()),
                                  replays.error());
    }
    replays_ = std::move(*replays);
    return {};
}

}  // namespace millbeck::runtime
