#include "sinks/handler/debugging.hpp"

#include <utility>

#include <fmt/format.h>

#include "base/log.hpp"

namespace millbeck::sinks {

HandlerOptions for_debugging(HandlerOptions options) {
    options.timeout = kDebugTimeout;
    options.lambda.init_timeout = kDebugTimeout;
    options.concurrency = 1;
    return options;
}

// Node.js was started with its inspector, which writes its address itself.
// Source: debugpy's command line; Node.js, "Debugging guide"; gdb's manual, "Attach".
std::string how_to_attach(const HandlerOptions& options, pid_t pid) {
    if (options.lambda.runtime.starts_with("python")) {
        return fmt::format(
            "python3 -m debugpy --listen 127.0.0.1:5678 --pid {} and attach your editor to port "
            "5678, or gdb -p {}",
            pid, pid);
    }
    if (options.lambda.runtime.starts_with("nodejs")) {
        return fmt::format(
            "open chrome://inspect, or node inspect -p {}; the inspector's address is in the "
            "function's log",
            pid);
    }
    return fmt::format("gdb -p {}", pid);
}

void tell_how_to_attach(const HandlerOptions& options, pid_t pid) {
    if (options.debug) {
        base::log(base::LogLevel::Info, "sinks",
                  "a process to debug has started; its time-outs are suspended",
                  {{"function", options.function},
                   {"pid", std::to_string(pid)},
                   {"attach", how_to_attach(options, pid)}});
    }
}

}  // namespace millbeck::sinks
