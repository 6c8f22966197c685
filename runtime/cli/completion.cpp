// millbeck completion: scripts that teach a shell the commands, made from the same tree.
#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "runtime/cli/commands.hpp"
#include "runtime/config/nearest.hpp"

namespace millbeck::runtime::cli {

namespace {

constexpr const char* kFooter = R"(Examples:
  source <(millbeck completion bash)                                in ~/.bashrc
  millbeck completion zsh > "${fpath[1]}/_millbeck"
  millbeck completion fish > ~/.config/fish/completions/millbeck.fish)";

struct Flag {
    std::string name;  // "--listen"
    std::string help;  // without quotes
    bool takes_value = false;
};

struct Command {
    std::string name;
    std::string help;
    std::vector<Flag> flags;
};

// Quotes would end the shells' own.
std::string unquoted(std::string text) {
    std::erase_if(text, [](char c) { return c == '\'' || c == '"' || c == '`' || c == '$'; });
    return text;
}

std::vector<Command> commands_of(const CLI::App& root) {
    std::vector<Command> commands;
    for (const CLI::App* app : root.get_subcommands([](const CLI::App*) { return true; })) {
        Command command{app->get_name(), unquoted(app->get_description()), {}};
        for (const CLI::Option* option : app->get_options()) {
            for (const std::string& name : option->get_lnames()) {
                command.flags.push_back({"--" + name, unquoted(option->get_description()),
                                         option->get_items_expected_max() > 0});
            }
        }
        commands.push_back(std::move(command));
    }
    return commands;
}

std::string bash_script(const std::vector<Command>& commands) {
    std::vector<std::string> names;
    std::string cases;
    for (const Command& command : commands) {
        names.push_back(command.name);
        std::vector<std::string> flags;
        for (const Flag& flag : command.flags) {
            flags.push_back(flag.name);
        }
        cases += fmt::format("        {}) words=\"{}\" ;;\n", command.name, fmt::join(flags, " "));
    }
    return fmt::format(
        "# bash completion of millbeck\n"
        "_millbeck() {{\n"
        "    local current=\"${{COMP_WORDS[COMP_CWORD]}}\" words=\"\"\n"
        "    if [[ $COMP_CWORD -eq 1 ]]; then\n"
        "        words=\"{} --help --version\"\n"
        "    else\n"
        "        case \"${{COMP_WORDS[1]}}\" in\n"
        "{}"
        "        completion) words=\"bash zsh fish\" ;;\n"
        "        esac\n"
        "    fi\n"
        "    COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n"
        "}}\n"
        "complete -o default -F _millbeck millbeck\n",
        fmt::join(names, " "), cases);
}

// In an argument of _arguments, brackets and colons have a meaning.
std::string zsh_text(std::string text) {
    for (char& c : text) {
        c = c == '[' ? '(' : c == ']' ? ')' : c == ':' ? ',' : c;
    }
    return text;
}

std::string zsh_script(const std::vector<Command>& commands) {
    std::string list;
    std::string cases;
    for (const Command& command : commands) {
        list += fmt::format("        '{}:{}'\n", command.name, command.help);
        cases += fmt::format("        {}) _arguments", command.name);
        for (const Flag& flag : command.flags) {
            cases += fmt::format(" \\\n            '{}[{}]{}'", flag.name, zsh_text(flag.help),
                                 flag.takes_value ? ":value:_files" : "");
        }
        cases += command.name == "completion" ? " \\\n            '1:shell:(bash zsh fish)' ;;\n"
                                              : " ;;\n";
    }
    return fmt::format(
        "#compdef millbeck\n"
        "_millbeck() {{\n"
        "    local -a commands\n"
        "    commands=(\n"
        "{}"
        "    )\n"
        "    if (( CURRENT == 2 )); then\n"
        "        _describe command commands\n"
        "        return\n"
        "    fi\n"
        "    local command=$words[2]\n"
        "    shift words\n"
        "    (( CURRENT-- ))\n"
        "    case $command in\n"
        "{}"
        "    esac\n"
        "}}\n"
        "_millbeck \"$@\"\n",
        list, cases);
}

std::string fish_script(const std::vector<Command>& commands) {
    std::string out =
        "# fish completion of millbeck\n"
        "complete -c millbeck -n __fish_use_subcommand -l help -d 'Says what there is'\n"
        "complete -c millbeck -n __fish_use_subcommand -l version -d 'Says the version'\n";
    for (const Command& command : commands) {
        out += fmt::format("complete -c millbeck -n __fish_use_subcommand -a {} -d '{}'\n",
                           command.name, command.help);
        for (const Flag& flag : command.flags) {
            out += fmt::format(
                "complete -c millbeck -n '__fish_seen_subcommand_from {}' -l {}{} -d '{}'\n",
                command.name, flag.name.substr(2), flag.takes_value ? " -r" : "", flag.help);
        }
    }
    out +=
        "complete -c millbeck -n '__fish_seen_subcommand_from completion' -f -a 'bash zsh fish'\n";
    return out;
}

int completion(Terminal& terminal, const CLI::App& root, const std::string& shell) {
    const auto commands = commands_of(root);
    if (shell == "bash") {
        terminal.out << bash_script(commands);
    } else if (shell == "zsh") {
        terminal.out << zsh_script(commands);
    } else if (shell == "fish") {
        terminal.out << fish_script(commands);
    } else {
        terminal.err << fmt::format("millbeck completion: \"{}\" is not one of bash, zsh, fish{}\n",
                                    shell, did_you_mean(shell, {"bash", "zsh", "fish"}));
        return kExitUsage;
    }
    return kExitOk;
}

}  // namespace

void add_completion(CLI::App& root, Commands& commands) {
    auto* command = root.add_subcommand("completion", "Prints a script that completes commands");
    command->footer(kFooter);
    auto shell = std::make_shared<std::string>();
    command->add_option("SHELL", *shell, "bash, zsh or fish")->required()->type_name("");
    command->callback([shell, &root, &commands] {
        commands.chosen = [shell, &root, &commands] {
            return completion(commands.terminal, root, *shell);
        };
    });
}

}  // namespace millbeck::runtime::cli
