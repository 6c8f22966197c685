// Handler executables as a sink: the batch becomes a Lambda event, the process's answer the
// outcome.
//   pipe: a pool of processes that live on; one event a line on stdin, one JSON reply a line on
//   stdout. exec: one process a batch; event on stdin, exit status and stdout are the reply.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/backoff.hpp"
#include "base/child_process.hpp"
#include "base/clock.hpp"
#include "base/metrics.hpp"
#include "base/result.hpp"
#include "sinks/sink.hpp"

namespace millbeck::sinks {

enum class HandlerProtocol { Pipe, Exec };

struct HandlerOptions {
    std::string function;  // its name, on every log line
    HandlerProtocol protocol = HandlerProtocol::Pipe;
    std::vector<std::string> command;  // no shell
    std::map<std::string, std::string> environment;
    base::Path working_folder;
    base::Milliseconds timeout{3'000};       // for one batch; range 1 ms .. 900 s
    unsigned concurrency = 8;                // processes at most; range 1 .. 1000
    base::Milliseconds kill_grace{500};      // between SIGTERM and SIGKILL; range 0 .. 60 s
    std::size_t reply_bytes_max = 6u << 20;  // longer: failed, process restarted
    base::BackoffOptions restart;            // between restarts of a process that dies
};

// One line a handler wrote to stderr, cut at 8 KB, without the newline.
using StderrLine = std::function<void(std::string_view function, std::string_view line)>;

// NotFound / Io when the executable is missing or not executable. Processes start at first use.
base::Result<std::unique_ptr<Sink>> open_handler(HandlerOptions options, const base::Clock& clock,
                                                 base::Metrics& metrics, StderrLine on_stderr);

}  // namespace millbeck::sinks
