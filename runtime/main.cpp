// The program: hands the process's arguments, environment and streams to the command line.
#include <csignal>
#include <exception>
#include <iostream>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <unistd.h>

#include "runtime/cli/command_line.hpp"

namespace {

std::map<std::string, std::string> environment_of(char** variables) {
    std::map<std::string, std::string> environment;
    for (char** variable = variables; *variable != nullptr; ++variable) {
        const std::string_view text = *variable;
        const std::size_t equals = text.find('=');
        if (equals != std::string_view::npos) {
            environment.emplace(text.substr(0, equals), text.substr(equals + 1));
        }
    }
    return environment;
}

}  // namespace

int main(int count, char** words) {
    // A reader that went away and a file-size limit are errors of the call, not deaths.
    std::signal(SIGPIPE, SIG_IGN);
    std::signal(SIGXFSZ, SIG_IGN);
    try {
        millbeck::runtime::cli::Terminal terminal{
            .out = std::cout, .err = std::cerr, .environment = environment_of(environ)};
        terminal.colours =
            ::isatty(STDOUT_FILENO) == 1 && !terminal.environment.contains("NO_COLOR");
        const std::vector<std::string> arguments(words + 1, words + count);
        return millbeck::runtime::cli::run_command_line(arguments, terminal);
    } catch (const std::exception& e) {
        std::cerr << "millbeck: unexpected: " << e.what() << "\n";
        return millbeck::runtime::cli::kExitEnvironment;
    }
}
