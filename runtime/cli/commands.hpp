// Every command adds itself to the tree and, when it is the one chosen, leaves what is to be run.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/result.hpp"
#include "runtime/cli/command_line.hpp"

namespace CLI {  // NOLINT(readability-identifier-naming): the library's name
class App;
}  // namespace CLI

namespace millbeck::runtime::cli {

struct Commands {
    Terminal& terminal;
    std::function<int()> chosen = {};  // gives the exit code
};

void add_serve(CLI::App& root, Commands& commands);
void add_dev(CLI::App& root, Commands& commands);
void add_tail(CLI::App& root, Commands& commands);
void add_get(CLI::App& root, Commands& commands);
void add_history(CLI::App& root, Commands& commands);
void add_triggers(CLI::App& root, Commands& commands);
void add_sinks(CLI::App& root, Commands& commands);
void add_backfill(CLI::App& root, Commands& commands);
void add_verify(CLI::App& root, Commands& commands);
void add_export(CLI::App& root, Commands& commands);
void add_import(CLI::App& root, Commands& commands);
void add_restore(CLI::App& root, Commands& commands);
void add_shards(CLI::App& root, Commands& commands);
void add_dlq(CLI::App& root, Commands& commands);
void add_log(CLI::App& root, Commands& commands);
void add_pin(CLI::App& root, Commands& commands);
void add_inject(CLI::App& root, Commands& commands);
void add_parked(CLI::App& root, Commands& commands);
void add_checkpoints(CLI::App& root, Commands& commands);
void add_wait(CLI::App& root, Commands& commands);
void add_status(CLI::App& root, Commands& commands);
void add_config(CLI::App& root, Commands& commands);
void add_completion(CLI::App& root, Commands& commands);

// Says the sentence on err; gives the exit code of the error's code.
int report(Terminal& terminal, const base::Error& error);

}  // namespace millbeck::runtime::cli
