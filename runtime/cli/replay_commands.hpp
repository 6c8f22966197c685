// The commands about replays, see commands.hpp.
#pragma once

#include "runtime/cli/commands.hpp"

namespace millbeck::runtime::cli {

void add_replay(CLI::App& root, Commands& commands);
void add_replays(CLI::App& root, Commands& commands);

}  // namespace millbeck::runtime::cli
