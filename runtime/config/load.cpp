#include "runtime/config/load.hpp"

#include <filesystem>
#include <set>

#include <fmt/format.h>

#include "base/child_process.hpp"
#include "runtime/config/check.hpp"
#include "runtime/config/settings.hpp"
#include "runtime/config/value.hpp"
#include "sinks/handler/runtime_command.hpp"

namespace millbeck::runtime {

using base::Code;
using base::Result;
using base::Status;

namespace {

std::string place_of(const ConfigSources& sources, int line) {
    return fmt::format("{}:{}", sources.file_name, line);
}

tl::unexpected<base::Error> at_place(const std::string& place, std::string_view what) {
    return base::fail(Code::Invalid, fmt::format("{}: {}", place, what));
}

template <typename T>
Status apply_member(T& into, const std::vector<Setting<T>>& settings, const Value::Member& member,
                    const std::string& place, std::string_view owner) {
    const Setting<T>* setting = find_setting(settings, member.key);
    if (setting == nullptr) {
        return at_place(place, fmt::format("unknown key \"{}\" {}{}", member.key, owner,
                                           did_you_mean(member.key, keys_of(settings))));
    }
    if (const Status set = setting->set(into, member.value); !set) {
        return at_place(place, fmt::format("{}: {}", member.key, set.error().message));
    }
    return {};
}

// `owner`: "in a table", for sentences.
template <typename T>
Result<T> read_entity(const ConfigSources& sources, const Value& value,
                      const std::vector<Setting<T>>& settings, std::string_view owner) {
    T entity;
    entity.place = place_of(sources, value.line);
    if (value.kind != Value::Kind::Map) {
        return at_place(entity.place, fmt::format("must be a map, but {} is there {}",
                                                  to_string(value.kind), owner));
    }
    std::set<std::string> seen;
    for (const auto& member : value.members) {
        seen.insert(member.key);
        MB_TRY_STATUS(
            apply_member(entity, settings, member, place_of(sources, member.line), owner));
    }
    for (const auto& setting : settings) {
        if (setting.required && !seen.contains(setting.key)) {
            return at_place(entity.place, fmt::format("\"{}\" is missing {}", setting.key, owner));
        }
    }
    return entity;
}

template <typename T>
Result<std::vector<T>> read_list(const ConfigSources& sources, const Value::Member& member,
                                 const std::vector<Setting<T>>& settings, std::string_view owner) {
    std::vector<T> entities;
    if (member.value.kind == Value::Kind::Nothing) {
        return entities;
    }
    if (member.value.kind != Value::Kind::List) {
        return at_place(place_of(sources, member.line),
                        fmt::format("{}: must be a list, but {} is there", member.key,
                                    to_string(member.value.kind)));
    }
    for (const Value& item : member.value.items) {
        MB_TRY(auto entity, read_entity(sources, item, settings, owner));
        entities.push_back(std::move(entity));
    }
    return entities;
}

Status read_member(Config& config, const ConfigSources& sources, const Value::Member& member) {
    if (member.key == "tables") {
        MB_TRY(config.tables, read_list(sources, member, table_settings(), "in a table"));
        return {};
    }
    if (member.key == "functions") {
        MB_TRY(config.functions, read_list(sources, member, function_settings(), "in a function"));
        return {};
    }
    if (member.key == "triggers") {
        MB_TRY(config.triggers, read_list(sources, member, trigger_settings(), "in a trigger"));
        return {};
    }
    if (member.key == "destinations") {
        MB_TRY(config.destinations,
               read_list(sources, member, destination_settings(), "in a destination"));
        return {};
    }
    if (member.key == "sinks") {
        MB_TRY(config.sinks, read_list(sources, member, sink_settings(), "in a sink"));
        return {};
    }
    const std::string place = place_of(sources, member.line);
    if (find_setting(node_settings(), member.key) == nullptr) {
        std::vector<std::string> known = keys_of(node_settings());
        known.insert(known.end(), {"tables", "functions", "triggers", "destinations", "sinks"});
        return at_place(place, fmt::format("unknown key \"{}\"{}", member.key,
                                           did_you_mean(member.key, known)));
    }
    return apply_member(config.node, node_settings(), member, place, "");
}

// Paths in a file start at the file's folder, so that it means the same from everywhere.
void settle_paths(Config& config, const ConfigSources& sources, bool data_from_file) {
    const base::Path folder = base::Path(sources.file_name).parent_path();
    if (data_from_file) {
        config.node.data = folder / config.node.data;
    }
    const auto settle = [&](triggers::OnFailure& to) {
        if (to.kind == triggers::OnFailure::Kind::Folder) {
            to.place = (folder / to.place).native();
        }
    };
    for (TriggerConfig& trigger : config.triggers) {
        settle(trigger.spec.on_failure);
    }
    for (DestinationConfig& destination : config.destinations) {
        settle(destination.to);
    }
    for (SinkConfig& sink : config.sinks) {
        settle(sink.spec.on_failure);
        if (sink.settle_paths) {
            sink.settle_paths(folder);
        }
    }
    for (FunctionConfig& function : config.functions) {
        sinks::HandlerOptions& handler = function.handler;
        base::Path& path = handler.protocol == sinks::HandlerProtocol::Runtime
                               ? handler.lambda.code
                               : handler.working_folder;
        const base::Path joined = path.empty() ? folder : folder / path;
        std::error_code ignored;
        path = std::filesystem::absolute(joined.empty() ? "." : joined, ignored).lexically_normal();
    }
}

Status read_file(Config& config, const ConfigSources& sources) {
    MB_TRY(const Value root, parse_yaml(sources.file_name, sources.file_text));
    if (root.kind == Value::Kind::Nothing) {
        return {};
    }
    if (root.kind != Value::Kind::Map) {
        return at_place(place_of(sources, root.line),
                        "must be a map of settings, tables, functions, triggers and sinks");
    }
    bool data_from_file = false;
    for (const auto& member : root.members) {
        data_from_file = data_from_file || member.key == "data";
        MB_TRY_STATUS(read_member(config, sources, member));
    }
    settle_paths(config, sources, data_from_file);
    return {};
}

Status read_environment(Config& config, const ConfigSources& sources) {
    std::vector<std::string> known{"MILLBECK_CONFIG"};
    for (const auto& setting : node_settings()) {
        const std::string name = variable_of(setting.key);
        known.push_back(name);
        const auto found = sources.environment.find(name);
        if (found == sources.environment.end()) {
            continue;
        }
        if (const Status set = setting.set(config.node, Value::of(found->second)); !set) {
            return at_place(name, set.error().message);
        }
    }
    for (const auto& [name, text] : sources.environment) {
        const bool ours = name.starts_with("MILLBECK_");
        if (!ours || std::find(known.begin(), known.end(), name) != known.end()) {
            continue;
        }
        const std::string meant = nearest(name, known);
        if (!meant.empty() && edit_distance(name, meant) <= 2) {
            return base::fail(
                Code::Invalid,
                fmt::format("unknown environment variable {}; did you mean {}?", name, meant));
        }
    }
    return {};
}

Status read_flags(Config& config, const ConfigSources& sources) {
    for (const auto& [key, text] : sources.flags) {
        const auto* setting = find_setting(node_settings(), key);
        MB_CHECK(setting != nullptr, "a flag without a setting");
        if (const Status set = setting->set(config.node, Value::of(text)); !set) {
            return at_place(flag_of_key(key), set.error().message);
        }
    }
    return {};
}

}  // namespace

Result<Config> build_config(const ConfigSources& sources) {
    Config config;
    MB_TRY_STATUS(read_file(config, sources));
    MB_TRY_STATUS(read_environment(config, sources));
    MB_TRY_STATUS(read_flags(config, sources));
    MB_TRY_STATUS(check_config(config));
    return config;
}

Status check_executables(const Config& config) {
    for (const FunctionConfig& function : config.functions) {
        const sinks::HandlerOptions& handler = function.handler;
        const std::string name = fmt::format("function \"{}\"", handler.function);
        if (handler.protocol == sinks::HandlerProtocol::Runtime) {
            if (const auto found = sinks::resolve_runtime(handler); !found) {
                return at_place(function.place, fmt::format("{}: {}", name, found.error().message));
            }
            continue;
        }
        std::error_code ignored;
        if (!handler.working_folder.empty() &&
            !std::filesystem::is_directory(handler.working_folder, ignored)) {
            return at_place(function.place, fmt::format("{}: working_folder {} is not a folder",
                                                        name, handler.working_folder.native()));
        }
        std::string program = handler.command.front();
        if (program.find('/') != std::string::npos) {
            program = (handler.working_folder / program).lexically_normal();
        }
        if (const auto found = base::find_executable(program); !found) {
            return at_place(function.place, fmt::format("{}: {}", name, found.error().message));
        }
    }
    return {};
}

}  // namespace millbeck::runtime
