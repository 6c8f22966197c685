#include "runtime/replay/replay_functions.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "runtime/lambda/function_reference.hpp"

namespace millbeck::runtime {

using base::Code;
using base::Result;

namespace {

std::vector<SinkConfig>::const_iterator find_sink(const Config& config, const std::string& name) {
    return std::find_if(config.sinks.begin(), config.sinks.end(),
                        [&](const SinkConfig& sink) { return sink.spec.name == name; });
}

// As the configuration has it, not as it is now: one that is paused goes on some time.
Result<std::shared_ptr<sinks::Sink>> open_sink(const Config& config, const TriggerManager& triggers,
                                               const std::string& name) {
    const auto sink = find_sink(config, name);
    auto delivery = triggers.delivery_of(name);
    if (sink == config.sinks.end() || !delivery) {
        return base::fail(Code::NotFound, fmt::format("there is no sink \"{}\" any more", name));
    }
    if (sink->spec.enabled) {
        return base::fail(Code::InUse,
                          fmt::format("sink \"{}\" follows its table, and older changes would set "
                                      "it back; give it \"enabled: false\", or make another sink "
                                      "that has it",
                                      name));
    }
    return std::move(delivery->sink);
}

}  // namespace

ReplayContext replays_into_functions(const ReplayRunContext& run, const TriggerManager& triggers,
                                     lambda::FunctionRegistry& functions, const Config& config) {
    const auto find = [&functions, &config](const std::string& name) {
        auto function = lambda::parse_function_reference(name, config.node.identity);
        return function && functions.exists(*function)
                   ? std::optional<lambda::FunctionReference>(*function)
                   : std::nullopt;
    };
    ReplayRunContext beside = run;
    beside.live = [&triggers] { return triggers.progress(); };
    return {.run = std::move(beside),
            .triggers = triggers,
            .file = config.node.data / "replays.db",
            .delivery_threads = config.node.delivery_threads,
            .open_target = [&functions, &triggers, &config, find](
                               const ReplayTarget& target) -> Result<std::shared_ptr<sinks::Sink>> {
                if (target.kind == ReplayTarget::Kind::Sink) {
                    return open_sink(config, triggers, target.name);
                }
                const auto function = find(target.name);
                if (!function) {
                    return base::fail(Code::NotFound,
                                      fmt::format("there is no function \"{}\"", target.name));
                }
                return functions.sink_for(*function);
            },
            .is_function = [find](const std::string& name) { return find(name).has_value(); },
            .is_sink =
                [&config](const std::string& name) {
                    return find_sink(config, name) != config.sinks.end();
                }};
}

}  // namespace millbeck::runtime
