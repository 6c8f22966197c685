#include "sinks/handler/handler.hpp"

#include <csignal>
#include <string>
#include <utility>

#include "sinks/handler/debugging.hpp"
#include "sinks/handler/handler_sink.hpp"

namespace millbeck::sinks {

namespace {

using base::Code;
using base::Milliseconds;

base::Status check_options(const HandlerOptions& options) {
    const bool has_command = !options.command.empty() && !options.command.front().empty();
    if (!has_command && options.lambda.runtime.empty()) {
        return base::fail(Code::Invalid, "the command is empty");
    }
    if (options.timeout < Milliseconds{1} || options.timeout > Milliseconds{900'000}) {
        return base::fail(Code::Invalid, "timeout must be between 1 ms and 900 s");
    }
    if (options.concurrency < 1 || options.concurrency > 1000) {
        return base::fail(Code::Invalid, "concurrency must be between 1 and 1000");
    }
    if (options.kill_grace < Milliseconds{0} || options.kill_grace > Milliseconds{60'000}) {
        return base::fail(Code::Invalid, "kill_grace must be between 0 and 60 s");
    }
    if (options.reply_bytes_max < 1 || options.reply_bytes_max > (6u << 20)) {
        return base::fail(Code::Invalid, "reply_bytes_max must be between 1 byte and 6 MB");
    }
    return {};
}

// Found once, made absolute: a later change of the parent's folder or PATH cannot choose another.
base::Result<std::string> resolve(const HandlerOptions& options) {
    base::Path name = options.command.front();
    const bool has_slash = name.native().find('/') != std::string::npos;
    if (has_slash && name.is_relative() && !options.working_folder.empty()) {
        name = options.working_folder / name;
    }
    MB_TRY(const base::Path found, base::find_executable(name.native()));
    std::error_code error;
    const base::Path absolute = std::filesystem::absolute(found, error);
    if (error) {
        return base::fail(Code::Io, "no absolute path for " + found.native());
    }
    return absolute.native();
}

// Writing to a handler that died must be an error of that write, not the end of this process.
void ignore_broken_pipes() {
    struct sigaction action {};
    if (::sigaction(SIGPIPE, nullptr, &action) == 0 && action.sa_handler == SIG_DFL) {
        action.sa_handler = SIG_IGN;
        ::sigaction(SIGPIPE, &action, nullptr);
    }
}

}  // namespace

base::Result<std::unique_ptr<Handler>> open_handler(HandlerOptions options,
                                                    const base::Clock& clock,
                                                    base::Metrics& metrics, StderrLine on_stderr,
                                                    OutputPump* pump) {
    const std::string context = "function " + options.function;
    if (auto checked = check_options(options); !checked) {
        return base::with_context(context, std::move(checked).error());
    }
    ignore_broken_pipes();
    if (options.debug) {
        options = for_debugging(std::move(options));
    }
    if (options.protocol == HandlerProtocol::Runtime) {
        auto opened =
            open_runtime_handler(std::move(options), clock, metrics, std::move(on_stderr), pump);
        if (!opened) {
            return base::with_context(context, std::move(opened).error());
        }
        return opened;
    }
    auto executable = resolve(options);
    if (!executable) {
        return base::with_context(context, std::move(executable).error());
    }
    options.command.front() = std::move(*executable);
    const auto open =
        options.protocol == HandlerProtocol::Pipe ? open_pipe_handler : open_exec_handler;
    return open(std::move(options), clock, metrics, std::move(on_stderr), pump);
}

}  // namespace millbeck::sinks
