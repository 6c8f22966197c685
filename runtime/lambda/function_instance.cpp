#include "runtime/lambda/function_instance.hpp"

#include <utility>

namespace millbeck::runtime::lambda {

namespace {

// Of the service's account. What limits a node is the number of its threads that call.
constexpr unsigned kConcurrencyMax = 1000;

}  // namespace

sinks::HandlerOptions handler_options(const std::string& function, const FunctionVersion& version,
                                      base::Path code, const FunctionContext& context) {
    sinks::HandlerOptions options;
    options.function = function;
    options.protocol = sinks::HandlerProtocol::Runtime;
    options.command = version.command;
    options.environment = version.environment.value_or(std::map<std::string, std::string>{});
    options.timeout = std::chrono::seconds(version.timeout_seconds);
    options.concurrency = kConcurrencyMax;
    // Who calls decides when to call again, as on the service.
    options.restart = {.first = base::Milliseconds{0}, .longest = base::Milliseconds{0}};
    options.lambda.code = std::move(code);
    options.lambda.runtime = version.command.empty() ? version.runtime : "";
    options.lambda.handler = version.handler;
    options.lambda.version = version.version;
    options.lambda.log_group = version.log_group;
    options.lambda.memory_mb = version.memory_mb;
    options.lambda.region = context.identity.region;
    options.lambda.account = context.identity.account_id;
    options.debug = context.debug == function;
    options.lambda.installed = true;
    return options;
}

base::Result<std::shared_ptr<sinks::Handler>> FunctionInstance::handler() {
    {
        const base::MutexLock lock(mutex_);
        if (closed_) {
            return base::fail(base::Code::Cancelled, "the function has changed");
        }
        if (handler_) {
            return handler_;
        }
    }
    // Looks for files: not under the lock. Of two that come at once, the second is thrown away
    // before it has a process.
    MB_TRY(std::shared_ptr<sinks::Handler> opened,
           sinks::open_handler(options_, context_.clock, context_.metrics, context_.on_stderr,
                               context_.pump));
    const base::MutexLock lock(mutex_);
    if (closed_) {
        return base::fail(base::Code::Cancelled, "the function has changed");
    }
    if (!handler_) {
        handler_ = std::move(opened);
    }
    return handler_;
}

std::shared_ptr<sinks::Handler> FunctionInstance::close() {
    const base::MutexLock lock(mutex_);
    closed_ = true;
    return std::exchange(handler_, nullptr);
}

void FunctionInstance::retire(base::Instant deadline) {
    if (const auto handler = close()) {
        handler->retire(deadline);
    }
}

void FunctionInstance::stop(base::Instant deadline) {
    std::shared_ptr<sinks::Handler> handler;
    {
        const base::MutexLock lock(mutex_);
        closed_ = true;
        handler = handler_;
    }
    if (handler) {
        handler->stop(deadline);
    }
}

void FunctionInstance::end_unused(base::Instant last_used) {
    std::shared_ptr<sinks::Handler> handler;
    {
        const base::MutexLock lock(mutex_);
        handler = handler_;
    }
    if (handler) {
        handler->end_unused(last_used);
    }
}

}  // namespace millbeck::runtime::lambda
