// The one call of posix_spawn; internal to ChildProcess.
#pragma once

#include <sys/types.h>

#include "base/child_process.hpp"
#include "base/unique_fd.hpp"

namespace millbeck::base {

// A started process and the parent's ends of its pipes, non-blocking.
struct Spawned {
    pid_t pid = -1;
    UniqueFd stdin_fd;
    UniqueFd stdout_fd;
    UniqueFd stderr_fd;
};

// As ChildProcess::start, which owns what this returns.
Result<Spawned> spawn(const ChildOptions& options);

}  // namespace millbeck::base
