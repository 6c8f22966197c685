// The command line: arguments and environment in, text and an exit code out.
#pragma once

#include <map>
#include <ostream>
#include <string>
#include <vector>

namespace millbeck::runtime::cli {

// What a command may see of the process it runs in.
struct Terminal {
    std::ostream& out;
    std::ostream& err;
    bool colours = false;  // out is a terminal and nobody asked for no colour
    std::map<std::string, std::string> environment;
};

// Exit codes, the same for every command.
inline constexpr int kExitOk = 0;
inline constexpr int kExitFailed = 1;       // the server said no, or not in time
inline constexpr int kExitUsage = 2;        // the command line or the configuration is wrong
inline constexpr int kExitEnvironment = 3;  // port, folder, disk, or no server there

// `arguments` without the program's name. Errors are one sentence on err.
int run_command_line(const std::vector<std::string>& arguments, Terminal& terminal);

}  // namespace millbeck::runtime::cli
