#include "runtime/cli/node_flags.hpp"

#include <cctype>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "base/file_system.hpp"
#include "runtime/config/load.hpp"
#include "runtime/config/settings.hpp"

namespace millbeck::runtime::cli {

using base::Code;
using base::Result;

namespace {

constexpr const char* kDefaultFile = "millbeck.yaml";

// What stands for the value in the help: `SIZE` of "size, 1MB to 1GB".
std::string value_name(const std::string& takes) {
    std::string name = takes.starts_with("one of") ? "WORD" : takes.substr(0, takes.find(','));
    for (char& c : name) {
        c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    }
    return name;
}

constexpr const char* kSettingsGroup = "Settings, each also in the file and as MILLBECK_...";
constexpr const char* kSwitch = "true or false";

// It needs no value: `--allow-inject`; `--allow-inject=false` is stronger than the file's `true`.
void add_switch(CLI::App& command, NodeFlags& flags, const std::string& key,
                const std::string& help) {
    command
        .add_flag_function(
            flag_of_key(key),
            [&flags, key](std::int64_t times) {
                flags.given.emplace_back(key, times > 0 ? "true" : "false");
            },
            help)
        ->group(kSettingsGroup);
}

}  // namespace

void add_node_flags(CLI::App& command, NodeFlags& flags) {
    command
        .add_option("--config", flags.config,
                    "Configuration file (default: millbeck.yaml, if it is there)")
        ->type_name("FILE");
    for (const auto& setting : node_settings()) {
        if (setting.takes == kSwitch) {
            add_switch(command, flags, setting.key, setting.help);
            continue;
        }
        const std::string shown =
            setting.fallback.empty() ? "" : fmt::format("; default {}", setting.fallback);
        command
            .add_option_function<std::string>(
                flag_of_key(setting.key),
                [&flags, key = setting.key](const std::string& text) {
                    flags.given.emplace_back(key, text);
                },
                fmt::format("{} ({}{})", setting.help, setting.takes, shown))
            ->type_name(value_name(setting.takes))
            ->group(kSettingsGroup);
    }
}

Result<LoadedConfig> load_config(const NodeFlags& flags,
                                 const std::map<std::string, std::string>& environment) {
    const auto files = base::system_files();
    ConfigSources sources;
    sources.environment = environment;
    sources.flags = flags.given;
    sources.file_name = flags.config;
    if (sources.file_name.empty()) {
        const auto variable = environment.find("MILLBECK_CONFIG");
        sources.file_name = variable == environment.end() ? "" : variable->second;
    }
    if (sources.file_name.empty() && files->exists(kDefaultFile).value_or(false)) {
        sources.file_name = kDefaultFile;
    }
    if (!sources.file_name.empty()) {
        auto text = base::read_all(*files, sources.file_name, kConfigBytesMax);
        if (!text) {
            return base::fail(Code::Invalid, fmt::format("cannot read the configuration file: {}",
                                                         text.error().message));
        }
        sources.file_text = std::move(*text);
    }
    MB_TRY(auto config, build_config(sources));
    return LoadedConfig{std::move(config), sources.file_name};
}

}  // namespace millbeck::runtime::cli
