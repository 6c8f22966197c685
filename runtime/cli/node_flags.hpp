// The flags of the commands that run a node: --config and one for every setting of the node.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "runtime/config/config.hpp"

namespace CLI {  // NOLINT(readability-identifier-naming): the library's name
class App;
}  // namespace CLI

namespace millbeck::runtime::cli {

struct NodeFlags {
    std::string config;                                      // "" when not given
    std::vector<std::pair<std::string, std::string>> given;  // key of a setting, text
};

// `flags` outlives the parse.
void add_node_flags(CLI::App& command, NodeFlags& flags);

struct LoadedConfig {
    Config config;
    std::string file;  // "" when there is none
};

// --config, else MILLBECK_CONFIG, else millbeck.yaml if it is there. Invalid in one sentence.
base::Result<LoadedConfig> load_config(const NodeFlags& flags,
                                       const std::map<std::string, std::string>& environment);

}  // namespace millbeck::runtime::cli
