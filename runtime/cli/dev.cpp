// millbeck dev: a server in the foreground that shows what it does.
#include <csignal>
#include <optional>
#include <utility>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "runtime/cli/commands.hpp"
#include "runtime/cli/live_output.hpp"
#include "runtime/cli/node_flags.hpp"
#include "runtime/cli/stop_signals.hpp"
#include "runtime/node.hpp"
#include "runtime/version.hpp"

namespace millbeck::runtime::cli {

namespace {

constexpr const char* kFooter = R"(Examples:
  millbeck dev                          ./millbeck.yaml if there, data in ./.millbeck
  millbeck dev --data /tmp/try --listen 127.0.0.1:0

It shows every delivery and every line your handlers write to stderr. Ctrl-C stops it; the data
stays. Delete the data folder to begin anew.)";

std::string describe_table(const TableConfig& table) {
    const auto& keys = table.spec.keys;
    std::string text = fmt::format("{} ({}", table.spec.name.value(), keys.hash.name);
    text += keys.range ? fmt::format(", {})", keys.range->name) : ")";
    text += table.spec.stream
                ? fmt::format(", stream {}, {} shard{}", to_string(*table.spec.stream),
                              table.spec.shard_count, table.spec.shard_count == 1 ? "" : "s")
                : ", no stream";
    return text;
}

std::string describe_trigger(const TriggerConfig& trigger, const Config& config) {
    std::string text = fmt::format("{}: {} -> {}", trigger.spec.name, trigger.spec.table.value(),
                                   trigger.spec.function);
    for (const FunctionConfig& function : config.functions) {
        if (function.handler.function == trigger.spec.function) {
            const sinks::LambdaOptions& lambda = function.handler.lambda;
            text += lambda.runtime.empty()
                        ? fmt::format(" ({})", fmt::join(function.handler.command, " "))
                        : fmt::format(" ({} {})", lambda.runtime, lambda.handler);
        }
    }
    return text + (trigger.spec.enabled ? "" : ", disabled");
}

// A command can be a whole program text; a summary is one line each.
std::string one_line(std::string text) {
    constexpr std::size_t kLongest = 100;
    const std::size_t end = std::min(text.find('\n'), kLongest);
    if (end < text.size()) {
        text.resize(end);
        text += "...";
    }
    return text;
}

void show_summary(Terminal& terminal, const LoadedConfig& loaded, const std::string& endpoint) {
    const Config& config = loaded.config;
    std::ostream& out = terminal.out;
    const auto row = [&](std::string_view title, const std::string& text) {
        out << fmt::format("  {:<10}{}\n", title, one_line(text));
    };
    out << fmt::format("millbeck {}\n", kVersion);
    row("config", loaded.file.empty() ? "none (millbeck.yaml would be used)" : loaded.file);
    row("data", config.node.data.native());
    for (std::size_t i = 0; i < config.tables.size(); ++i) {
        row(i == 0 ? "tables" : "", describe_table(config.tables[i]));
    }
    for (std::size_t i = 0; i < config.triggers.size(); ++i) {
        row(i == 0 ? "triggers" : "", describe_trigger(config.triggers[i], config));
    }
    row("endpoint", endpoint);
    out << fmt::format(
               "\nPoint any AWS SDK at it:  export AWS_ENDPOINT_URL={}\n"
               "See changes:              millbeck tail TABLE --endpoint {}\n"
               "Stop:                     Ctrl-C\n\n",
               endpoint, endpoint)
        << std::flush;
}

int dev(Terminal& terminal, const NodeFlags& flags) {
    const auto loaded = load_config(flags, terminal.environment);
    if (!loaded) {
        return report(terminal, loaded.error());
    }
    StopSignals signals;
    std::optional<LiveOutput> live(std::in_place, terminal.out, terminal.colours);
    auto node =
        Node::open(loaded->config,
                   {.on_stderr = [&](std::string_view function,
                                     std::string_view line) { live->handler_line(function, line); },
                    .on_delivery = [&](const DeliveryNote& note) { live->delivered(note); }});
    if (!node) {
        return report(terminal, node.error());
    }
    show_summary(terminal, *loaded, (*node)->endpoint());
    live->start();
    terminal.err << fmt::format("millbeck listening on {}\n", (*node)->endpoint()) << std::flush;
    const bool by_hand = signals.wait() == SIGINT;
    terminal.err << (by_hand ? "stopping; Ctrl-C again ends it at once\n" : "stopping\n")
                 << std::flush;
    node->reset();
    live.reset();  // what it still has to show comes before the last line
    terminal.err << fmt::format("stopped; the data is in {}\n", loaded->config.node.data.native())
                 << std::flush;
    return kExitOk;
}

}  // namespace

void add_dev(CLI::App& root, Commands& commands) {
    auto* command = root.add_subcommand("dev", "Runs a server here and shows what it does");
    command->footer(kFooter);
    auto flags = std::make_shared<NodeFlags>();
    add_node_flags(*command, *flags);
    command->callback([flags, &commands] {
        commands.chosen = [flags, &commands] { return dev(commands.terminal, *flags); };
    });
}

}  // namespace millbeck::runtime::cli
