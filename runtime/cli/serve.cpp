// millbeck serve: a server for supervisors and scripts; it logs what somebody may act on.
#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "runtime/cli/commands.hpp"
#include "runtime/cli/node_flags.hpp"
#include "runtime/cli/stop_signals.hpp"
#include "runtime/node.hpp"

namespace millbeck::runtime::cli {

namespace {

constexpr const char* kFooter = R"(Examples:
  millbeck serve --data /var/lib/millbeck --listen 0.0.0.0:8000
  MILLBECK_RETENTION=48h millbeck serve --config /etc/millbeck.yaml

It is ready when it says "millbeck listening on" on stderr. SIGTERM or Ctrl-C stops it: deliveries in
flight end first; a second Ctrl-C ends it at once, which loses nothing that was answered.)";

int serve(Terminal& terminal, const NodeFlags& flags) {
    const auto loaded = load_config(flags, terminal.environment);
    if (!loaded) {
        return report(terminal, loaded.error());
    }
    StopSignals signals;
    const auto node = Node::open(loaded->config, {});
    if (!node) {
        return report(terminal, node.error());
    }
    terminal.err << fmt::format("millbeck listening on {}\n", (*node)->endpoint()) << std::flush;
    signals.wait();
    (*node)->stop();
    return kExitOk;
}

}  // namespace

void add_serve(CLI::App& root, Commands& commands) {
    auto* command = root.add_subcommand("serve", "Runs a server, for supervisors and scripts");
    command->footer(kFooter);
    auto flags = std::make_shared<NodeFlags>();
    add_node_flags(*command, *flags);
    command->callback([flags, &commands] {
        commands.chosen = [flags, &commands] { return serve(commands.terminal, *flags); };
    });
}

}  // namespace millbeck::runtime::cli
