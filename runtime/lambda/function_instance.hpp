// One version of a function as something that can be called: its processes, started when needed.
#pragma once

#include <memory>
#include <string>

#include "base/clock.hpp"
#include "base/metrics.hpp"
#include "base/mutex.hpp"
#include "base/result.hpp"
#include "runtime/lambda/function_record.hpp"
#include "shardlog/ids.hpp"
#include "sinks/handler/handler.hpp"

namespace millbeck::runtime::lambda {

// What every function's processes need. All of it outlives them.
struct FunctionContext {
    const base::Clock& clock;
    base::Metrics& metrics;
    shardlog::Identity identity = {};
    sinks::StderrLine on_stderr = {};
    sinks::OutputPump* pump = nullptr;  // may be null
    std::string debug = {};             // the function to debug; "" for none
};

// How a stored version is started; `code` is its folder.
sinks::HandlerOptions handler_options(const std::string& function, const FunctionVersion& version,
                                      base::Path code, const FunctionContext& context);

// Threads: any.
class FunctionInstance {
  public:
    FunctionInstance(const FunctionContext& context, sinks::HandlerOptions options)
        : context_(context), options_(std::move(options)) {}
    // Of the configuration file: open already.
    FunctionInstance(const FunctionContext& context, std::shared_ptr<sinks::Handler> handler)
        : context_(context), handler_(std::move(handler)) {}

    // Opened by the first call. Errors: those of open_handler(), Cancelled after retire().
    base::Result<std::shared_ptr<sinks::Handler>> handler();

    // No new calls; idle processes leave, politely until `deadline`, and so does each that runs
    // when its call has ended: with the last holder of handler().
    void retire(base::Instant deadline);

    // See Handler.
    void stop(base::Instant deadline);
    void end_unused(base::Instant last_used);

  private:
    std::shared_ptr<sinks::Handler> close();

    const FunctionContext& context_;
    const sinks::HandlerOptions options_;
    base::Mutex mutex_;
    std::shared_ptr<sinks::Handler> handler_ MB_GUARDED_BY(mutex_);
    bool closed_ MB_GUARDED_BY(mutex_) = false;
};

}  // namespace millbeck::runtime::lambda
