// The key of a sink that names its target: `redis: redis://127.0.0.1`, or a map of its settings.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "runtime/config/setting.hpp"
#include "runtime/config/sink_config.hpp"

namespace millbeck::runtime {

// What there is to know of a kind of target.
template <typename Options>
struct TargetKind {
    std::string key;
    std::string takes;  // of the short form, "URL"
    std::string help;
    const std::vector<Setting<Options>>& settings;
    std::function<base::Result<Options>(const std::string&)> from_text;
    std::function<base::Result<std::unique_ptr<sinks::Sink>>(Options, const sinks::SinkContext&)>
        open;
};

template <typename Options>
base::Result<Options> read_target(const TargetKind<Options>& kind, const Value& value) {
    if (value.kind == Value::Kind::Text) {
        return kind.from_text(value.text);
    }
    if (value.kind != Value::Kind::Map) {
        return base::fail(base::Code::Invalid,
                          fmt::format("must be {} or a map of settings, but {} is there",
                                      kind.takes, to_string(value.kind)));
    }
    Options options;
    std::vector<std::string> seen;
    for (const auto& member : value.members) {
        const auto* setting = find_setting(kind.settings, member.key);
        if (setting == nullptr) {
            return base::fail(base::Code::Invalid,
                              fmt::format("unknown key \"{}\"{}", member.key,
                                          did_you_mean(member.key, keys_of(kind.settings))));
        }
        if (const base::Status set = setting->set(options, member.value); !set) {
            return base::with_context(member.key, set.error());
        }
        seen.push_back(member.key);
    }
    for (const auto& setting : kind.settings) {
        if (setting.required && std::find(seen.begin(), seen.end(), setting.key) == seen.end()) {
            return base::fail(base::Code::Invalid, fmt::format("\"{}\" is missing", setting.key));
        }
    }
    return options;
}

template <typename Options>
Setting<SinkConfig> target_setting(TargetKind<Options> kind) {
    auto set = [kind](SinkConfig& sink, const Value& value) -> base::Status {
        if (!sink.spec.sink.empty()) {
            return base::fail(
                base::Code::Invalid,
                fmt::format("a sink has one target, and this one has {} already", sink.spec.sink));
        }
        MB_TRY(Options read, read_target(kind, value));
        auto options = std::make_shared<Options>(std::move(read));
        sink.spec.sink = kind.key;
        sink.open = [options, open = kind.open](const sinks::RowMapping& mapping,
                                                const sinks::SinkContext& context) {
            Options own = *options;
            if constexpr (requires { own.mapping = mapping; }) {
                own.mapping = mapping;
            }
            return open(std::move(own), context);
        };
        if constexpr (requires { options->settle_paths(base::Path()); }) {
            sink.settle_paths = [options](const base::Path& folder) {
                options->settle_paths(folder);
            };
        }
        return {};
    };
    return special_setting<SinkConfig>(kind.key, fmt::format("{}, or a map", kind.takes), "",
                                       kind.help, set);
}

}  // namespace millbeck::runtime
