#include "runtime/replay/replay_functions.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "runtime/lambda/function_reference.hpp"

namespace millbeck::runtime {

using base::Code;
using base::Result;

ReplayContext replays_into_functions(const ReplayRunContext& run, const TriggerManager& triggers,
                                     lambda::FunctionRegistry& functions, const Config& config) {
    const auto find = [&functions, &config](const std::string& name) {
        auto function = lambda::parse_function_reference(name, config.node.identity);
        return function && functions.exists(*function)
                   ? std::optional<lambda::FunctionReference>(*function)
                   : std::nullopt;
    };
    return {.run = run,
            .triggers = triggers,
            .file = config.node.data / "replays.db",
            .delivery_threads = config.node.delivery_threads,
            .open_target = [&functions,
                            find](const ReplaySpec& spec) -> Result<std::shared_ptr<sinks::Sink>> {
                const auto function = find(spec.target.name);
                if (!function) {
                    return base::fail(Code::NotFound,
                                      fmt::format("there is no function \"{}\"", spec.target.name));
                }
                return functions.sink_for(*function);
            },
            .is_function = [find](const std::string& name) { return find(name).has_value(); },
            .is_sink =
                [&config](const std::string& name) {
                    return std::any_of(
                        config.sinks.begin(), config.sinks.end(),
                        [&](const SinkConfig& sink) { return sink.spec.name == name; });
                }};
}

}  // namespace millbeck::runtime
