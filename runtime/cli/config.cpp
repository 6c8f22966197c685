// millbeck config: the reference of all settings.
#include <CLI/CLI.hpp>

#include "runtime/cli/commands.hpp"
#include "runtime/config/reference.hpp"

namespace millbeck::runtime::cli {

namespace {

constexpr const char* kFooter = R"(Examples:
  millbeck config | less
  millbeck config > config.md)";

}  // namespace

void add_config(CLI::App& root, Commands& commands) {
    auto* command = root.add_subcommand("config", "Prints every setting, its default and range");
    command->footer(kFooter);
    command->callback([&commands] {
        commands.chosen = [&commands] {
            commands.terminal.out << config_reference();
            return kExitOk;
        };
    });
}

}  // namespace millbeck::runtime::cli
