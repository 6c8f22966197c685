// From what was written to a checked configuration: flags win over environment variables, those
// over the file, the file over the defaults.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/file_system.hpp"
#include "base/result.hpp"
#include "runtime/config/config.hpp"

namespace millbeck::runtime {

struct ConfigSources {
    std::string file_name;  // as it appears in sentences; relative paths in it start at its folder
    std::string file_text;  // "" when there is no file
    std::map<std::string, std::string> environment;          // the process's, whole
    std::vector<std::pair<std::string, std::string>> flags;  // key of a node setting, text
};

// Pure. Invalid, in one sentence with file and line, the variable's or the flag's name.
// MILLBECK_ variables that are nearly a known one are refused; others may belong to somebody else.
base::Result<Config> build_config(const ConfigSources& sources);

// Every function's executable exists and every working folder does. Invalid names it and its place.
base::Status check_executables(const Config& config);

// Longest configuration file that is read.
inline constexpr std::size_t kConfigBytesMax = 4u << 20;

}  // namespace millbeck::runtime
