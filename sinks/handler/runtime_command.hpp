// What is started for a function: its own bootstrap, or a language with the bootstrap that Millbeck
// brings along.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "sinks/handler/handler.hpp"

namespace millbeck::sinks {

struct RuntimeCommand {
    std::vector<std::string> command;  // [0] is absolute
    std::string input;                 // a program text that is written to stdin; often empty
};

// For `options.lambda.runtime`:
//   (empty)              options.command, as it is; a client of the Runtime API
//   provided.al2023, provided.al2
//                        the executable file "bootstrap" in the code folder
//   python3, python3.N   python3 or python3.N from PATH; handler "file.function"
//   nodejs, nodejsN.x    node from PATH, which must be version N; handler "file.function"
// Errors: NotFound, Io, Invalid; in a sentence that says what to do.
base::Result<RuntimeCommand> resolve_runtime(const HandlerOptions& options);

}  // namespace millbeck::sinks
