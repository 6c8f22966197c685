#include "runtime/cli/command_line.hpp"

#include <algorithm>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "runtime/cli/commands.hpp"
#include "runtime/cli/replay_commands.hpp"
#include "runtime/config/nearest.hpp"
#include "runtime/version.hpp"

namespace millbeck::runtime::cli {

namespace {

constexpr const char* kDescription =
    "Millbeck: DynamoDB Streams and Lambda triggers in one fast local server.\n"
    "Write with any AWS SDK; every change becomes a call of your handler.";

constexpr const char* kFooter = R"(Begin with:
  millbeck dev                                start a server here, see what it does
  export AWS_ENDPOINT_URL=http://127.0.0.1:8000
  aws dynamodb list-tables --endpoint-url $AWS_ENDPOINT_URL

Then:
  millbeck tail music                         see the changes of a table as they happen
  millbeck triggers                           see how far every trigger is
  millbeck dlq                                see what triggers gave up
  millbeck wait --drained                     in tests: until all is delivered
  millbeck config                             every setting of millbeck.yaml

Exit codes: 0 ok, 1 failed, 2 wrong usage or configuration, 3 port, folder or server missing.
"millbeck COMMAND --help" says more about a command.)";

// The deepest command that was recognised.
const CLI::App* chosen_app(const CLI::App& root) {
    const auto chosen = root.get_subcommands();
    return chosen.empty() ? &root : chosen_app(*chosen.front());
}

std::vector<std::string> command_names(const CLI::App& root) {
    std::vector<std::string> names;
    for (const CLI::App* command : root.get_subcommands([](const CLI::App*) { return true; })) {
        names.push_back(command->get_name());
    }
    return names;
}

std::vector<std::string> flag_names(const CLI::App& app) {
    std::vector<std::string> names;
    for (const CLI::Option* option : app.get_options()) {
        for (const std::string& name : option->get_lnames()) {
            names.push_back("--" + name);
        }
    }
    return names;
}

// What was not understood, and what may have been meant.
std::string explain_extras(const CLI::App& root) {
    const CLI::App& app = *chosen_app(root);
    const std::vector<std::string> extras = root.remaining(true);
    const std::string word = extras.empty() ? "" : extras.front();
    if (word.starts_with("-")) {
        const std::string flag = word.substr(0, word.find('='));
        return fmt::format("unknown option {}{}", flag, did_you_mean(flag, flag_names(app)));
    }
    if (&app == &root) {
        return fmt::format("unknown command \"{}\"{}", word,
                           did_you_mean(word, command_names(root)));
    }
    return fmt::format("\"{}\" is one argument too many", word);
}

int refuse(const CLI::App& root, Terminal& terminal, const std::string& what) {
    const CLI::App& app = *chosen_app(root);
    const std::string command =
        &app == &root ? "millbeck" : fmt::format("millbeck {}", app.get_name());
    terminal.err << fmt::format("{}: {} (\"{} --help\" says more)\n", command, what, command);
    return kExitUsage;
}

int parse_and_run(CLI::App& root, Commands& commands, std::vector<std::string> arguments) {
    Terminal& terminal = commands.terminal;
    std::reverse(arguments.begin(), arguments.end());  // as CLI11 wants them
    try {
        root.parse(std::move(arguments));
    } catch (const CLI::CallForHelp&) {
        const CLI::App& app = *chosen_app(root);
        terminal.out << app.help(&app == &root ? "" : root.get_name());
        return kExitOk;
    } catch (const CLI::CallForVersion&) {
        terminal.out << fmt::format("millbeck {}\n", kVersion);
        return kExitOk;
    } catch (const CLI::ExtrasError&) {
        return refuse(root, terminal, explain_extras(root));
    } catch (const CLI::ParseError& e) {
        return refuse(root, terminal, e.what());
    }
    if (!commands.chosen) {
        terminal.err << root.help();
        return kExitUsage;
    }
    return commands.chosen();
}

}  // namespace

int report(Terminal& terminal, const base::Error& error) {
    terminal.err << fmt::format("millbeck: {}\n", error.message);
    switch (error.code) {
        case base::Code::Invalid:
        case base::Code::Malformed:
        case base::Code::NotFound:
        case base::Code::Unsupported:
            return kExitUsage;
        default:
            return kExitEnvironment;
    }
}

int run_command_line(const std::vector<std::string>& arguments, Terminal& terminal) {
    CLI::App root(kDescription, "millbeck");
    root.set_version_flag("--version", "", "Says the version");
    root.set_help_flag("-h,--help", "Says this");
    root.footer(kFooter);
    // One command a line: a word behind it is its own, also if another command has that name.
    root.require_subcommand(0, 1);
    root.get_formatter()->column_width(30);
    Commands commands{.terminal = terminal};
    add_serve(root, commands);
    add_dev(root, commands);
    add_tail(root, commands);
    add_get(root, commands);
    add_history(root, commands);
    add_triggers(root, commands);
    add_sinks(root, commands);
    add_backfill(root, commands);
    add_verify(root, commands);
    add_export(root, commands);
    add_import(root, commands);
    add_restore(root, commands);
    add_shards(root, commands);
    add_dlq(root, commands);
    add_log(root, commands);
    add_pin(root, commands);
    add_parked(root, commands);
    add_checkpoints(root, commands);
    add_replay(root, commands);
    add_replays(root, commands);
    add_inject(root, commands);
    add_wait(root, commands);
    add_status(root, commands);
    add_config(root, commands);
    add_completion(root, commands);
    const int code = parse_and_run(root, commands, arguments);
    terminal.out.flush();
    return code;
}

}  // namespace millbeck::runtime::cli
