// Handler executables as a sink: the batch becomes a Lambda event, the process's answer the
// outcome.
//   pipe: a pool of processes that live on; one event a line on stdin, one JSON reply a line on
//   stdout. exec: one process a batch; event on stdin, exit status and stdout are the reply.
//   runtime: a pool of processes that live on and fetch their events from Lambda's Runtime API,
//   as functions made for AWS Lambda do.
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
#include "sinks/handler/invoke.hpp"
#include "sinks/handler/output_pump.hpp"

namespace millbeck::sinks {

enum class HandlerProtocol { Pipe, Exec, Runtime };

// What a function of protocol runtime is besides, and what it is told of itself.
struct LambdaOptions {
    base::Path code;      // LAMBDA_TASK_ROOT; its processes run there
    std::string runtime;  // see runtime_command.hpp; empty: `command` is started as it is
    std::string handler;  // _HANDLER, like "app.handler"
    std::string version = "$LATEST";
    std::string log_group;     // what it is told; empty: /aws/lambda/<function>
    unsigned memory_mb = 128;  // told, not enforced; range 128 .. 10240
    std::string region = "us-east-1";
    std::string account = "000000000000";
    // Made by Lambda's API: what is missing is found out by the invocation, not by open_handler(),
    // and of a language whichever version is there does.
    bool installed = false;
    base::Milliseconds init_timeout{10'000};  // for the first init; a second one has `timeout`
};

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
    LambdaOptions lambda;                    // for protocol runtime
    bool debug = false;  // one process, no time-outs, and how to attach is logged
};

// One line a handler wrote to stderr, without the newline; one above 8 KB comes in pieces of 8 KB.
using StderrLine = std::function<void(std::string_view function, std::string_view line)>;

// NotFound / Io when the executable is missing or not executable, Invalid when an option is out of
// range. Processes start at first use. Protocol runtime takes its command from `lambda.runtime` or
// from `command`, but not from both; it has Lambda's limit on replies instead of reply_bytes_max.
// A relative command[0] with a slash is looked for in
// `working_folder`, when there is one.
// `on_stderr` is called by the delivering thread or by the pump's, one call at a time for each
// process; it must not call back into the sink. What a handler wrote before its reply is handed
// over before deliver() returns; what it writes while idle at once, if a pump is given and runs,
// else at its next use. Clock, metrics and pump outlive the sink.
base::Result<std::unique_ptr<Handler>> open_handler(HandlerOptions options,
                                                    const base::Clock& clock,
                                                    base::Metrics& metrics, StderrLine on_stderr,
                                                    OutputPump* pump = nullptr);

}  // namespace millbeck::sinks
